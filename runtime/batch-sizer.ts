const TARGET_MS = 200;
const MAX_ITEMS = 256;
const MAX_BYTES = 1024 ** 2;
const GROWTH = 4;
const SMOOTHING = 0.3;
const PREFETCH_BELOW_MS = 50;

/**
 * Chooses how many items go into one message: about 200 ms of work, so that the channel's cost
 * (0.3 ms a message, in both processes) does not matter, and little is lost with a child.
 */
export class BatchSizer {
    readonly maxBytes = MAX_BYTES;
    #itemMs: number | undefined;
    #items = 1;

    get maxItems(): number {
        return this.#items;
    }

    /** Whether a second message may wait at a busy child: not when it could go to another. */
    get prefetch(): boolean {
        return this.#itemMs !== undefined && this.#itemMs <= PREFETCH_BELOW_MS;
    }

    /** @param itemMs mean time of an item in the last results */
    observe(itemMs: number): void {
        this.#itemMs =
            this.#itemMs === undefined
                ? itemMs
                : this.#itemMs + SMOOTHING * (itemMs - this.#itemMs);
        const wanted = Math.floor(TARGET_MS / Math.max(this.#itemMs, TARGET_MS / MAX_ITEMS));
        this.#items = Math.max(1, Math.min(wanted, this.#items * GROWTH));
    }
}
