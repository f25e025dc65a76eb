import { isCocoonError } from '../../../protocol';
import { JobEndedError, type JobEvent, type JobResult, type Submission } from '../../../sdk';
import { type Execute, readPicture, type TaskJob } from '../../../tasks';
import { decodePicture } from '../decode-picture';
import { exclusively, type Locks, payingLock, readingLock } from './locks';
import { committedRoot, failureOf, keptOutcome, receiptOf, taskOutcome } from './outcomes';
import {
    type Ending,
    labelOf,
    type NoBidAnswer,
    type Reading,
    type ReadingStepRecord,
} from './reading';
import { trimmed } from './read-again';
import type { ReadingStore } from './reading-store';
import { ceilingFor } from './terms';
import type { Clients } from '../clients';

/** How far a reading is, for whoever shows it. */
export type RunState =
    /** Another tab goes on with it; this one takes over when that is closed. */
    | { readonly phase: 'elsewhere' }
    /** Pixels are decoded and cut here. */
    | { readonly phase: 'preparing' }
    /** Nothing is paid until the user says so. */
    | { readonly phase: 'offer'; readonly offer: Offer }
    /** Another tab is paying with the same wallet. */
    | { readonly phase: 'queued'; readonly step: string }
    | { readonly phase: 'working'; readonly step: string; readonly submission: Submission }
    | { readonly phase: 'done' }
    | { readonly phase: 'failed'; readonly error: unknown };

/** A job that waits for the user. */
export interface Offer {
    /** Name of the model. */
    readonly step: string;
    readonly items: number;
    /** What it may cost unless the user says otherwise, nanoGRAM. */
    readonly ceiling: bigint;
    /** It was submitted before, and its terms stand: paid perhaps, and never twice. */
    readonly again: boolean;
    /** Why the attempt before came to nothing. */
    readonly problem: unknown;
    /** @param ceiling - nanoGRAM; of no meaning for a job that was submitted before */
    readonly pay: (ceiling: bigint) => void;
}

export interface RunParts {
    readonly clients: Clients;
    readonly store: ReadingStore;
    readonly locks: Locks;
}

const NO_RECORD: ReadingStepRecord = { failures: [] };
/** After these nothing was sent: where it was the first attempt, the next one is a new job. */
const UNSENT: ReadonlySet<string> = new Set([
    'USER_DECLINED',
    'WALLET_SWITCHED',
    'WALLET_ON_OTHER_NETWORK',
    'INSUFFICIENT_FUNDS',
]);
/** After these the job is over. */
const OVER: ReadonlySet<string> = new Set(['JOB_ENDED', 'JOB_NEVER_POSTED', 'POST_REFUSED']);

/**
 * Takes a reading from its picture to its text, from wherever it is: what came of a step is kept, a
 * job that was submitted is resumed, and nothing is paid but on the user's word.
 */
export class ReadingRun {
    #state: RunState = { phase: 'preparing' };
    #reading: Reading;
    readonly #parts: RunParts;
    readonly #stopping = new AbortController();
    readonly #listeners = new Set<() => void>();

    constructor(reading: Reading, parts: RunParts) {
        this.#reading = reading;
        this.#parts = parts;
        void this.#run();
    }

    readonly state = (): RunState => this.#state;
    readonly reading = (): Reading => this.#reading;

