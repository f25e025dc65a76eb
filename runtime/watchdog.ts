import type { Position } from './progress';

/** What the watchdog sees of a child at one look. */
export interface Observation {
    /** The item that is running; `undefined` between items. */
    readonly position: Position | undefined;
    readonly residentBytes: number | undefined;
    /** Processor time since the child began, milliseconds. */
    readonly cpuMs?: number | undefined;
}

export type Verdict = 'time' | 'cpu-time' | 'memory' | undefined;

/**
 * Judges one busy child from looks at regular intervals. An item's time is counted in looks, and
 * a late look counts as two intervals at most: a laptop that slept, or a parent that was busy,
 * does not cost an item its life. Processor time is what the system counts, from the first look on.
 */
export class Watchdog {
    #previous: Position | undefined;
    #stillMs = 0;
    /** Processor time when the item was first seen. */
    #cpuBeganMs: number | undefined;
    #lookedMs: number;

    constructor(
        private readonly limits: {
            readonly itemTimeoutMs: number;
            readonly itemCpuMs: number;
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
        this.#cpuBeganMs = undefined;
        this.#lookedMs = nowMs;
    }

    look({ position, residentBytes, cpuMs }: Observation, nowMs: number): Verdict {
        const passedMs = Math.min(nowMs - this.#lookedMs, 2 * this.intervalMs);
        this.#lookedMs = nowMs;
        const moved =
            position?.batch !== this.#previous?.batch || position?.item !== this.#previous?.item;
        this.#previous = position;
        this.#stillMs = moved ? 0 : this.#stillMs + passedMs;
        if (moved) this.#cpuBeganMs = undefined;
        this.#cpuBeganMs ??= cpuMs;
        if (residentBytes !== undefined && residentBytes > this.limits.maxMemoryBytes) {
            return 'memory';
        }
        const usedMs = (cpuMs ?? 0) - (this.#cpuBeganMs ?? 0);
        if (usedMs >= this.limits.itemCpuMs) return 'cpu-time';
        return this.#stillMs >= this.limits.itemTimeoutMs ? 'time' : undefined;
    }
}

const LONGEST_INTERVAL_MS = 50;
const LOOKS_A_LIMIT = 8;

/** How often to look: a gigabyte is allocated in a few hundred milliseconds. */
export function watchIntervalMs(itemTimeoutMs: number): number {
    return Math.max(1, Math.min(LONGEST_INTERVAL_MS, itemTimeoutMs / LOOKS_A_LIMIT));
}
