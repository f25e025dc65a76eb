import { blobUrl, bytesToHex, equalBytes, type Hash, hashToHex, iterateBatch } from '../protocol';
import { blobTooLarge, reasonOf } from './blobs';
import type { Delivery } from './delivery-plan';
import { BlobMismatchError } from './delivery-errors';
import { hashBytes } from './hash-bytes';
import { isFinalRefusal, type OpenedResults, type OpenResultsRequest, RETRY } from './open-results';
import { keepBlob, keptBlob } from './output-store';
import { BLOBS_PATH, endpointUrl } from './result-document';
import { retry } from './retry';
import { download } from './transfer';
import { type ItemResult, missingItem, readOutput } from './verify-results';

/** The parts of a request that fetching an output needs. */
export type DeliveryOptions = Pick<
    OpenResultsRequest,
    'store' | 'fetch' | 'timeoutMs' | 'retry' | 'signal'
>;

/** The items of one delivery, each proved or missing. */
export interface Delivered {
    readonly items: readonly ItemResult[];
    /** Bytes that were downloaded. */
    readonly bytes: number;
    /** The node did not answer, so that asking it for more is of little use now. */
    readonly silent: boolean;
}

/**
 * Fetches one delivery, or takes it from the store, and holds each output against its leaf.
 *
 * @param offline - take it from the store or not at all
 * @throws the reason of the signal; whatever else goes wrong is told by the items
 */
export async function loadDelivery(
    delivery: Delivery,
    results: OpenedResults,
    options: DeliveryOptions,
    offline = false,
): Promise<Delivered> {
    if (delivery.kind === 'nowhere') {
        return nothing(delivery, 'The leaf names a batch that is not served.', false);
    }
    const { store, signal } = options;
    const sha256 = delivery.kind === 'blob' ? delivery.sha256 : delivery.batch.sha256;
    const kept = await keptBlob(store, sha256);
    if (kept !== undefined) {
        const { items } = await readItems(delivery, results, kept);
        return { items, bytes: 0, silent: false };
    }
    if (offline) return nothing(delivery, 'The node stopped answering.', true);
    const maxBytes = delivery.kind === 'blob' ? results.maxOutputBytes : delivery.batch.bytes;
    const url = blobUrl(endpointUrl(results.endpoint, BLOBS_PATH), sha256);
    const mayPass = (error: unknown) =>
        !(error instanceof BlobMismatchError || isFinalRefusal(error));
    let bytes: Uint8Array;
    try {
        const fetchOnce = () =>
            download(url, { ...options, maxBytes }, () => blobTooLarge(sha256, maxBytes));
        bytes = await retry(fetchOnce, mayPass, { ...RETRY, ...options.retry }, signal);
    } catch (error) {
        signal?.throwIfAborted();
        const reason = reasonOf(error);
        if (!(error instanceof BlobMismatchError)) {
            return nothing(delivery, reason, !isFinalRefusal(error));
        }
        const items = delivery.indexes.map((i) => missingItem(i, 'OUTPUT_MISMATCH', reason));
        return { items, bytes: 0, silent: false };
    }
    const { items, hash } = await readItems(delivery, results, bytes);
    if (store !== undefined && hashToHex(hash ?? (await hashBytes(bytes))) === sha256) {
        await keepBlob(store, sha256, bytes);
    }
    return { items, bytes: bytes.length, silent: false };
}

function nothing({ indexes }: Delivery, detail: string, silent: boolean): Delivered {
    const items = indexes.map((index) => missingItem(index, 'OUTPUT_UNAVAILABLE', detail));
    return { items, bytes: 0, silent };
}

interface ReadItems {
    readonly items: ItemResult[];
    /** Of all bytes, where the items had to know it. */
    readonly hash?: Hash;
}

async function readItems(
    delivery: Exclude<Delivery, { readonly kind: 'nowhere' }>,
    results: OpenedResults,
    bytes: Uint8Array,
): Promise<ReadItems> {
    return delivery.kind === 'blob'
        ? readBlob(delivery.indexes, results, bytes)
        : { items: await readBatch(delivery.indexes, results, bytes) };
}

async function readBlob(
    indexes: readonly number[],
    { leaves, open }: OpenedResults,
    bytes: Uint8Array,
): Promise<ReadItems> {
    const hash = await hashBytes(bytes);
    const items = indexes.map((index) => {
        const leaf = leaves.at(index);
        if (leaf.kind === 'result' && equalBytes(leaf.hash, hash)) {
            return readOutput(index, bytes, open);
        }
        return missingItem(index, 'OUTPUT_MISMATCH', 'The output has another hash than its leaf.');
    });
    return { items, hash };
}

/** Each output is held against its leaf by itself: one that is wrong costs no other. */
async function readBatch(
    indexes: readonly number[],
    { leaves, maxOutputBytes, open }: OpenedResults,
    bytes: Uint8Array,
): Promise<ItemResult[]> {
    const outputs = new Map<string, Uint8Array>();
    for (const output of wellFormed(bytes)) {
        if (output.length > maxOutputBytes) continue;
        outputs.set(bytesToHex(await hashBytes(output)), output);
    }
    return indexes.map((index) => {
        const leaf = leaves.at(index);
        const output = leaf.kind === 'result' ? outputs.get(hashToHex(leaf.hash)) : undefined;
        if (output !== undefined) return readOutput(index, output, open);
        const detail = 'No output in the batch has the hash of the leaf and a lawful size.';
        return missingItem(index, 'OUTPUT_MISMATCH', detail);
    });
}

/** Entries of a batch up to its end, or up to where it breaks the format. */
function* wellFormed(batch: Uint8Array): Generator<Uint8Array> {
    const entries = iterateBatch(batch);
    for (;;) {
        let entry: IteratorResult<Uint8Array, void>;
        try {
            entry = entries.next();
        } catch {
            return; // the outputs after it are missing, which their items tell
        }
        if (entry.done === true) return;
        yield entry.value;
    }
}
