/** Those of the places that most share, in their order. */
export function crowded<T>(all: readonly T[], placeOf: (one: T) => string): T[] {
    const counts = new Map<string, number>();
    for (const one of all) counts.set(placeOf(one), (counts.get(placeOf(one)) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return all.filter((one) => counts.get(placeOf(one)) === most);
}

interface Seat {
    readonly place: string;
    readonly leave: () => void;
}

/**
 * A number of seats for whoever comes, from any place. When all are taken, one from a place that
 * has fewer than another takes the oldest seat of that one, so that a few cannot keep out all.
 */
export class Seats {
    readonly #most: number;
    /** The oldest first. */
    readonly #taken = new Set<Seat>();

    constructor(most: number) {
        this.#most = most;
    }

    /**
     * Takes a seat; returns how to give it back, undefined where there is none.
     *
     * @param leave - called when another takes it
     */
    take(place: string, leave: () => void): (() => void) | undefined {
        if (this.#taken.size >= this.#most && !this.#free(place)) return undefined;
        const seat = { place, leave };
        this.#taken.add(seat);
        return () => void this.#taken.delete(seat);
    }

    #free(place: string): boolean {
        const all = [...this.#taken];
        const count = (one: string) => all.filter((other) => other.place === one).length;
        const [oldest] = crowded(all, (one) => one.place);
        if (oldest === undefined || count(place) + 1 >= count(oldest.place)) return false;
        this.#taken.delete(oldest);
        oldest.leave();
        return true;
    }
}
