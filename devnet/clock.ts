import { OptionError } from './errors';

/** Seconds since 1970 that a block's 32-bit time field can hold. */
const MAX_UTIME = 0xffff_ffff;

/**
 * The time of the chain: a wall clock plus an offset, in whole seconds. It never goes back, also
 * when the wall clock does.
 */
export class ChainClock {
    private latest: number;

    /**
     * @param nowMs - the wall clock, in milliseconds since 1970
     * @param offsetSeconds - how far the chain is ahead of it
     * @param latest - a time the chain has already seen, in seconds
     */
    constructor(
        private readonly nowMs: () => number,
        private offsetSeconds = 0,
        latest = 0,
    ) {
        this.latest = latest;
    }

    /** How far the chain is ahead of the wall clock, in seconds. */
    get offset(): number {
        return this.offsetSeconds;
    }

    /** UNIX time of the chain, in seconds. */
    now(): number {
        const wall = Math.floor(this.nowMs() / 1000) + this.offsetSeconds;
        this.latest = Math.min(MAX_UTIME, Math.max(this.latest, wall));
        return this.latest;
    }

    /** Moves the chain ahead by a positive whole number of seconds. */
    advance(seconds: number): void {
        // The target counts from what was last seen, so that a wall clock that went back does
        // not eat part of the step.
        const target = this.now() + seconds;
        if (!Number.isSafeInteger(seconds) || seconds <= 0 || target > MAX_UTIME) {
            throw new OptionError(
                'The chain time moves ahead by whole seconds, up to the year 2106.',
            );
        }
        this.offsetSeconds = target - Math.floor(this.nowMs() / 1000);
        this.latest = target;
    }
}
