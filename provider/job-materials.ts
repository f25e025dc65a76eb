import { concatBytes, type HashHex, type JobSpec, type LeafContext } from '../protocol';
import { BenchmarkError, type LoadedModel, ModelRefusedError, RuntimeDiskError } from '../runtime';
import { untilAborted } from '../sdk';
import { type BlobStore, BlobStoreError } from '../sdk/node';
import type { JobTerms } from '../wrappers';
import type { Capacity } from './capacity';
import type { ContentKeys } from './content-keys';
import { PassError } from './errors';
import { type ExecutedJob, executeJob } from './execute-job';
import {
    type GatherContext,
    gatherDocuments,
    gatherInputs,
    type JobDocuments,
    type JobInputs,
} from './gather';
import { meterModel } from './metered-model';
import type { ModelCache, ModelLease } from './model-cache';
import { Offers } from './offers';
import { sampleItem } from './sample-item';
import { type JobSeals, jobSeals, openedInputs } from './sealed-items';
import type { Costs, ServedResult, SignedResult } from './state';
import { HOLD_MS, HoldOverError, type Turns } from './turns';

/** Items that a job is measured with. */
const SAMPLE_ITEMS = 16;
const SAMPLE_MS = 200;

export interface JobMaterialsOptions extends GatherContext {
    readonly blobs: BlobStore;
    readonly contentKeys: ContentKeys;
    readonly models: ModelCache;
    readonly costs: Costs;
    readonly turns: Turns;
    /** Told how many cores work once a model shows it. */
    readonly capacity: Pick<Capacity, 'processes'>;
    /** Told how long an item took in its child, milliseconds. */
    readonly onItem: (elapsedMs: number) => void;
    readonly signal: AbortSignal;
}

export interface ExecuteOptions {
    readonly context: LeafContext;
    /** When the job has to be committed; jobs that are due sooner go first. */
    readonly dueAt: number;
    readonly onProgress: (finished: number) => void;
    /** Ends this execution alone. */
    readonly signal?: AbortSignal;
}

/** Documents, inputs and model of one job, gathered as they are needed and kept until its end. */
export class JobMaterials {
    readonly #options: JobMaterialsOptions;
    /** Each as often as it is pinned. */
    readonly #pinned: HashHex[] = [];
    readonly #offers = new Offers();
    #documents: Promise<JobDocuments> | undefined;
    #inputs: Promise<JobInputs> | undefined;
    /** Nobody had the documents before. */
    #again = false;

    constructor(options: JobMaterialsOptions) {
        const { colleagues } = options;
        this.#options = {
            ...options,
            fetcher: this.#offers.fetcher(options.fetcher),
            colleagues: colleagues && {
                // All that follow the market are asked at its listing; later, a few each time.
                fetch: (sha256, maxBytes, signal) =>
                    colleagues.fetch(sha256, maxBytes, signal, this.#again ? 1 : undefined),
            },
        };
    }

    /**
     * Notes a peer which says that it has the documents.
     *
     * @returns whether it is worth while to ask again
     */
    offer(peer: string): boolean {
        return this.#offers.add(peer);
    }

