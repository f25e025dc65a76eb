import { blobUrl, type HashHex, hashToHex } from '../protocol';
import { BlobMismatchError, BlobUnavailableError } from './delivery-errors';
import { hashBytes } from './hash-bytes';
import { ownBytes } from './own-bytes';
import { download, type DownloadOptions, type Fetch, Line } from './transfer';

export type { Fetch };

/** See `DownloadOptions`. */
export type FetchBlobOptions = DownloadOptions;

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
            const tooLarge = () => blobTooLarge(sha256, options.maxBytes);
            const bytes = await download(url, options, tooLarge);
            if (hashToHex(await hashBytes(bytes)) !== sha256) {
                throw new BlobMismatchError('BLOB_HASH_MISMATCH', sha256, 'has another hash');
            }
            return bytes;
        } catch (error) {
            options.signal?.throwIfAborted();
            const [host, reason] = [hostOf(url), reasonOf(error)];
            attempts.push(reason.startsWith(host) ? reason : `${host}: ${reason}`);
        }
    }
    throw new BlobUnavailableError(sha256, attempts);
}

export interface PushBlobOptions {
    readonly signal?: AbortSignal | undefined;
    readonly fetch?: Fetch | undefined;
    /** How long the store may take for all of it, milliseconds; 30,000 unless set. */
    readonly timeoutMs?: number | undefined;
}

/**
 * Gives a blob to a blob store.
 *
 * @throws BlobMismatchError `BLOB_REFUSED` when the store does not take it, TransferStalledError,
 * the reason of the signal, or what fetch throws
 */
export async function pushBlob(
    bytes: Uint8Array,
    store: string,
    options: PushBlobOptions = {},
): Promise<HashHex> {
    const sha256 = hashToHex(await hashBytes(bytes));
    const send = options.fetch ?? fetch;
    const { host } = new URL(store);
    const line = new Line(options.signal, options.timeoutMs ?? 30_000, host);
    try {
        const request = send(blobUrl(store, sha256), {
            method: 'PUT',
            headers: { 'Content-Type': 'application/octet-stream' },
            body: new Blob([ownBytes(bytes)]),
            redirect: 'error',
            signal: line.signal,
        });
        const { ok, status } = await line.wait(request);
        if (ok) return sha256;
        const detail = `was refused by ${host} (HTTP ${status})`;
        throw new BlobMismatchError('BLOB_REFUSED', sha256, detail);
    } finally {
        line.close();
    }
}

export function blobTooLarge(sha256: HashHex, maxBytes: number): BlobMismatchError {
    return new BlobMismatchError('BLOB_TOO_LARGE', sha256, `is over ${maxBytes} bytes`);
}

/** What went wrong in a few words, with what is underneath. */
export function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return `${error.message}${cause}`.slice(0, 200);
}

function hostOf(url: string): string {
    return URL.canParse(url) ? new URL(url).host : 'no URL';
}
