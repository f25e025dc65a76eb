/** Monotonic time and timers, so that tests can hold them. */
export interface RuntimeClock {
    /** Milliseconds since an arbitrary start; never goes back. */
    nowMs(): number;
    /** Calls `tick` every `intervalMs` until the returned function is called. */
    every(intervalMs: number, tick: () => void): () => void;
    /** Calls `callback` once after `delayMs` unless the returned function is called before. */
    after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: RuntimeClock = {
    nowMs: () => performance.now(),
    every(intervalMs, tick) {
        const timer = setInterval(tick, intervalMs);
        return () => clearInterval(timer);
    },
    after(delayMs, callback) {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
    },
};
