import { PassError } from './errors';

/** Work of one job. Times are UNIX seconds of the chain. */
export interface Work {
    readonly items: number;
    /** Milliseconds of one core for an item, as far as it is known by now. */
    readonly coreMsPerItem: () => number;
    /** When it can begin at the earliest: once the job is won and its inputs are here. */
    readonly readyAt: number;
    /** When it has to be committed. */
    readonly dueAt: number;
}

/** What the node has promised to do, and whether more fits. */
export interface Capacity {
    /** Cores that work. */
    processes: number;
    /**
     * Makes sure that a job and all that was promised before are done in time.
     *
     * @throws PassError `too-slow` where it could not be done even alone, `busy` beside the others
     */
    check(key: string, work: Work, now: number): void;
    /** Counts work from the bid on, since any bid may win; replaces what was said before. */
    promise(key: string, work: Work): void;
    /** Counts only what is left of it. */
    progress(key: string, finished: number): void;
    drop(key: string): void;
    /** Promised work that is not done, as wall time of all cores, milliseconds. */
    readonly promisedMs: number;
    /** What is left of one promised job, milliseconds of one core. */
    leftCoreMs(key: string): number;
}

/** Predictions are taken times this: other programs run too, and items differ. */
const SAFETY = 1.5;
/** For starting children and for the commit to reach the chain, milliseconds. */
const OVERHEAD_MS = 4_000;

interface Task {
    readonly readyMs: number;
    readonly dueMs: number;
    readonly workMs: number;
}

/**
 * Plans as the node works: the job that is due first goes first, which meets all deadlines
 * whenever that is possible at all.
 *
 * @param share - part of the time that the cores work in, over 0 up to 1
 * @param onFreed - called when a promise is over, so that there may be time for another job
 */
export function createCapacity(
    processes: number,
    share: () => number = () => 1,
    onFreed: () => void = () => undefined,
): Capacity {
    const promised = new Map<string, { readonly work: Work; left: number }>();
    const wallMs = (items: number, coreMs: number) =>
        (Math.ceil(items / capacity.processes) * coreMs) / share();
    const taskOf = (work: Work, items: number, now: number): Task => ({
        readyMs: Math.max(0, work.readyAt - now) * 1000,
        dueMs: (work.dueAt - now) * 1000,
        workMs: wallMs(items, work.coreMsPerItem()) * SAFETY + OVERHEAD_MS,
    });
    const capacity: Capacity = {
        processes,
        check(key, work, now) {
            const task = taskOf(work, work.items, now);
            const seconds = (ms: number) => (ms / 1000).toFixed(1);
            const figures =
                `${work.items} items of ${work.coreMsPerItem().toFixed(2)} ms on ` +
                `${capacity.processes} cores`;
            const takesMs = task.readyMs + task.workMs;
            if (takesMs > task.dueMs) {
                const detail = `${figures} take ${seconds(takesMs)} s of ${seconds(task.dueMs)} s.`;
                throw new PassError(
                    { code: 'too-slow', neededMs: takesMs, allowedMs: Math.max(0, task.dueMs) },
                    detail,
                );
            }
            const others = [...promised]
                .filter(([other]) => other !== key)
                .map(([, { work: other, left }]) => taskOf(other, left, now));
            if (
                allInTime(
                    [...others, task],
                    others.filter((other) => !allInTime([other])),
                )
            )
                return;
            const detail =
                `${figures} take ${seconds(takesMs)} s, due in ${seconds(task.dueMs)} s, beside ` +
                `${others.length} promised jobs of ${seconds(capacity.promisedMs)} s.`;
            throw new PassError(
                {
                    code: 'busy',
                    jobs: others.length,
                    neededMs: takesMs + capacity.promisedMs,
                    allowedMs: Math.max(0, task.dueMs),
                },
                detail,
            );
        },
        promise: (key, work) => void promised.set(key, { work, left: work.items }),
        progress: (key, finished) => {
            const entry = promised.get(key);
            if (entry !== undefined) entry.left = Math.max(0, entry.work.items - finished);
        },
        drop: (key) => {
            if (promised.delete(key)) onFreed();
        },
        get promisedMs() {
            return [...promised.values()].reduce(
                (sum, { work, left }) => sum + wallMs(left, work.coreMsPerItem()),
                0,
            );
        },
        leftCoreMs: (key) => {
            const entry = promised.get(key);
            return entry === undefined ? 0 : entry.left * entry.work.coreMsPerItem();
        },
    };
    return capacity;
}

/**
 * Whether all tasks end in time when the one that is due first always goes first.
 *
 * @param lost - those that are late anyway, which are worked for but keep no other from being taken
 */
function allInTime(tasks: readonly Task[], lost: readonly Task[] = []): boolean {
    const open = tasks.map((task) => ({ task, leftMs: task.workMs }));
    let atMs = 0;
    while (open.length > 0) {
        open.sort((a, b) => a.task.dueMs - b.task.dueMs);
        const ready = open.find(({ task }) => task.readyMs <= atMs);
        const releases = open.map(({ task }) => task.readyMs).filter((ms) => ms > atMs);
        const nextMs = Math.min(Infinity, ...releases);
        if (ready === undefined) {
            atMs = nextMs;
            continue;
        }
        const spentMs = Math.min(ready.leftMs, nextMs - atMs);
        atMs += spentMs;
        ready.leftMs -= spentMs;
        if (ready.leftMs > 0) continue;
        if (atMs > ready.task.dueMs && !lost.includes(ready.task)) return false;
        open.splice(open.indexOf(ready), 1);
    }
    return true;
}
