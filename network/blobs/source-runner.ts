import { SourceError } from '../errors';
import type { BlobSource } from './blob-source';
import { Intake, type IntakeOptions } from './intake';

export interface RunnerOptions extends IntakeOptions {
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
    const { plan, now } = options;
    const asked: number[] = [];
    let ahead = MIN_AHEAD;
    let spentMs = 0;
    let got = 0;
    const intake = new Intake(source, options);
    try {
        while (!plan.done) {
            intake.check();
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
                if (intake.busy) await intake.end();
                else await plan.change(LOOK_MS);
                continue;
            }
            const startedAt = now();
            const chunk = await source.nextChunk();
            if (chunk.index !== wanted) {
                throw new SourceError('SOURCE_MALFORMED', `It sent chunk ${chunk.index} unasked.`);
            }
            asked.shift();
            await intake.add(chunk);
            spentMs += now() - startedAt;
            got++;
            ahead = Math.min(source.maxAhead, windowOf(got, spentMs));
        }
    } catch (error) {
        // Whoever lies is cut off: that is why nothing more came.
        intake.check();
        throw error;
    } finally {
        await intake.end();
        plan.giveBack([...asked, ...intake.failed]);
    }
}

/** @param spentMs - time that went by waiting for `got` chunks */
function windowOf(got: number, spentMs: number): number {
    const perSecond = (got * AHEAD_MS) / Math.max(1, spentMs);
    return Math.round(Math.max(MIN_AHEAD, perSecond));
}