    /**
     * Spec and manifest.
     *
     * @throws PassError
     */
    documents(terms: JobTerms): Promise<JobDocuments> {
        if (this.#documents === undefined) {
            this.#documents = this.#gatherDocuments(terms);
            this.#documents.catch(() => {
                this.#documents = undefined;
                this.#again = true;
            });
        }
        return this.#documents;
    }

    /**
     * Fetches inputs and model.
     *
     * @throws PassError
     */
    inputs(terms: JobTerms): Promise<JobInputs> {
        if (this.#inputs === undefined) {
            const { signal } = this.#options;
            this.#inputs = this.documents(terms).then((documents) =>
                gatherInputs(documents, this.#options, signal),
            );
            // Whoever awaits it meets the error; who asks later tries again.
            this.#inputs.catch(() => (this.#inputs = undefined));
        }
        return this.#inputs;
    }

    /**
     * Measures what an item of this job takes a core of this machine, while other jobs wait for a
     * while.
     *
     * It is remembered for later jobs. A sealed job, whose inputs nobody can open before it is won,
     * is measured with an item of zeros; where the model takes none, its own limit has to do.
     *
     * @param mostMs - after which nobody wants to know it any more
     * @throws PassError, `too-slow` where it takes longer than that, or than others can wait
     */
    async measure(terms: JobTerms, mostMs: number): Promise<void> {
        const { turns } = this.#options;
        const sample = await this.#sample(terms);
        const late = AbortSignal.timeout(mostMs);
        try {
            // Where it still waits for others by then, it finds that it is late.
            const measuring = turns.measure(() => this.#measure(terms, sample, late));
            await untilAborted(measuring, late);
        } catch (error) {
            if (late.aborted && error === late.reason) throw tooSlow(mostMs, mostMs);
            if (error instanceof HoldOverError) throw tooSlow(error.heldMs, HOLD_MS);
            throw error;
        }
    }

    async #measure(
        terms: JobTerms,
        sample: readonly Uint8Array[],
        late: AbortSignal,
    ): Promise<void> {
        const { turns, costs } = this.#options;
        const ends = [this.#options.signal, late];
        AbortSignal.any(ends).throwIfAborted();
        const { spec } = await this.documents(terms);
        const lease = await this.#lease(terms);
        const turn = await turns.hold();
        const signal = AbortSignal.any([...ends, turn.signal]);
        try {
            const { model } = lease;
            const coreMs = (await benchmark(model, sample, signal)) * model.processes;
            costs.learnItem(spec.model, bytesPerItem(spec), coreMs);
        } catch (error) {
            const made = spec.privacy.mode === 'sealed' && error instanceof PassError;
            if (!made || error.why.code !== 'model-refused') throw error;
        } finally {
            turn.leave();
            lease.release();
        }
    }

    async #sample(terms: JobTerms): Promise<Uint8Array[]> {
        const { spec, manifest } = await this.documents(terms);
        const inputs = await this.inputs(terms);
        if (spec.privacy.mode === 'sealed') {
            return [sampleItem(manifest.inputs, bytesPerItem(spec))];
        }
        const sample: Uint8Array[] = [];
        for await (const item of inputs.items()) {
            sample.push(item);
            if (sample.length >= SAMPLE_ITEMS) break;
        }
        return sample;
    }

    /**
     * What opens and seals the items of a sealed job, as soon as its key is here; undefined for a
     * public one.
     *
     * @throws PassError as `documents`; `spec-mismatch` where the spec does not commit to the keys of
     * the items that follow from it; the reason of the node's end
     */
    async seals(terms: JobTerms, context: LeafContext): Promise<JobSeals | undefined> {
        const { contentKeys, signal } = this.#options;
        const { privacy } = (await this.documents(terms)).spec;
        if (privacy.mode !== 'sealed') return undefined;
        const { keyHash } = privacy;
        const key = await contentKeys.wait(keyHash, signal);
        if ((await contentKeys.itemsRoot(keyHash, key, terms.items)) === privacy.itemKeys) {
            return jobSeals(privacy, key, context);
        }
        // Nobody could be shown afterwards under which key a result was sealed.
        throw new PassError('spec-mismatch', 'The spec commits to other keys of its items.');
    }

    /**
     * Executes all items.
     *
     * @throws PassError `model-refused`, `no-room`, and as `executeJob`
     */
    async execute(
        terms: JobTerms,
        { context, dueAt, onProgress, signal: own }: ExecuteOptions,
    ): Promise<SignedResult> {
        const { blobs, costs, turns, onItem } = this.#options;
        const signals = own === undefined ? [] : [own];
        const signal = AbortSignal.any([this.#options.signal, ...signals]);
        const { spec } = await this.documents(terms);
        const gathered = await this.inputs(terms);
        const seals = await this.seals(terms, context);
        const inputs = seals === undefined ? gathered : openedInputs(gathered, seals);
        const seal = seals?.outputs.seal;
        const lease = await this.#lease(terms);
        const turn = turns.enter(dueAt);
        try {
            const coreMsPerItem = costs.coreMsPerItem(spec.model, bytesPerItem(spec));
            const metered = meterModel(lease.model, { turn, coreMsPerItem, onItem });
            const { model } = metered;
            const executed = await execute(() =>
                executeJob({ context, inputs, model, blobs, signal, seal, onProgress }),
            );
            for (const sha256 of executed.blobs) this.#pinned.push(sha256);
            const learned = metered.coreMsPerItem();
            if (learned !== undefined) costs.learnItem(spec.model, bytesPerItem(spec), learned);
            const inputHashes = await this.#keep(concatBytes(inputs.hashes));
            const { root, faulty, document } = executed;
            return { root, faulty, document, inputHashes };
        } finally {
            turn.leave();
            lease.release();
        }
    }

    /** Blobs that whoever checks the job needs, beside its results. */
    async served(terms: JobTerms): Promise<ServedResult['materials']> {
        return [...new Set((await this.documents(terms)).blobs)];
    }

    /** Lets the blobs of the job go. */
    release(): void {
        for (const sha256 of this.#pinned.splice(0)) this.#options.blobs.unpin(sha256);
    }

    async #keep(bytes: Uint8Array): Promise<HashHex> {
        const sha256 = await this.#options.blobs.write(bytes);
        this.#pin(sha256);
        return sha256;
    }

    #pin(sha256: HashHex): void {
        this.#options.blobs.pin(sha256);
        this.#pinned.push(sha256);
    }

    async #gatherDocuments(terms: JobTerms): Promise<JobDocuments> {
        const documents = await gatherDocuments(terms, this.#options, this.#options.signal);
        for (const sha256 of new Set(documents.blobs)) this.#pin(sha256);
        return documents;
    }

    async #lease(terms: JobTerms): Promise<ModelLease> {
        const { spec, manifest } = await this.documents(terms);
        try {
            const lease = await this.#options.models.acquire(spec.model, manifest, spec.limits);
            this.#options.capacity.processes = lease.model.processes;
            return lease;
        } catch (error) {
            if (!(error instanceof ModelRefusedError)) throw error;
            throw new PassError(
                { code: 'model-refused', admission: error.reason },
                error.message,
                error,
            );
        }
    }
}

