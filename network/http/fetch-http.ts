import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Dialler } from '../dial';
import { parsePeerAddress } from '../peer-address';
import { HTTP_PROTOCOL } from './serve-http';
import { StreamSocket } from './stream-socket';

/** How long a peer is looked up and dialled, milliseconds. */
const DIAL_MS = 30_000;
/** Statuses that have no body: https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/**
 * The part of the Fetch API that Cocoon uses, for URLs of peers: `p2p://<peer id>/<path>`. The
 * connection proves that the peer has the key in its id, and is encrypted to it.
 *
 * Redirects are never followed.
 *
 * @throws PeerError `PEER_ADDRESS_MALFORMED`, what libp2p throws where the peer cannot be reached,
 * the reason of the signal
 */
export async function fetchFromPeer(
    dialler: Dialler,
    url: string,
    init: RequestInit = {},
): Promise<Response> {
    const { host, pathname, search } = new URL(url);
    const signal = init.signal ?? undefined;
    const body = await bodyOf(init.body);
    const dialling = AbortSignal.timeout(DIAL_MS);
    const { stream } = await dialler.open(
        parsePeerAddress(`/p2p/${host}`),
        HTTP_PROTOCOL,
        signal === undefined ? dialling : AbortSignal.any([signal, dialling]),
    );
    const headers = new Headers(init.headers);
    headers.set('Host', host);
    // One stream costs no round trip, and none is left open.
    headers.set('Connection', 'close');
    if (body !== undefined) headers.set('Content-Length', String(body.length));
    return new Promise((resolve, reject) => {
        const socket = new StreamSocket(stream);
        const sent = httpRequest({
            createConnection: () => socket,
            method: init.method ?? 'GET',
            path: `${pathname}${search}`,
            headers: Object.fromEntries(headers),
            ...(signal !== undefined && { signal }),
        });
        const failed = (error: Error) => {
            socket.destroy();
            reject((signal?.aborted ? (signal.reason as Error) : undefined) ?? error);
        };
        sent.once('error', failed);
        sent.once('response', (answer) => {
            const { statusCode: status = 0, headersDistinct } = answer;
            const answered = new Headers();
            for (const [name, values = []] of Object.entries(headersDistinct)) {
                for (const value of values) answered.append(name, value);
            }
            if (status < 200 || status > 599 || (status >= 300 && status < 400)) {
                return failed(new TypeError(`The peer answered with the status ${status}.`));
            }
            if (BODILESS.has(status)) {
                answer.resume();
                return resolve(new Response(null, { status, headers: answered }));
            }
            const stream = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
            resolve(
                new Response(stream as globalThis.ReadableStream, { status, headers: answered }),
            );
        });
        sent.end(body);
    });
}

async function bodyOf(body: RequestInit['body']): Promise<Uint8Array | undefined> {
    if (body === undefined || body === null) return undefined;
    if (body instanceof Uint8Array) return body;
    return new Uint8Array(await new Response(body).arrayBuffer());
}
