import { blobUrl, type HashHex, hashToHex, sha256 as hashOf } from '../protocol';
import { BlobMismatchError, BlobUnavailableError } from './errors';

/** The part of the Fetch API that is used; a node passes one that refuses private addresses. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface FetchBlobOptions {
    /** What is larger is refused before it is read, bytes. */
    readonly maxBytes: number;
    readonly signal?: AbortSignal | undefined;
    /** The global one unless set. */
    readonly fetch?: Fetch | undefined;
    /** How long one source may take, milliseconds; 60,000 unless set. */
    readonly timeoutMs?: number;
}

/**
 * Fetches a blob from the first blob store that has it, and checks its hash.
 *
 * @param stores - base URLs; see `blobUrl`
 * @throws BlobUnavailableError when no store gives the right bytes; the reason of the signal
 */
export async function fetchBlob(
    sha256: HashHex,
    stores: readonly string[],
    options: FetchBlobOptions,
): Promise<Uint8Array> {
    return fetchBlobAt(
        sha256,
        stores.map((base) => blobUrl(base, sha256)),
        options,
    );
}

/** As `fetchBlob`, from whole URLs. */
export async function fetchBlobAt(
    sha256: HashHex,
    urls: readonly string[],
    options: FetchBlobOptions,
): Promise<Uint8Array> {
    const attempts: string[] = [];
    for (const url of urls) {
        options.signal?.throwIfAborted();
        try {
            const bytes = await fetchBytes(url, sha256, options);
            if (hashToHex(hashOf(bytes)) !== sha256) {
                throw new BlobMismatchError('BLOB_HASH_MISMATCH', sha256, 'has another hash');
            }
            return bytes;
        } catch (error) {
            options.signal?.throwIfAborted();
            attempts.push(`${new URL(url).host}: ${reasonOf(error)}`);
        }
    }
    throw new BlobUnavailableError(sha256, attempts);
}

/**
 * Gives a blob to a blob store.
 *
 * @throws BlobMismatchError `BLOB_REFUSED` when the store does not take it
 */
export async function pushBlob(
    bytes: Uint8Array,
    store: string,
    options: { readonly signal?: AbortSignal | undefined; readonly fetch?: Fetch | undefined } = {},
): Promise<HashHex> {
    const sha256 = hashToHex(hashOf(bytes));
    const send = options.fetch ?? fetch;
    const response = await send(blobUrl(store, sha256), {
        method: 'PUT',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: new Blob([bytes]),
        signal: withTimeout(options.signal, 30_000),
    });
    await response.body?.cancel();
    if (!response.ok) {
        const detail = `was refused by ${new URL(store).host} (HTTP ${response.status})`;
        throw new BlobMismatchError('BLOB_REFUSED', sha256, detail);
    }
    return sha256;
}

/** A signal that ends with another one, or after a time. */
export function withTimeout(signal: AbortSignal | undefined, timeoutMs: number): AbortSignal {
    const timeout = AbortSignal.timeout(timeoutMs);
    return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

async function fetchBytes(
    url: string,
    sha256: HashHex,
    options: FetchBlobOptions,
): Promise<Uint8Array> {
    const { maxBytes, timeoutMs = 60_000 } = options;
    const send = options.fetch ?? fetch;
    // A redirect could lead where the caller's own rules forbid to go.
    const response = await send(url, {
        redirect: 'error',
        signal: withTimeout(options.signal, timeoutMs),
    });
    if (!response.ok || response.body === null) {
        await response.body?.cancel();
        throw new BlobMismatchError(
            'BLOB_REFUSED',
            sha256,
            `was not given: HTTP ${response.status}`,
        );
    }
    return readAtMost(response, maxBytes, () => {
        return new BlobMismatchError('BLOB_TOO_LARGE', sha256, `is over ${maxBytes} bytes`);
    });
}

/**
 * The body of a response, read no further than a limit.
 *
 * @throws what `tooLarge` makes
 */
export async function readAtMost(
    response: Response,
    maxBytes: number,
    tooLarge: () => Error,
): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    const reader = response.body?.getReader();
    for (;;) {
        const chunk = await reader?.read();
        if (chunk === undefined || chunk.done) break;
        const part = chunk.value as Uint8Array;
        length += part.length;
        if (length > maxBytes) {
            await reader?.cancel();
            throw tooLarge();
        }
        parts.push(part);
    }
    const whole = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
        whole.set(part, offset);
        offset += part.length;
    }
    return whole;
}

function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return `${error.message}${cause}`.slice(0, 200);
}
