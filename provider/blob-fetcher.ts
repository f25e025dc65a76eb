import { createReadStream } from 'node:fs';
import type { HashHex } from '../protocol';
import { BlobUnavailableError, type Fetch, untilAborted } from '../sdk';
import { type BlobStore, BlobStoreError } from '../sdk/node';
import { PassError } from './errors';

export interface EnsureOptions {
    /** What is larger is refused, bytes. */
    readonly maxBytes: number;
    readonly signal?: AbortSignal | undefined;
}

/** Brings blobs into a store; what two jobs need at a time is fetched once. */
export interface BlobFetcher {
    /**
     * Returns once the store has the blob: from what strangers gave, or else from the first place
     * that gives the right bytes.
     *
     * @param urls - where the blob itself can be had
     * @throws BlobUnavailableError, PassError `no-room`, the reason of the signal
     */
    ensure(sha256: HashHex, urls: readonly string[], options: EnsureOptions): Promise<void>;
}

export interface BlobFetcherOptions {
    readonly blobs: BlobStore;
    /** What strangers gave, which is taken over once a job needs it. */
    readonly given?: readonly BlobStore[];
    readonly fetch: Fetch;
    /** Ends all fetching. */
    readonly signal: AbortSignal;
    /** How long one place may take, milliseconds; 10 minutes unless set. */
    readonly timeoutMs?: number;
    /** Told how long a download took. */
    readonly onFetched?: (bytes: number, elapsedMs: number) => void;
}

export function createBlobFetcher(options: BlobFetcherOptions): BlobFetcher {
    const { blobs, given = [], fetch, timeoutMs = 600_000 } = options;
    const running = new Map<HashHex, Promise<void>>();

    const take = async (sha256: HashHex, bytes: AsyncIterable<Uint8Array>, maxBytes: number) => {
        try {
            await blobs.receive(sha256, bytes, maxBytes);
        } catch (error) {
            if (error instanceof BlobStoreError && error.code === 'BLOB_STORE_FULL') {
                throw new PassError('no-room', error.message, error);
            }
            throw error;
        }
    };

    const takeGiven = async (sha256: HashHex, maxBytes: number): Promise<boolean> => {
        const store = given.find((one) => one.has(sha256));
        if (store === undefined) return false;
        await take(sha256, createReadStream(store.path(sha256)), maxBytes);
        return true;
    };

    const download = async (sha256: HashHex, url: string, maxBytes: number) => {
        const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
        const startedAt = performance.now();
        const response = await fetch(url, { redirect: 'error', signal });
        if (!response.ok || response.body === null) {
            await response.body?.cancel();
            throw new Error(`HTTP ${response.status}`);
        }
        let bytes = 0;
        const counted = async function* (body: AsyncIterable<Uint8Array>) {
            for await (const part of body) {
                bytes += part.length;
                yield part;
            }
        };
        await take(sha256, counted(response.body), maxBytes);
        options.onFetched?.(bytes, performance.now() - startedAt);
    };

    const obtain = async (sha256: HashHex, urls: readonly string[], maxBytes: number) => {
        const attempts: string[] = [];
        const attempt = async (place: string, work: () => Promise<boolean>): Promise<boolean> => {
            try {
                return await work();
            } catch (error) {
                options.signal.throwIfAborted();
                if (error instanceof PassError) throw error;
                attempts.push(`${place}: ${error instanceof Error ? error.message : 'failed'}`);
                return false;
            }
        };
        if (await attempt('given to this node', () => takeGiven(sha256, maxBytes))) return;
        for (const url of urls) {
            const work = () => download(sha256, url, maxBytes).then(() => true);
            if (await attempt(hostOf(url), work)) return;
        }
        throw new BlobUnavailableError(sha256, attempts);
    };

    return {
        ensure(sha256, urls, { maxBytes, signal }) {
            if (blobs.has(sha256)) return Promise.resolve();
            let work = running.get(sha256);
            if (work === undefined) {
                work = obtain(sha256, urls, maxBytes).finally(() => running.delete(sha256));
                work.catch(() => undefined);
                running.set(sha256, work);
            }
            return untilAborted(work, signal);
        },
    };
}

function hostOf(url: string): string {
    return URL.canParse(url) ? new URL(url).host : 'no URL';
}