/** Wall time of an item with all children busy, milliseconds; items that fail are left out. */
async function benchmark(
    model: LoadedModel,
    sample: readonly Uint8Array[],
    signal: AbortSignal,
): Promise<number> {
    for (let items = sample; ;) {
        try {
            return (await model.benchmark(items, { signal, minDurationMs: SAMPLE_MS })).msPerItem;
        } catch (error) {
            if (!(error instanceof BenchmarkError)) throw error;
            items = items.filter((_, index) => index !== error.index);
            if (items.length > 0) continue;
            const detail = `None of ${sample.length} items could be executed. ${error.message}`;
            throw new PassError({ code: 'model-refused', admission: 'no-result' }, detail, error);
        }
    }
}

function tooSlow(neededMs: number, allowedMs: number): PassError {
    const detail =
        `A few items were to be measured, which took over ${(neededMs / 1000).toFixed(1)} s; ` +
        'there is no more time for that.';
    return new PassError({ code: 'too-slow', neededMs, allowedMs }, detail);
}

/** A full disk is no fault of the job, which somebody else may do. */
async function execute(work: () => Promise<ExecutedJob>): Promise<ExecutedJob> {
    try {
        return await work();
    } catch (error) {
        if (!(error instanceof BlobStoreError) && !(error instanceof RuntimeDiskError)) throw error;
        throw new PassError('no-room', error.message, error);
    }
}

/** Size of an item of a job on average. */
export function bytesPerItem({ inputs }: JobSpec): number {
    return inputs.batches.reduce((sum, { bytes }) => sum + bytes, 0) / inputs.count;
}

/** Bytes of inputs and model files that are not here yet. */
export function bytesToFetch(
    { spec, manifest }: JobDocuments,
    blobs: Pick<BlobStore, 'has'>,
): number {
    return [...spec.inputs.batches, ...manifest.files]
        .filter(({ sha256 }) => !blobs.has(sha256))
        .reduce((sum, { bytes }) => sum + bytes, 0);
}
