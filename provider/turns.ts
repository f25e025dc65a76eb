/** Which job's items go to the children. */
export interface Turns {
    /** @param dueAt - the job that is due first goes first */
    enter(dueAt: number): Turn;
    /** Jobs that have items to give. */
    readonly waiting: number;
    /**
     * Runs measurements one after another: each loads a model into memory, and two at a time would
     * find each other's work.
     */
    measure<T>(work: () => Promise<T>): Promise<T>;
    /**
     * Keeps the cores free of jobs for a measurement. What it runs is a stranger's, and may never
     * end: where jobs or other measurements wait, it is told to end after `HOLD_MS`; and after one
     * that jobs had to wait for, the next waits for them.
     */
    hold(): Promise<Hold>;
}

/** The cores, for a measurement. */
export interface Hold {
    /** Ends with a `HoldOverError`. */
    readonly signal: AbortSignal;
    /** May be called again. */
    leave(): void;
}

/** Half of what plans leave for what nobody foresees, milliseconds; see `createCapacity`. */
export const HOLD_MS = 2_000;

/** Others have waited long enough for a measurement. */
export class HoldOverError extends Error {
    constructor(readonly heldMs: number) {
        super(`Other jobs have waited ${heldMs} ms for a measurement.`);
    }
}

export interface Turn {
    /**
     * Passes items on while this job is the first; ends its turn with the last of them, so that
     * the next job fills the cores that the end of this one leaves free.
     */
    gate<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, void>;
    /** Time for which it has been the first, milliseconds. */
    readonly openMs: number;
    /** May be called again; a gate that waits ends. */
    leave(): void;
}

interface Place {
    dueAt: number;
    openSince: number | undefined;
    openMs: number;
    left: boolean;
    wake: (() => void) | undefined;
}

/**
 * Lets jobs share the cores by the urgency of their deadlines. Two that run side by side would
 * have twice as many children as there are cores, and items would meet their time limits for
 * no fault of their own.
 */
export function createTurns(nowMs: () => number = () => performance.now()): Turns {
    /** Those that are due first at the front. */
    const places: Place[] = [];
    let measured: Promise<unknown> = Promise.resolve();
    /** Measurements that run or wait. */
    let measurements = 0;
    /** Whether jobs waited for the last one. */
    let delayed = false;
    /** Ends a measurement that has had its time, once others wait. */
    let overdue: (() => void) | undefined;
    const othersWait = () => places.length > 1 || measurements > 1;

    const insert = (dueAt: number): Place => {
        const place: Place = {
            dueAt,
            openSince: undefined,
            openMs: 0,
            left: false,
            wake: undefined,
        };
        const at = places.findIndex((other) => other.dueAt > dueAt);
        places.splice(at < 0 ? places.length : at, 0, place);
        settle();
        if (othersWait()) overdue?.();
        return place;
    };
    const first = async (place: Place): Promise<void> => {
        while (!place.left && places[0] !== place) {
            await new Promise<void>((resolve) => (place.wake = resolve));
        }
    };

    const settle = () => {
        for (const [at, place] of places.entries()) {
            const open = at === 0;
            if (open && place.openSince === undefined) place.openSince = nowMs();
            if (!open) pause(place);
        }
        places[0]?.wake?.();
    };
    const pause = (place: Place) => {
        if (place.openSince === undefined) return;
        place.openMs += nowMs() - place.openSince;
        place.openSince = undefined;
    };
    const leave = (place: Place) => {
        if (place.left) return;
        place.left = true;
        pause(place);
        places.splice(places.indexOf(place), 1);
        place.wake?.();
        settle();
    };

    return {
        enter(dueAt) {
            const place = insert(dueAt);
            return {
                async *gate(items) {
                    try {
                        for await (const item of items) {
                            await first(place);
                            if (place.left) return;
                            yield item;
                        }
                    } finally {
                        leave(place);
                    }
                },
                get openMs() {
                    const { openMs, openSince } = place;
                    return openMs + (openSince === undefined ? 0 : nowMs() - openSince);
                },
                leave: () => leave(place),
            };
        },
        get waiting() {
            return places.length;
        },
        measure(work) {
            measurements++;
            if (othersWait()) overdue?.();
            const run = measured.then(work).finally(() => measurements--);
            measured = run.catch(() => undefined);
            return run;
        },
        async hold() {
            const place = insert(delayed ? Infinity : -Infinity);
            await first(place);
            place.dueAt = -Infinity;
            const control = new AbortController();
            const began = nowMs();
            const end = () => {
                overdue = undefined;
                control.abort(new HoldOverError(Math.round(nowMs() - began)));
            };
            const timer = setTimeout(() => (othersWait() ? end() : (overdue = end)), HOLD_MS);
            return {
                signal: control.signal,
                leave() {
                    if (place.left) return;
                    clearTimeout(timer);
                    overdue = undefined;
                    delayed = places.length > 1;
                    leave(place);
                },
            };
        },
    };
}
