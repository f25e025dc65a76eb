import { SourceError } from '../errors';
import type { BlobSource } from './blob-source';
import type { ChunkPlan } from './chunk-plan';
import type { PartialBlob } from './partial-blob';

export interface RunnerOptions {
    readonly plan: ChunkPlan;
    readonly partial: PartialBlob;
    /** Told of each chunk that came and was right. */
    readonly onChunk: (peer: string, bytes: number) => void;
    /** Milliseconds that only grow. */
    readonly now: () => number;
}

/** Chunks that are asked for ahead: enough to keep a fast line busy, few enough to leave to others. */
const MIN_AHEAD = 4;
/** What a source shall have before it, in time. */
const AHEAD_MS = 1_000;
/** How often an idle source looks for chunks that others are late with, milliseconds. */
const LOOK_MS = 500;

/**
 * Fetches chunks from one source until all are there. The window follows the speed of the source:
 * about a second of work, so that a slow one never holds much that others could fetch.
 *
 * @throws SourceError; what was asked for and did not come is given back
 */
export async function runSource(source: BlobSource, options: RunnerOptions): Promise<void> {
    const { plan, partial, onChunk, now } = options;
    const asked: number[] = [];
    let ahead = MIN_AHEAD;
    let spentMs = 0;
    let got = 0;
    const writes = new Writes();
    try {
        while (!plan.done) {
            writes.check();
            const room = ahead - asked.length;
            // Half a window at a time, so that questions are few.
            if (room >= ahead / 2 || asked.length === 0) {
                const run = plan.take(room) ?? (asked.length === 0 ? plan.steal() : undefined);
                if (run !== undefined) {
                    for (let at = 0; at < run.count; at++) asked.push(run.from + at);
                    await source.ask(run.from, run.count);
                }
            }
            const wanted = asked[0];
            if (wanted === undefined) {
                await plan.change(LOOK_MS);
                continue;
            }
            const startedAt = now();
            const { index, bytes, release } = await source.nextChunk();
            if (index !== wanted) {
                throw new SourceError('SOURCE_MALFORMED', `It sent chunk ${index} unasked.`);
            }
            if (!partial.fits(index, bytes)) {
                throw new SourceError('SOURCE_LIED', `Its chunk ${index} has another hash.`);
            }
            asked.shift();
            await writes.add(index, async () => {
                await partial.write(index, bytes);
                release();
                plan.settle(index);
                onChunk(source.peer, bytes.length);
            });
            spentMs += now() - startedAt;
            got++;
            ahead = Math.min(source.maxAhead, windowOf(got, spentMs));
        }
    } finally {
        await writes.end();
        plan.giveBack([...asked, ...writes.failed]);
    }
}

/** Chunks that are being written: while the disk works, the next ones are read and hashed. */
class Writes {
    static readonly #MOST = 4;
    readonly #running = new Set<Promise<void>>();
    readonly failed: number[] = [];
    #error: Error | undefined;

    /** Begins to write; returns once there is room for another. */
    async add(index: number, write: () => Promise<void>): Promise<void> {
        const work = write()
            .catch((error: unknown) => {
                this.#error ??= error instanceof Error ? error : new Error(String(error));
                this.failed.push(index);
            })
            .finally(() => this.#running.delete(work));
        this.#running.add(work);
        if (this.#running.size >= Writes.#MOST) await Promise.race(this.#running);
    }

    /** @throws what a write threw */
    check(): void {
        if (this.#error !== undefined) throw this.#error;
    }

    async end(): Promise<void> {
        await Promise.all(this.#running);
    }
}

/** @param spentMs - time that went by waiting for `got` chunks */
function windowOf(got: number, spentMs: number): number {
    const perSecond = (got * AHEAD_MS) / Math.max(1, spentMs);
    return Math.round(Math.max(MIN_AHEAD, perSecond));
}
