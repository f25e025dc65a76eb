import { Address } from '@ton/core';
import {
    encodeBatch,
    encodeItem,
    type Hash,
    hashToHex,
    type InputBatch,
    inputsRoot,
    itemHash,
    type JobSpec,
} from '../protocol';
import { createBlobFetcher } from '../provider/blob-fetcher';
import { gatherInputs, type JobInputs } from '../provider/gather';
import { leafContext } from '../sdk';
import type { BlobStore } from '../sdk/node';
import { type Workload, WORKLOADS } from './workloads';

const ITEMS_A_BATCH = 64;

/** A job as the node that won it has it. */
export interface WorkloadJob {
    readonly spec: JobSpec;
    readonly inputs: JobInputs;
    readonly escrow: Address;
    readonly jobId: number;
    readonly context: ReturnType<typeof leafContext>;
}

/**
 * Puts the inputs of a job into a blob store, one batch in memory at a time, and gathers them as a
 * node does: model and inputs are checked against their hashes.
 */
export async function workloadJob(
    workload: Workload,
    count: number,
    blobs: BlobStore,
): Promise<WorkloadJob> {
    const { model, items } = WORKLOADS[workload];
    const batches: InputBatch[] = [];
    const hashes: Hash[] = [];
    let open: Uint8Array[] = [];
    const close = async () => {
        if (open.length === 0) return;
        const bytes = encodeBatch(open);
        batches.push({
            sha256: await blobs.write(bytes),
            bytes: bytes.length,
            items: open.length,
        });
        open = [];
    };
    for (const item of items(count)) {
        const encoded = encodeItem(item);
        hashes.push(itemHash(encoded));
        open.push(encoded);
        if (open.length === ITEMS_A_BATCH) await close();
    }
    await close();
    const { hash, manifest } = model;
    const spec: JobSpec = {
        format: 'cocoon.job/1',
        model: hash,
        inputs: { root: hashToHex(inputsRoot(hashes)), count, batches },
        sources: [],
        limits: { msPerItem: 60_000, outputBytesPerItem: 2 * 1024 ** 2, memoryBytes: 2 ** 31 },
        privacy: { mode: 'public' },
    };
    const { signal } = new AbortController();
    const fetcher = createBlobFetcher({ blobs, fetch, signal });
    const documents = { spec, manifest, blobs: [] };
    const inputs = await gatherInputs(documents, { blobs, fetcher, specSources: [] });
    const escrow = new Address(0, Buffer.alloc(32, 7));
    return { spec, inputs, escrow, jobId: 1, context: leafContext(escrow, 1) };
}
