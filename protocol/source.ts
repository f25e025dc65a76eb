import type { HashHex } from './hash';
import { MAX_URL_LENGTH } from './limits';

/** A place where a file of a model can be had; what comes from it is checked against its hash. */
export type Source =
    | { readonly kind: 'http'; readonly url: string }
    /** A peer that may have the file; see `isPeerAddress`. */
    | { readonly kind: 'peer'; readonly address: string }
    | {
          readonly kind: 'npm';
          /** Name of the package, with its scope. */
          readonly package: string;
          /** Exact version. */
          readonly version: string;
          /** Path of the file in the package. */
          readonly path: string;
      };

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;
/** Names that Windows gives to devices, whatever follows their first dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
const MAX_PATH_LENGTH = 200;
const MAX_SEGMENTS = 8;

const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const PEER_ID = '/p2p/12D3KooW[1-9A-HJ-NP-Za-km-z]{44}';
const TCP = '/tcp/[0-9]{1,5}(?:(?:/tls)?/wss?)?';
/** With the hash of the certificate, a multihash in base64url. */
const WEBRTC = '/udp/[0-9]{1,5}/webrtc-direct/certhash/u[A-Za-z0-9_-]{1,100}';
const PEER = new RegExp(
    `^(?:/(?:ip4|ip6|dns|dns4|dns6)/[A-Za-z0-9.:-]{1,253}(?:${TCP}|${WEBRTC})` +
        `(?:${PEER_ID}/p2p-circuit(?:/webrtc)?)?)?${PEER_ID}$`,
);
const PEER_STORE = new RegExp(`^p2p:/${PEER_ID.replace('/p2p', '')}(?:/[A-Za-z0-9._~-]+)*$`);
const NPM = /^npm:((?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*)@([0-9][0-9A-Za-z.+-]*)\/(.+)$/;

/**
 * Whether a path is relative and stays below the folder it is joined to, on every system: up to 8
 * segments of letters, digits and `._+-`, none of which starts with a dot, ends with one or is
 * the name of a device.
 */
export function isSafePath(path: string): boolean {
    const segments = path.split('/');
    if (path.length > MAX_PATH_LENGTH || segments.length > MAX_SEGMENTS) return false;
    return segments.every(
        (segment) => SEGMENT.test(segment) && !segment.endsWith('.') && !DEVICE.test(segment),
    );
}

/** Whether a text is an http or https URL without credentials, at most 2048 characters long. */
export function isHttpUrl(text: string): boolean {
    if (text.length > MAX_URL_LENGTH || !PRINTABLE_ASCII.test(text)) return false;
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
    const { username, password } = new URL(text);
    return username === '' && password === '';
}

/**
 * Reads a source of a model file: an http or https URL, the address of a peer, or a file of a
 * package as `npm:<package>@<exact version>/<path>`. Gives undefined for anything else.
 */
export function parseSource(text: string): Source | undefined {
    if (isHttpUrl(text)) return { kind: 'http', url: text };
    if (isPeerAddress(text)) return { kind: 'peer', address: text };
    if (text.length > MAX_URL_LENGTH) return undefined;
    const [, name, version, path] = NPM.exec(text) ?? [];
    if (name === undefined || version === undefined || path === undefined) return undefined;
    return isSafePath(path) ? { kind: 'npm', package: name, version, path } : undefined;
}

/**
 * Whether a text is the address of a peer: a multiaddr of libp2p over TCP, WebSockets or WebRTC,
 * through a relay or not, that ends with the peer id of an Ed25519 key; or that id alone, `/p2p/12D3KooW…`.
 */
export function isPeerAddress(text: string): boolean {
    return text.length <= MAX_URL_LENGTH && PEER.test(text);
}

/**
 * Whether a text can be the base of a blob store: an http or https URL without query, the same of a
 * node that is reached by its key, `p2p://12D3KooW…/blobs`, or the address of a peer.
 */
export function isBlobStoreUrl(text: string): boolean {
    if (isPeerAddress(text) || isPeerStore(text)) return true;
    return isHttpUrl(text) && !/[?#]/.test(text);
}

function isPeerStore(text: string): boolean {
    return text.length <= MAX_URL_LENGTH && PEER_STORE.test(text);
}

/**
 * URL of a blob in the store at this base: `<base>/<sha256>`. The address of a peer stands for
 * itself: the blob is asked for in its protocol.
 */
export function blobUrl(base: string, sha256: HashHex): string {
    if (isPeerAddress(base)) return base;
    return `${base.replace(/\/+$/, '')}/${sha256}`;
}
