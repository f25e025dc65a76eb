import type { HashHex } from '../protocol';
import { BlobUnavailableError, type Fetch, untilAborted } from '../sdk';
import type { BlobStore } from '../sdk/node';

export interface EnsureOptions {
    /** What is larger is refused, bytes. */
    readonly maxBytes: number;
    readonly signal?: AbortSignal | undefined;
}

/** Brings blobs into a store; what two jobs need at a time is fetched once. */
export interface BlobFetcher {
    /**
     * Returns once the store has the blob, from the first place that gives the right bytes.
     *
     * @param urls - where the blob itself can be had
     * @throws BlobUnavailableError, the reason of the signal
     */
    ensure(sha256: HashHex, urls: readonly string[], options: EnsureOptions): Promise<void>;
}

export interface BlobFetcherOptions {
    readonly blobs: BlobStore;
    readonly fetch: Fetch;
    /** Ends all fetching. */
    readonly signal: AbortSignal;
    /** How long one place may take, milliseconds; 10 minutes unless set. */
    readonly timeoutMs?: number;
}

export function createBlobFetcher(options: BlobFetcherOptions): BlobFetcher {
    const { blobs, fetch, timeoutMs = 600_000 } = options;
    const running = new Map<HashHex, Promise<void>>();

    const fetchOnce = async (sha256: HashHex, urls: readonly string[], maxBytes: number) => {
        const attempts: string[] = [];
        for (const url of urls) {
            const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
            try {
                const response = await fetch(url, { redirect: 'error', signal });
                if (!response.ok || response.body === null) {
                    await response.body?.cancel();
                    throw new Error(`HTTP ${response.status}`);
                }
                await blobs.receive(sha256, response.body, maxBytes);
                return;
            } catch (error) {
                options.signal.throwIfAborted();
                attempts.push(
                    `${hostOf(url)}: ${error instanceof Error ? error.message : 'failed'}`,
                );
            }
        }
        throw new BlobUnavailableError(sha256, attempts);
    };

    return {
        ensure(sha256, urls, { maxBytes, signal }) {
            if (blobs.has(sha256)) return Promise.resolve();
            let work = running.get(sha256);
            if (work === undefined) {
                work = fetchOnce(sha256, urls, maxBytes).finally(() => running.delete(sha256));
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
