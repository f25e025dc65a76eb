import type { HashHex, LeafContext } from '../protocol';
import { ModelRefusedError } from '../runtime';
import type { JobTerms } from '../wrappers';
import type { BlobStore } from '../sdk/node';
import { PassError } from './errors';
import { type ExecutedJob, executeJob } from './execute-job';
import {
    type GatherContext,
    gatherDocuments,
    gatherInputs,
    type JobDocuments,
    type JobInputs,
} from './gather';
import type { ModelCache, ModelLease } from './model-cache';

/** Items that a job is measured with. */
const SAMPLE_ITEMS = 16;
const SAMPLE_MS = 200;

export interface JobMaterialsOptions extends GatherContext {
    readonly blobs: BlobStore;
    readonly models: ModelCache;
    readonly signal: AbortSignal;
}

/** Documents, inputs and model of one job, gathered as they are needed and kept until its end. */
export class JobMaterials {
    readonly #options: JobMaterialsOptions;
    readonly #pinned = new Set<HashHex>();
    #documents: Promise<JobDocuments> | undefined;
    #inputs: Promise<JobInputs> | undefined;

    constructor(options: JobMaterialsOptions) {
        this.#options = options;
    }

    /**
     * Spec and manifest.
     *
     * @throws PassError
     */
    documents(terms: JobTerms): Promise<JobDocuments> {
        this.#documents ??= this.#gatherDocuments(terms);
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
            // Whoever awaits it meets the error; before that nobody may be there to do so.
            this.#inputs.catch(() => undefined);
        }
        return this.#inputs;
    }

    /**
     * Milliseconds that an item of this job takes on this machine.
     *
     * @throws PassError, BenchmarkError
     */
    async measure(terms: JobTerms): Promise<number> {
        const inputs = await this.inputs(terms);
        const sample: Uint8Array[] = [];
        for await (const item of inputs.items()) {
            sample.push(item);
            if (sample.length >= SAMPLE_ITEMS) break;
        }
        const { signal } = this.#options;
        const lease = await this.#lease(terms);
        try {
            const options = { signal, minDurationMs: SAMPLE_MS };
            return (await lease.model.benchmark(sample, options)).msPerItem;
        } finally {
            lease.release();
        }
    }

    /**
     * Executes all items.
     *
     * @throws PassError `model-refused`, and as `executeJob`
     */
    async execute(
        terms: JobTerms,
        context: LeafContext,
        onProgress: (finished: number) => void,
    ): Promise<ExecutedJob> {
        const { blobs, signal } = this.#options;
        const inputs = await this.inputs(terms);
        const lease = await this.#lease(terms);
        try {
            const { model } = lease;
            const work = { context, inputs, model, blobs, signal, onProgress };
            const executed = await executeJob(work);
            for (const sha256 of executed.blobs) this.#pinned.add(sha256);
            return executed;
        } finally {
            lease.release();
        }
    }

    /** Lets the blobs of the job go. */
    release(): void {
        for (const sha256 of this.#pinned) this.#options.blobs.unpin(sha256);
        this.#pinned.clear();
    }

    async #gatherDocuments(terms: JobTerms): Promise<JobDocuments> {
        const documents = await gatherDocuments(terms, this.#options, this.#options.signal);
        for (const sha256 of documents.blobs) {
            if (this.#pinned.has(sha256)) continue;
            this.#pinned.add(sha256);
            this.#options.blobs.pin(sha256);
        }
        return documents;
    }

    async #lease(terms: JobTerms): Promise<ModelLease> {
        const { spec, manifest } = await this.documents(terms);
        try {
            return await this.#options.models.acquire(spec.model, manifest, spec.limits);
        } catch (error) {
            if (!(error instanceof ModelRefusedError)) throw error;
            throw new PassError('model-refused', error.message, error);
        }
    }
}

/** Bytes of inputs and model files together. */
export function bytesToFetch({ spec, manifest }: JobDocuments): number {
    return [...spec.inputs.batches, ...manifest.files].reduce((sum, { bytes }) => sum + bytes, 0);
}
