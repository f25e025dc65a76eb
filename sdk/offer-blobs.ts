import { MAX_SOURCES } from '../protocol';
import { type Fetch, pushBlob } from './blobs';
import type { CallOptions } from './chain';

export interface OfferBlobsRequest extends CallOptions {
    readonly blobs: readonly Uint8Array[];
    /** Base URLs of blob stores; nodes that take uploads are stores too. */
    readonly stores: readonly string[];
    readonly fetch?: Fetch | undefined;
    /** Told before each blob. */
    readonly onPush?: ((done: number, of: number, store: string) => void) | undefined;
}

/** Which stores have all blobs now. */
export interface BlobOffer {
    readonly taken: readonly string[];
    readonly refused: readonly { readonly store: string; readonly reason: string }[];
}

/**
 * Gives all blobs to each store that takes them. A spec can name 16 stores: others are not asked.
 *
 * @throws the reason of the signal
 */
export async function offerBlobs(request: OfferBlobsRequest): Promise<BlobOffer> {
    const { blobs, stores, signal, fetch, onPush } = request;
    const push = async (store: string): Promise<string | undefined> => {
        try {
            for (const [at, bytes] of blobs.entries()) {
                onPush?.(at, blobs.length, store);
                // A megabyte a second is slow for who sells computing.
                const timeoutMs = 30_000 + bytes.length / 1000;
                await pushBlob(bytes, store, { signal, fetch, timeoutMs });
            }
            return undefined;
        } catch (error) {
            signal?.throwIfAborted();
            return error instanceof Error ? error.message : String(error);
        }
    };
    const asked = stores.slice(0, MAX_SOURCES);
    const reasons = await Promise.all(asked.map(push));
    return {
        taken: asked.filter((_, at) => reasons[at] === undefined),
        refused: asked.flatMap((store, at) => {
            const reason = reasons[at];
            return reason === undefined ? [] : [{ store, reason }];
        }),
    };
}
