import type { Stream } from '@libp2p/interface';
import type { Dialler } from '../dial';
import { parsePeerAddress } from '../peer-address';
import { HTTP_PROTOCOL } from './protocol';

/** How long a peer is looked up and dialled, milliseconds. */
const DIAL_MS = 30_000;
/** Statuses that have no body: https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** What is sent on a stream of its own. */
export interface PeerRequest {
    readonly method: string;
    /** With what follows the question mark. */
    readonly path: string;
    readonly headers: Headers;
    readonly body: Uint8Array | undefined;
    readonly signal: AbortSignal | undefined;
}

/** What came back before the body. */
export interface AnswerHead {
    readonly status: number;
    readonly headers: Headers;
}

/**
 * Sends a request on a stream and reads the answer: with Node's own HTTP, or with what browsers have.
 *
 * @throws TypeError for an answer that is none, what broke the stream, the reason of the signal
 */
export type Exchange = (stream: Stream, request: PeerRequest) => Promise<Response>;

/**
 * The part of the Fetch API that Cocoon uses, for URLs of peers: `p2p://<peer id>/<path>`. The
 * connection proves that the peer has the key in its id, and is encrypted to it.
 *
 * Redirects are never followed.
 *
 * @throws PeerError `PEER_ADDRESS_MALFORMED`, what libp2p throws where the peer cannot be reached,
 * and as the exchange
 */
export async function fetchFromPeer(
    dialler: Pick<Dialler, 'open'>,
    exchange: Exchange,
    url: string,
    init: RequestInit = {},
): Promise<Response> {
    const { peer, path } = partsOf(url);
    const signal = init.signal ?? undefined;
    const body = await bodyOf(init.body);
    const dialling = AbortSignal.timeout(DIAL_MS);
    const { stream } = await dialler.open(
        parsePeerAddress(`/p2p/${peer}`),
        HTTP_PROTOCOL,
        signal === undefined ? dialling : AbortSignal.any([signal, dialling]),
    );
    const headers = new Headers(init.headers);
    headers.set('Host', peer);
    // One stream costs no round trip, and none is left open.
    headers.set('Connection', 'close');
    if (body !== undefined) headers.set('Content-Length', String(body.length));
    return exchange(stream, { method: init.method ?? 'GET', path, headers, body, signal });
}

/**
 * The answer as fetch gives it.
 *
 * @throws TypeError for statuses that end nowhere: what is below 200, and redirects
 */
export function responseOf(
    { status, headers }: AnswerHead,
    body: () => ReadableStream<Uint8Array>,
): Response {
    if (status < 200 || status > 599 || (status >= 300 && status < 400)) {
        throw new TypeError(`The peer answered with the status ${status}.`);
    }
    return new Response(BODILESS.has(status) ? null : body(), { status, headers });
}

/** Browsers take what follows an unknown scheme for one path, others for host and path. */
function partsOf(url: string): { readonly peer: string; readonly path: string } {
    const { host, pathname, search } = new URL(url.replace(/^p2p:/, 'http:'));
    // Hosts of HTTP are in small letters, peer ids are not.
    const peer = url.slice('p2p://'.length, 'p2p://'.length + host.length);
    return { peer, path: `${pathname}${search}` };
}

async function bodyOf(body: RequestInit['body']): Promise<Uint8Array | undefined> {
    if (body === undefined || body === null) return undefined;
    if (body instanceof Uint8Array) return body;
    return new Uint8Array(await new Response(body).arrayBuffer());
}