    readonly subscribe = (listener: () => void): (() => void) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
    };

    /** Leaves it as it is. Its job goes on, and so does the next run. */
    stop(): void {
        this.#stopping.abort();
        if (this.#state.phase === 'working') this.#state.submission.stop();
    }

    /** Keeps how the job of a step has ended, for a reading that is done. */
    async settle(step: string, ending: Ending): Promise<void> {
        const record = this.#record(step);
        const { receipt } = record;
        if (receipt === undefined || this.#reading.text === undefined) return;
        const kept = await this.#parts.store.get(this.#reading.id);
        // Another tab may be reading it again by now.
        if (kept?.steps[step]?.receipt?.job !== receipt.job) return;
        const settled = { ...record, receipt: { ...receipt, ending } };
        const steps = trimmed({ ...this.#reading.steps, [step]: settled });
        await this.#keep({ ...this.#reading, steps });
        this.#show(this.#state);
    }

    async #run(): Promise<void> {
        const { signal } = this.#stopping;
        const { locks } = this.#parts;
        const onWait = () => this.#show({ phase: 'elsewhere' });
        try {
            const lock = readingLock(this.#reading.id);
            await exclusively(locks, lock, () => this.#readOn(), { signal, onWait });
            this.#show({ phase: 'done' });
        } catch (error) {
            if (!signal.aborted) this.#show({ phase: 'failed', error });
        }
    }

    async #readOn(): Promise<void> {
        const { store } = this.#parts;
        const kept = await store.get(this.#reading.id);
        // The same picture, under the name that the page shows it by.
        if (kept !== undefined) this.#reading = { ...kept, picture: this.#reading.picture };
        if (this.#reading.text !== undefined) return;
        this.#show({ phase: 'preparing' });
        const { signal } = this.#stopping;
        const picture = await decodePicture(this.#reading.picture);
        const text = await readPicture({ picture, execute: this.#execute, signal });
        await this.#keep({ ...this.#reading, text, steps: trimmed(this.#reading.steps) });
    }

    readonly #execute: Execute = async (job) => {
        const step = job.model.name;
        const kept = this.#record(step).outcomes;
        if (kept !== undefined) return kept.map(taskOutcome);
        const outcomes = (await this.#paidFor(job)).map(keptOutcome);
        await this.#keepStep(step, { outcomes });
        this.#show({ phase: 'preparing' });
        return outcomes.map(taskOutcome);
    };

    /** Has a job done, as often as the user wants to pay for it. */
    async #paidFor(job: TaskJob): Promise<JobResult['items']> {
        const { paying, following } = this.#parts.clients;
        const { items, limits, model } = job;
        const step = model.name;
        const label = labelOf(this.#reading.id, step);
        let problem: unknown;
        for (let asked = false; ; asked = true) {
            const before = (await following.jobs()).find((one) => one.label === label)?.id;
            let submission: Submission;
            // What is paid goes on without a question; what may be unpaid needs the wallet.
            if (before !== undefined && !asked) {
                submission = following.resume(before);
                this.#show({ phase: 'working', step, submission });
            } else {
                const again = before !== undefined;
                const ceiling = await this.#offer({ step, items, again, problem });
                const start = () =>
                    again
                        ? paying.resume(before)
                        : paying.submit({
                              manifest: model.manifest,
                              items,
                              limits,
                              ceiling,
                              label,
                          });
                submission = await this.#post(step, start);
            }
            try {
                const result = await submission.result;
                await this.#finished(step, result, submission);
                return result.items;
            } catch (error) {
                this.#stopping.signal.throwIfAborted();
                await this.#ended(step, submission, { error, again: before !== undefined });
                problem = isCocoonError(error) && error.code === 'NO_SENDER' ? undefined : error;
            }
        }
    }

    #offer(offer: {
        readonly step: string;
        readonly items: TaskJob['items'];
        readonly again: boolean;
        readonly problem: unknown;
    }): Promise<bigint> {
        const { signal } = this.#stopping;
        return new Promise((resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
            const { items } = offer;
            this.#show({
                phase: 'offer',
                offer: {
                    ...offer,
                    items: items.length,
                    ceiling: ceilingFor(items),
                    pay: (ceiling) => {
                        this.#show({ phase: 'queued', step: offer.step });
                        resolve(ceiling);
                    },
                },
            });
        });
    }

    /** Starts a job while no other tab posts one of the same wallet, until it is posted. */
    async #post(step: string, start: () => Submission): Promise<Submission> {
        const { locks, clients } = this.#parts;
        const { signal } = this.#stopping;
        const wallet = clients.wallet()?.toRawString() ?? 'none';
        const post = async () => {
            const submission = start();
            this.#show({ phase: 'working', step, submission });
            try {
                for await (const { kind } of submission) {
                    if (kind === 'posted' || kind === 'resumed') break;
                }
            } catch {
                // Whoever awaits the result hears of it.
            }
            return submission;
        };
        const onWait = () => this.#show({ phase: 'queued', step });
        return exclusively(locks, payingLock(wallet), post, { signal, onWait });
    }

    async #finished(step: string, result: JobResult, submission: Submission): Promise<void> {
        const events = await eventsOf(submission);
        const { chain } = this.#parts.clients.following;
        const root = await committedRoot(chain, result.ticket, events);
        await this.#keepStep(step, { receipt: receiptOf(result, root) });
    }

    /** Forgets a job that is over or never began, and keeps what came of it. */
    async #ended(
        step: string,
        submission: Submission,
        { error, again }: { readonly error: unknown; readonly again: boolean },
    ): Promise<void> {
        if (!isCocoonError(error)) return;
        const { following } = this.#parts.clients;
        if (error instanceof JobEndedError) {
            const why = error.outcome === 'no-bid' && (await this.#whyNoBid(submission));
            const failure = {
                ...failureOf(error, await eventsOf(submission)),
                ...(why && { why }),
            };
            await this.#keepStep(step, { failures: [...this.#record(step).failures, failure] });
        }
        // An attempt before it may have been paid and not seen yet.
        const unsent = UNSENT.has(error.code) && !again;
        if (!unsent && !OVER.has(error.code)) return;
        const id = await submission.id.catch(() => undefined);
        if (id !== undefined) await following.forget(id);
    }

    /** Undefined where nodes cannot be asked: the reading goes on without it. */
    async #whyNoBid(submission: Submission): Promise<NoBidAnswer | undefined> {
        const { signal } = this.#stopping;
        try {
            const id = await submission.id;
            const { answers, unaware, failed } = await this.#parts.clients.following.whyNoBid(id, {
                signal,
            });
            const reasons = answers.map(({ reason }) => reason);
            return { reasons, silent: unaware.length + failed.length };
        } catch {
            signal.throwIfAborted();
            return undefined;
        }
    }

    #record(step: string): ReadingStepRecord {
        return this.#reading.steps[step] ?? NO_RECORD;
    }

    #keepStep(step: string, change: Partial<ReadingStepRecord>): Promise<void> {
        const steps = { ...this.#reading.steps, [step]: { ...this.#record(step), ...change } };
        return this.#keep({ ...this.#reading, steps });
    }

    async #keep(reading: Reading): Promise<void> {
        this.#reading = reading;
        await this.#parts.store.put(reading);
    }

    #show(state: RunState): void {
        this.#state = state;
        for (const listener of this.#listeners) listener();
    }
}

/** All events of a submission that has ended, well or not. */
async function eventsOf(submission: Submission): Promise<JobEvent[]> {
    const events: JobEvent[] = [];
    try {
        for await (const event of submission) events.push(event);
    } catch {
        // What it ended with is known already.
    }
    return events;
}
