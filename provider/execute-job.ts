import { hash } from 'node:crypto';
import {
    bytesToUtf8,
    encodeBatch,
    hashFromHex,
    type HashHex,
    hashToHex,
    ITEM_ERROR_CODES,
    type ItemSeal,
    type LeafContext,
    utf8ToBytes,
} from '../protocol';
import type { ExecutionOutcome, LoadedModel } from '../runtime';
import {
    type OutputBatch,
    parseResultDocument,
    type ResultDocument,
    ResultLeaves,
    ResultRoot,
} from '../sdk';
import { type BlobStore, hashFromLatin1, nativeSha256 } from '../sdk/node';
import type { JobInputs } from './gather';

/** A finished job, ready to be committed; its document and outputs are in the blob store. */
export interface ExecutedJob {
    readonly root: HashHex;
    /** Items without a result. */
    readonly faulty: number;
    /** Hash of the result document. */
    readonly document: HashHex;
    /** The document, the leaves, the batches and the large outputs, each pinned once. */
    readonly blobs: readonly HashHex[];
}

export interface ExecuteJobOptions {
    readonly context: LeafContext;
    /** Without `slices` the items pass through this process. */
    readonly inputs: Omit<JobInputs, 'slices'> & Partial<Pick<JobInputs, 'slices'>>;
    readonly model: LoadedModel;
    readonly blobs: BlobStore;
    readonly signal: AbortSignal;
    /** Seals the outputs, which then pass through this process and stand on no disk before. */
    readonly seal?: ItemSeal['seal'] | undefined;
    readonly onProgress?: (finished: number) => void;
}

/** Outputs up to this size come through the channel of the child and travel in batches, bytes. */
export const INLINE_OUTPUT_BYTES = 64 * 1024;
/** A batch of outputs is closed when it reaches one of these. */
const BATCH_BYTES = 4 * 1024 ** 2;
const BATCH_ITEMS = 4096;

/**
 * Executes all items of a job and makes its leaves. An item that fails becomes an error leaf at
 * its own place. Large outputs never pass through this process: children hash them and write them
 * where the blob store takes them over. The root grows with the outcomes, and is there when the
 * last of them is.
 *
 * @throws RuntimeStoppedError, RuntimeDiskError, BlobStoreError, the reason of the signal; nothing
 * stays pinned then
 */
export async function executeJob(options: ExecuteJobOptions): Promise<ExecutedJob> {
    const { context, inputs, model, blobs, signal, seal } = options;
    const staging = await blobs.stage();
    const results = new ResultWriter(blobs, inputs.hashes.length, seal);
    const root = new ResultRoot(context, inputs.hashes, results.leaves, nativeSha256);
    try {
        const running = model.run(inputs.slices?.() ?? inputs.items(), {
            signal,
            outputs:
                seal === undefined
                    ? { dir: staging.path, inlineMaxBytes: INLINE_OUTPUT_BYTES }
                    : 'inline',
            onProgress: ({ finished }) => options.onProgress?.(finished),
        });
        for await (const outcome of running) {
            const storing = results.take(outcome);
            if (storing !== undefined) await storing;
            root.advance();
        }
        const hash = await root.finish(signal);
        await staging.keep();
        const document = await results.finish();
        return { root: hashToHex(hash), faulty: root.faulty, document, blobs: results.blobs };
    } catch (error) {
        results.discard();
        throw error;
    } finally {
        await staging.remove();
    }
}

/**
 * All blobs of a finished job, read back from its document: to pin and to let go what is served.
 * What cannot be read any more is left out.
 */
export async function resultBlobs(document: HashHex, blobs: BlobStore): Promise<HashHex[]> {
    const found = new Set([document]);
    const bytes = await blobs.read(document);
    if (bytes === undefined) return [...found];
    const { leaves, batches } = parseResultDocument(JSON.parse(bytesToUtf8(bytes)));
    found.add(leaves.sha256);
    for (const { sha256 } of batches) found.add(sha256);
    const records = await blobs.read(leaves.sha256);
    if (records === undefined) return [...found];
    const parsed = ResultLeaves.of(records);
    for (let index = 0; index < parsed.count; index++) {
        const record = parsed.at(index);
        if (record.kind !== 'result' || record.location.kind !== 'blob') continue;
        found.add(hashToHex(record.hash));
    }
    return [...found];
}

