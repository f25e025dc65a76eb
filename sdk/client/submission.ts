import type { JobEvent, JobResult } from '../job-event';

/**
 * A job that is under way. Its events can be iterated, by several readers and from the first one
 * at any time; its result is a promise. Both end with the same error where the job has none.
 *
 * @example
 * const submission = cocoon.submit(request);
 * for await (const event of submission) show(event);
 * const { items } = await submission.result;
 */
export interface Submission extends AsyncIterable<JobEvent> {
    /** What `resume` and the others know the job by; resolves before anything is paid. */
    readonly id: Promise<string>;
    readonly result: Promise<JobResult>;
    /** Stops waiting. The job itself goes on, and `resume` goes on with it. */
    stop(): void;
}

/** What the work of a submission tells. */
export interface SubmissionPen {
    readonly signal: AbortSignal;
    readonly named: (id: string) => void;
    readonly tell: (event: JobEvent) => void;
}

/** Starts work at once and makes its submission. */
export function submission(work: (pen: SubmissionPen) => Promise<JobResult>): Submission {
    const events: JobEvent[] = [];
    const stopping = new AbortController();
    let wake: (() => void)[] = [];
    let over = false;
    const stir = () => {
        for (const resolve of wake.splice(0)) resolve();
    };
    let named: (id: string) => void = () => undefined;
    let unnamed: (error: unknown) => void = () => undefined;
    const id = new Promise<string>((resolve, reject) => {
        named = resolve;
        unnamed = reject;
    });
    const tell = (event: JobEvent) => {
        events.push(event);
        stir();
    };
    const result = work({ signal: stopping.signal, named: (name) => named(name), tell });
    result
        .catch((error: unknown) => unnamed(error))
        .finally(() => {
            over = true;
            stir();
        });
    // Whoever iterates is told there; a promise that nobody awaits must not end a process.
    id.catch(() => undefined);
    return {
        id,
        result,
        stop: () => stopping.abort(),
        async *[Symbol.asyncIterator]() {
            for (let at = 0; ; at++) {
                while (at >= events.length && !over) {
                    await new Promise<void>((resolve) => (wake = [...wake, resolve]));
                }
                const event = events[at];
                if (event === undefined) break;
                yield event;
            }
            await result;
        },
    };
}
