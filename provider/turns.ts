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
    readonly dueAt: number;
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
            return {
                async *gate(items) {
                    try {
                        for await (const item of items) {
                            while (!place.left && places[0] !== place) {
                                await new Promise<void>((resolve) => (place.wake = resolve));
                            }
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
            const run = measured.then(work);
            measured = run.catch(() => undefined);
            return run;
        },
    };
}
