import type { Position } from './progress';

/** What the watchdog sees of a child at one look. */
export interface Observation {
    /** The item that is running; `undefined` between items. */
    readonly position: Position | undefined;
    readonly residentBytes: number | undefined;
}

export type Verdict = 'time' | 'memory' | undefined;

/**
 * Judges one busy child from looks at regular intervals. An item's time is counted in looks, and
 * a late look counts as two intervals at most: a laptop that slept, or a parent that was busy,
 * does not cost an item its life.
 */
export class Watchdog {
    #previous: Position | undefined;
    #stillMs = 0;
    #lookedMs: number;

    constructor(
        private readonly limits: {
            readonly itemTimeoutMs: number;
            readonly maxMemoryBytes: number;
        },
        private readonly intervalMs: number,
        nowMs: number,
    ) {
        this.#lookedMs = nowMs;
    }

    /** The child received work after it had none, or reported results. */
    stirred(nowMs: number): void {
        this.#stillMs = 0;
        this.#lookedMs = nowMs;
    }

    look({ position, residentBytes }: Observation, nowMs: number): Verdict {
        const passedMs = Math.min(nowMs - this.#lookedMs, 2 * this.intervalMs);
        this.#lookedMs = nowMs;
        const moved =
            position?.batch !== this.#previous?.batch || position?.item !== this.#previous?.item;
        this.#previous = position;
        this.#stillMs = moved ? 0 : this.#stillMs + passedMs;
        if (residentBytes !== undefined && residentBytes > this.limits.maxMemoryBytes) {
            return 'memory';
        }
        return this.#stillMs >= this.limits.itemTimeoutMs ? 'time' : undefined;
    }
}

const LONGEST_INTERVAL_MS = 50;
const LOOKS_A_LIMIT = 8;

/** How often to look: a gigabyte is allocated in a few hundred milliseconds. */
export function watchIntervalMs(itemTimeoutMs: number): number {
    return Math.max(1, Math.min(LONGEST_INTERVAL_MS, itemTimeoutMs / LOOKS_A_LIMIT));
}
