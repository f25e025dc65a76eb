import {
    encodeBatch,
    type HashHex,
    hashToHex,
    ITEM_ERROR_CODES,
    type ItemErrorCode,
    itemHash,
    type LeafContext,
    type ResultLeaf,
    resultRoot,
    utf8ToBytes,
} from '../protocol';
import type { LoadedModel } from '../runtime';
import { type OutputBatch, type ResultDocument, splitBatches } from '../sdk';
import type { BlobStore } from '../sdk/node';
import type { JobInputs } from './gather';

/** A finished job, ready to be committed; its document and outputs are in the blob store. */
export interface ExecutedJob {
    readonly root: HashHex;
    /** Items without a result. */
    readonly faulty: number;
    /** Hash of the result document. */
    readonly document: HashHex;
    /** The document and the batches of outputs, pinned. */
    readonly blobs: readonly HashHex[];
}

export interface ExecuteJobOptions {
    readonly context: LeafContext;
    readonly inputs: JobInputs;
    readonly model: LoadedModel;
    readonly blobs: BlobStore;
    readonly signal: AbortSignal;
    readonly onProgress?: (finished: number) => void;
}

/**
 * Executes all items of a job and makes its leaves. An item that fails becomes an error leaf at
 * its own place.
 *
 * @throws RuntimeStoppedError, BlobStoreError, the reason of the signal
 */
export async function executeJob(options: ExecuteJobOptions): Promise<ExecutedJob> {
    const { context, inputs, model, blobs, signal } = options;
    const outcomes: (Uint8Array | ItemErrorCode)[] = [];
    const running = model.run(inputs.items(), {
        signal,
        onProgress: ({ finished }) => options.onProgress?.(finished),
    });
    for await (const outcome of running) {
        if (outcome.status === 'stored') throw new TypeError('Outputs were asked for inline.');
        outcomes[outcome.index] =
            outcome.status === 'done' ? outcome.output : ITEM_ERROR_CODES[outcome.error.code];
    }
    const leaves = inputs.hashes.map((inputHash, index): ResultLeaf => {
        const outcome = outcomes[index] as Uint8Array | ItemErrorCode;
        return typeof outcome === 'number'
            ? { index, inputHash, outcome: { kind: 'error', code: outcome } }
            : { index, inputHash, outcome: { kind: 'result', resultHash: itemHash(outcome) } };
    });
    const outputs = outcomes.filter((outcome) => typeof outcome !== 'number');
    const batches: OutputBatch[] = [];
    for (const items of splitBatches(outputs)) {
        const bytes = encodeBatch(items);
        const sha256 = await keep(blobs, bytes);
        batches.push({ sha256, bytes: bytes.length, items: items.length });
    }
    const document: ResultDocument = {
        format: 'cocoon.results/1',
        count: outcomes.length,
        errors: outcomes.flatMap((outcome, index) =>
            typeof outcome === 'number' ? [[index, outcome] as const] : [],
        ),
        batches,
    };
    const documentHash = await keep(blobs, utf8ToBytes(JSON.stringify(document)));
    return {
        root: hashToHex(resultRoot(context, leaves)),
        faulty: document.errors.length,
        document: documentHash,
        blobs: [documentHash, ...batches.map(({ sha256 }) => sha256)],
    };
}

async function keep(blobs: BlobStore, bytes: Uint8Array): Promise<HashHex> {
    const sha256 = await blobs.write(bytes);
    blobs.pin(sha256);
    return sha256;
}