/** Brings outcomes into the blob store as they come, and notes where they are. */
class ResultWriter {
    readonly leaves: ResultLeaves;
    readonly #blobs: BlobStore;
    readonly #pinned = new Set<HashHex>();
    readonly #batches: OutputBatch[] = [];
    /** Outputs of the open batch by their hash. */
    #batch = new Map<string, Uint8Array>();
    #batchBytes = 0;

    readonly #seal: ItemSeal['seal'] | undefined;

    constructor(blobs: BlobStore, count: number, seal: ItemSeal['seal'] | undefined) {
        this.#blobs = blobs;
        this.#seal = seal;
        this.leaves = ResultLeaves.empty(count);
    }

    get blobs(): HashHex[] {
        return [...this.#pinned];
    }

    /** @returns a promise where there is something to wait for: most outcomes are small */
    take(outcome: ExecutionOutcome): Promise<void> | undefined {
        const { index } = outcome;
        switch (outcome.status) {
            case 'failed':
                this.leaves.setError(index, ITEM_ERROR_CODES[outcome.error.code]);
                return undefined;
            case 'stored':
                return this.#adopt(outcome);
            case 'done': {
                const output = this.#seal?.(index, outcome.output) ?? outcome.output;
                if (output.length > INLINE_OUTPUT_BYTES) return this.#keep(index, output);
                const key = hash('sha256', output, 'binary');
                const batch = this.#batches.length;
                this.leaves.setResult(index, hashFromLatin1(key), { kind: 'batch', batch });
                if (this.#batch.has(key)) return undefined;
                this.#batch.set(key, output);
                this.#batchBytes += output.length;
                const full = this.#batchBytes >= BATCH_BYTES || this.#batch.size >= BATCH_ITEMS;
                return full ? this.#closeBatch() : undefined;
            }
        }
    }

    async #adopt({ index, slice, sha256 }: ExecutionOutcome & { status: 'stored' }): Promise<void> {
        this.#pin(sha256);
        await this.#blobs.adoptPart(slice, sha256);
        this.leaves.setResult(index, hashFromHex(sha256), { kind: 'blob' });
    }

    async #keep(index: number, output: Uint8Array): Promise<void> {
        const sha256 = await this.#write(output);
        this.leaves.setResult(index, hashFromHex(sha256), { kind: 'blob' });
    }

    /** Writes what is left, the leaves and the document. @returns its hash */
    async finish(): Promise<HashHex> {
        if (this.#batch.size > 0) await this.#closeBatch();
        const { bytes, count } = this.leaves;
        const document: ResultDocument = {
            format: 'cocoon.results/1',
            count,
            leaves: { sha256: await this.#write(bytes), bytes: bytes.length },
            batches: this.#batches,
        };
        return this.#write(utf8ToBytes(JSON.stringify(document)));
    }

    /** Lets go of everything. */
    discard(): void {
        for (const sha256 of this.#pinned) this.#blobs.unpin(sha256);
        this.#pinned.clear();
    }

    async #closeBatch(): Promise<void> {
        const outputs = [...this.#batch.values()];
        this.#batch = new Map();
        this.#batchBytes = 0;
        const bytes = encodeBatch(outputs);
        const sha256 = await this.#write(bytes);
        this.#batches.push({ sha256, bytes: bytes.length, items: outputs.length });
    }

    async #write(bytes: Uint8Array): Promise<HashHex> {
        const sha256 = hash('sha256', bytes) as HashHex;
        // Before it is there, so that it is never dropped.
        this.#pin(sha256);
        await this.#blobs.write(bytes);
        return sha256;
    }

    #pin(sha256: HashHex): void {
        if (this.#pinned.has(sha256)) return;
        this.#pinned.add(sha256);
        this.#blobs.pin(sha256);
    }
}
