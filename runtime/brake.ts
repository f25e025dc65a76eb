import type { RuntimeClock } from './clock';

/** How much of the machine the children may take; changed while they work. */
export interface Pace {
    /**
     * Part of the time in which children run, from 0 (they stand still, and keep their memory) to 1.
     * Between, they are stopped and continued many times a second.
     */
    readonly share: number;
    /** Children of each model at most; as many as it was loaded with unless set. */
    readonly processes?: number | undefined;
    /** Whether other programs go before the children where there are not enough cores. */
    readonly lowPriority?: boolean | undefined;
}

export const FULL_PACE: Pace = { share: 1 };

/** What can be stopped and continued. */
export interface Braked {
    hold(): void;
    release(): void;
}

/** Shorter than what people notice, longer than what signals cost. */
const STEP_MS = 25;
/** What was run longer ago than about this says nothing about the next step. */
const MEMORY_MS = 2_000;

/**
 * Stops and continues all children together. Each step compares the time that they ran with what
 * they may, so that late timers even out.
 */
export class Brake {
    readonly #members = new Set<Braked>();
    #share = 1;
    #held = false;
    #stepping: (() => void) | undefined;
    #lastMs: number;
    /** Time in which children ran, since the start. */
    #workedMs = 0;
    /** The same, and all time, as far as the present share is concerned. */
    #ranMs = 0;
    #passedMs = 0;

    constructor(private readonly clock: RuntimeClock) {
        this.#lastMs = clock.nowMs();
    }

    get held(): boolean {
        return this.#held;
    }

    /** Milliseconds in which children were allowed to run: a clock that stands while they do. */
    workedMs(): number {
        this.#count();
        return this.#workedMs;
    }

    setShare(share: number): void {
        if (share === this.#share) return;
        this.#count();
        this.#share = share;
        this.#ranMs = 0;
        this.#passedMs = 0;
        this.#stepping?.();
        this.#stepping = undefined;
        this.#hold(share === 0);
        if (share === 0 || share === 1) return;
        this.#stepping = this.clock.every(STEP_MS, () => this.#step());
    }

    /** Adds a child, which is stopped at once where all are. */
    add(member: Braked): void {
        this.#members.add(member);
        if (this.#held) member.hold();
    }

    remove(member: Braked): void {
        this.#members.delete(member);
    }

    /** Ends the steps, and lets all run. */
    close(): void {
        this.setShare(1);
    }

    #step(): void {
        this.#count();
        if (this.#passedMs > MEMORY_MS) {
            this.#ranMs /= 2;
            this.#passedMs /= 2;
        }
        this.#hold(this.#ranMs > this.#share * this.#passedMs);
    }

    #count(): void {
        const nowMs = this.clock.nowMs();
        const passed = nowMs - this.#lastMs;
        this.#lastMs = nowMs;
        this.#passedMs += passed;
        if (this.#held) return;
        this.#ranMs += passed;
        this.#workedMs += passed;
    }

    #hold(held: boolean): void {
        // Windows cannot stop a process: it runs on, and its time counts.
        if (held === this.#held || process.platform === 'win32') return;
        this.#held = held;
        for (const member of this.#members) {
            if (held) member.hold();
            else member.release();
        }
    }
}
