import { SourceError } from '../errors';
import type { ArrivedChunk, BlobSource } from './blob-source';
import type { ChunkPlan } from './chunk-plan';
import type { PartialBlob } from './partial-blob';

export interface IntakeOptions {
    readonly plan: ChunkPlan;
    readonly partial: PartialBlob;
    /** Told of each chunk that came and was right. */
    readonly onChunk: (peer: string, bytes: number) => void;
}

/** Chunks that are written at once, and as many that wait for it meanwhile. */
const BATCH = 4;

/**
 * Checks and writes what one source sends. Chunks next to each other are written together: a system
 * call for each of them, several at a time, makes them wait for one another in the kernel.
 */
export class Intake {
    readonly #source: BlobSource;
    readonly #options: IntakeOptions;
    readonly #waiting: ArrivedChunk[] = [];
    /** Chunks that did not fit, or could not be written. */
    readonly failed: number[] = [];
    #running: Promise<void> | undefined;
    #error: Error | undefined;
    #room: (() => void) | undefined;

    constructor(source: BlobSource, options: IntakeOptions) {
        this.#source = source;
        this.#options = options;
    }

    /** Takes a chunk; returns once there is room for another. */
    async add(chunk: ArrivedChunk): Promise<void> {
        this.#waiting.push(chunk);
        this.#running ??= this.#run();
        if (this.#waiting.length >= BATCH) await new Promise<void>((done) => (this.#room = done));
    }

    /** @throws SourceError `SOURCE_LIED`, what a write threw */
    check(): void {
        if (this.#error !== undefined) throw this.#error;
    }

    /** Whether chunks wait, or are written. */
    get busy(): boolean {
        return this.#running !== undefined;
    }

    /** Returns once it is not busy. */
    async end(): Promise<void> {
        await this.#running;
    }

    async #run(): Promise<void> {
        while (this.#waiting.length > 0) {
            const batch = this.#next();
            this.#room?.();
            try {
                await this.#take(batch);
            } catch (error) {
                this.failed.push(...batch.map(({ index }) => index));
                this.#fail(error instanceof Error ? error : new Error(String(error)));
            }
        }
        // In the same step in which nothing waits: what is added next begins anew.
        this.#running = undefined;
    }

    /** The chunks at the front that are next to each other. */
    #next(): ArrivedChunk[] {
        const { index } = this.#waiting[0] as ArrivedChunk;
        const follows = (chunk: ArrivedChunk, at: number) => chunk.index === index + at;
        const end = this.#waiting.findIndex((chunk, at) => at >= BATCH || !follows(chunk, at));
        return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
    }

    /** @param batch - left with those that were not taken */
    async #take(batch: ArrivedChunk[]): Promise<void> {
        const { plan, partial, onChunk } = this.#options;
        const { index: from } = batch[0] as ArrivedChunk;
        const right = await partial.take(
            from,
            batch.map(({ bytes }) => bytes),
        );
        for (const { index, bytes, release } of batch.splice(0, right)) {
            const { length } = bytes;
            release();
            plan.settle(index);
            onChunk(this.#source.peer, length);
        }
        if (batch.length === 0) return;
        const said = `Its chunk ${batch[0]?.index} has another hash.`;
        throw new SourceError('SOURCE_LIED', said);
    }

    /** Nothing more is wanted of the source. */
    #fail(error: Error): void {
        if (this.#error !== undefined) return;
        this.#error = error;
        this.#source.close(error);
    }
}
