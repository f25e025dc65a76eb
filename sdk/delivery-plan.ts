import { type HashHex, hashToHex, type ItemErrorCode } from '../protocol';
import { Breather } from './breather';
import type { OpenedResults } from './open-results';
import type { OutputBatch } from './result-document';

/** What is fetched at once, and the items that it is for. */
export type Delivery =
    | { readonly kind: 'blob'; readonly sha256: HashHex; readonly indexes: number[] }
    | { readonly kind: 'batch'; readonly batch: OutputBatch; readonly indexes: number[] }
    /** The leaf names a batch that the document has not. */
    | { readonly kind: 'nowhere'; readonly indexes: number[] };

export interface DeliveryPlan {
    /** Items whose leaf is an error: there is nothing to fetch. */
    readonly failed: readonly { readonly index: number; readonly code: ItemErrorCode }[];
    /** In the order of the first item of each. */
    readonly deliveries: readonly Delivery[];
}

/**
 * Sorts the items of a job by what has to be fetched for them: outputs that are equal are fetched
 * once, and small ones come with their batch.
 *
 * @param wanted - which items; all unless set
 */
export async function planDeliveries(
    { leaves, batches }: OpenedResults,
    wanted: Iterable<number> = range(leaves.count),
    signal?: AbortSignal,
): Promise<DeliveryPlan> {
    const failed: DeliveryPlan['failed'][number][] = [];
    const deliveries = new Map<HashHex | number, Delivery>();
    const breather = new Breather();
    for (const index of wanted) {
        if (breather.due) await breather.breathe(signal);
        const leaf = leaves.at(index);
        if (leaf.kind === 'error') {
            failed.push({ index, code: leaf.code });
            continue;
        }
        const { location } = leaf;
        const key = location.kind === 'blob' ? hashToHex(leaf.hash) : location.batch;
        let delivery = deliveries.get(key);
        if (delivery === undefined) {
            delivery = deliveryOf(key, batches);
            deliveries.set(key, delivery);
        }
        delivery.indexes.push(index);
    }
    return { failed, deliveries: [...deliveries.values()] };
}

function deliveryOf(key: HashHex | number, batches: readonly OutputBatch[]): Delivery {
    if (typeof key === 'string') return { kind: 'blob', sha256: key, indexes: [] };
    const batch = batches[key];
    return batch === undefined
        ? { kind: 'nowhere', indexes: [] }
        : { kind: 'batch', batch, indexes: [] };
}

function* range(count: number): Generator<number> {
    for (let index = 0; index < count; index++) yield index;
}
