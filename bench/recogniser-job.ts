import { Address } from '@ton/core';
import { OCR_RECOGNISER } from '../models';
import {
    elementCount,
    encodeBatch,
    encodeItem,
    fromTypedArray,
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

/** A line of text as the recogniser takes it: about 20 ms of work and 1 MB of output. */
export const LINE_SHAPE: readonly number[] = [1, 3, 48, 320];
const LINE_ELEMENTS = elementCount(LINE_SHAPE);
const ITEMS_A_BATCH = 64;

/** A job of the OCR recogniser, as the node that won it has it. */
export interface RecogniserJob {
    readonly spec: JobSpec;
    readonly inputs: JobInputs;
    readonly escrow: Address;
    readonly jobId: number;
    readonly context: ReturnType<typeof leafContext>;
}

/** Values of one line, other ones for each index, from -1 to 1. */
export function lineOf(index: number): Float32Array {
    const line = new Float32Array(LINE_ELEMENTS);
    const step = 0.001 * (1 + (index % 997)) + 1e-7 * index;
    for (let i = 0; i < LINE_ELEMENTS; i++) line[i] = Math.sin(i * step);
    return line;
}

/**
 * Puts the inputs of a job into a blob store, one batch in memory at a time, and gathers them as a
 * node does: model and inputs are checked against their hashes.
 */
export async function recogniserJob(items: number, blobs: BlobStore): Promise<RecogniserJob> {
    const batches: InputBatch[] = [];
    const hashes: Hash[] = [];
    for (let from = 0; from < items; from += ITEMS_A_BATCH) {
        const size = Math.min(ITEMS_A_BATCH, items - from);
        const encoded = Array.from({ length: size }, (_, i) =>
            encodeItem({ x: fromTypedArray('float32', lineOf(from + i), LINE_SHAPE) }),
        );
        const bytes = encodeBatch(encoded);
        hashes.push(...encoded.map(itemHash));
        batches.push({ sha256: await blobs.write(bytes), bytes: bytes.length, items: size });
    }
    const { hash, manifest } = OCR_RECOGNISER;
    const spec: JobSpec = {
        format: 'cocoon.job/1',
        model: hash,
        inputs: { root: hashToHex(inputsRoot(hashes)), count: items, batches },
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
