import type { EncodedItem } from './messages';
import type { ExecutionOutcome, RunProgress } from './outcome';

/** Encoded items; an array, or anything that yields them one at a time. */
export type ItemSource = Iterable<EncodedItem> | AsyncIterable<EncodedItem>;

/** One item on its way through the pool. */
export interface Entry {
    readonly run: Run;
    readonly index: number;
    readonly encoded: EncodedItem;
    /** How often it was running when its child died. */
    deaths: number;
}

export interface RunBounds {
    /** Items taken from the source whose outcome the consumer has not received. */
    readonly maxOutstandingItems: number;
    /** Bytes of their inputs, and of outputs that wait for the consumer. */
    readonly maxOutstandingBytes: number;
}

export interface RunHooks {
    /** There may be new work, or new room for results. */
    readonly wake: () => void;
    readonly onProgress?: ((progress: RunProgress) => void) | undefined;
}

/**
 * The items of one `run` call: takes them from the source no faster than the consumer takes the
 * outcomes, holds what waits, and hands outcomes over in the order of their completion.
 */
export class Run {
    readonly #source: ItemSource;
    readonly #bounds: RunBounds;
    readonly #hooks: RunHooks;
    #queue: Entry[] = [];
    #ready: ExecutionOutcome[] = [];
    #taken = 0;
    #finished = 0;
    #failed = 0;
    #delivered = 0;
    #outstandingBytes = 0;
    #exhausted = false;
    #closed = false;
    #failure: { readonly error: unknown } | undefined;
    #wakeSource: (() => void) | undefined;
    #wakeConsumer: (() => void) | undefined;

    constructor(source: ItemSource, bounds: RunBounds, hooks: RunHooks) {
        this.#source = source;
        this.#bounds = bounds;
        this.#hooks = hooks;
    }

    /** Starts to take items. */
    start(): void {
        this.#takeItems().catch((error: unknown) => this.fail(error));
    }

    get closed(): boolean {
        return this.#closed;
    }

    /** Whether items wait that may be sent to a child now. */
    get hasWork(): boolean {
        const outputsWait = this.#ready.length > 0;
        return this.#queue.length > 0 && !(outputsWait && this.#full);
    }

    /** Items that wait to be sent to a child. */
    get waiting(): number {
        return this.#queue.length;
    }

    /** Removes up to `maxItems` items from the queue, one at least, with `maxBytes` together. */
    take(maxItems: number, maxBytes: number): Entry[] {
        let count = 0;
        let bytes = 0;
        for (const { encoded } of this.#queue) {
            const size = memoryOf(encoded);
            if (count > 0 && (count >= maxItems || bytes + size > maxBytes)) break;
            count++;
            bytes += size;
        }
        return this.#queue.splice(0, count);
    }

    /** Puts items back to the front, in their order. */
    giveBack(entries: readonly Entry[]): void {
        if (this.#closed || entries.length === 0) return;
        this.#queue.unshift(...entries);
        this.#hooks.wake();
    }

    /** Records the outcome of an item that was taken. */
    settle(entry: Entry, outcome: ExecutionOutcome): void {
        if (this.#closed) return;
        this.#finished++;
        if (outcome.status === 'failed') this.#failed++;
        this.#outstandingBytes += heldBytes(outcome) - memoryOf(entry.encoded);
        this.#ready.push(outcome);
        this.#notifyConsumer();
    }

    reportProgress(): void {
        if (this.#closed) return;
        const progress = { taken: this.#taken, finished: this.#finished, failed: this.#failed };
        try {
            this.#hooks.onProgress?.(progress);
        } catch (error) {
            this.fail(error); // the caller's own listener threw: it is told where it waits
        }
    }

    /** Ends the run: the consumer sees the error, and nothing more is taken or sent. */
    fail(error: unknown): void {
        if (this.#closed) return;
        this.#failure = { error };
        this.close();
    }

    close(): void {
        if (this.#closed) return;
        this.#closed = true;
        this.#queue = [];
        this.#wakeSource?.();
        this.#notifyConsumer();
    }

    /**
     * @returns the next outcome, or `undefined` after the last
     * @throws what the run was failed with
     */
    async next(): Promise<ExecutionOutcome | undefined> {
        for (;;) {
            if (this.#failure !== undefined) throw this.#failure.error;
            const outcome = this.#ready.shift();
            if (outcome !== undefined) {
                this.#delivered++;
                this.#outstandingBytes -= heldBytes(outcome);
                this.#wakeSource?.();
                this.#hooks.wake();
                return outcome;
            }
            if (this.#closed || (this.#exhausted && this.#delivered === this.#taken)) return;
            await new Promise<void>((resolve) => (this.#wakeConsumer = resolve));
        }
    }

    async #takeItems(): Promise<void> {
        const source = this.#source;
        const iterator =
            Symbol.asyncIterator in source
                ? source[Symbol.asyncIterator]()
                : source[Symbol.iterator]();
        for (;;) {
            while (this.#full && !this.#closed) {
                await new Promise<void>((resolve) => (this.#wakeSource = resolve));
            }
            if (this.#closed) break;
            const next = iterator.next();
            // Arrays and generators are taken without a turn of the event loop for each item.
            const step = 'then' in next ? await next : next;
            if (step.done === true) {
                this.#exhausted = true;
                this.#notifyConsumer();
                return;
            }
            if (this.#closed) break;
            const encoded = step.value;
            this.#queue.push({ run: this, index: this.#taken++, encoded, deaths: 0 });
            this.#outstandingBytes += memoryOf(encoded);
            this.#hooks.wake();
        }
        await iterator.return?.();
    }

    get #full(): boolean {
        return (
            this.#taken - this.#delivered >= this.#bounds.maxOutstandingItems ||
            this.#outstandingBytes >= this.#bounds.maxOutstandingBytes
        );
    }

    #notifyConsumer(): void {
        this.#wakeConsumer?.();
        this.#wakeConsumer = undefined;
    }
}

/** What an item takes in this process; a slice of a file takes next to nothing. */
function memoryOf(encoded: EncodedItem): number {
    return encoded instanceof Uint8Array ? encoded.length : 0;
}

function heldBytes(outcome: ExecutionOutcome): number {
    return outcome.status === 'done' ? outcome.output.length : 0;
}
