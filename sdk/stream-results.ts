import type { CallOptions } from './chain';
import { type Delivery, planDeliveries } from './delivery-plan';
import { type Delivered, type DeliveryOptions, loadDelivery } from './load-delivery';
import type { OpenedResults } from './open-results';
import { MAX_OUTPUT_BATCH_BYTES } from './result-document';
import { failedItem, type ItemResult } from './verify-results';

/** How far a download is. */
export interface DownloadProgress {
    /** Items that were handed over, failed and missing ones included. */
    readonly finished: number;
    /** Items that were asked for. */
    readonly items: number;
    /** Bytes that were downloaded; what came from a store does not count. */
    readonly bytes: number;
}

export interface StreamResultsRequest extends CallOptions, DeliveryOptions {
    readonly results: OpenedResults;
    /** Which items; all unless set. */
    readonly wanted?: readonly number[] | undefined;
    /** Outputs or batches on their way at a time; 6 unless set, fewer where they are large. */
    readonly concurrency?: number | undefined;
    /** Told now and then, and at the end. */
    readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

const CONCURRENCY = 6;
/** Outputs that wait in memory for the consumer at a time, at their largest, bytes. */
const WINDOW_BYTES = 64 * 1024 ** 2;
const PROGRESS_MS = 250;
/** Deliveries in a row that a node leaves unanswered before it is not asked any more. */
const MAX_SILENCE = 8;

/**
 * Fetches outputs and yields each item once it is proved against its leaf, or known to be missing:
 * first those that failed where they were executed, then, as they are fetched, roughly in their
 * order. Memory stays flat, since nothing is fetched far ahead of the consumer. Leaving the loop
 * ends all downloads.
 *
 * @example
 * const results = await openResults({ endpoint, escrow, jobId, spec, inputHashes, commit });
 * for await (const item of streamResults({ results })) {
 *     if (item.status === 'done') await save(item.index, item.output);
 * }
 *
 * @throws the reason of the signal; a missing output is an item, never an exception
 */
export async function* streamResults(
    request: StreamResultsRequest,
): AsyncGenerator<ItemResult, void, void> {
    const { results, wanted, signal } = request;
    const plan = await planDeliveries(results, wanted, signal);
    const progress = new ProgressTeller(wanted?.length ?? results.leaves.count, request.onProgress);
    for (const { index, code } of plan.failed) {
        yield failedItem(index, code);
        progress.finished(1);
    }
    const window: Promise<Delivered>[] = [];
    const line = new NodeLine(results, request);
    try {
        signal?.throwIfAborted();
        const size = windowSize(request);
        for (const delivery of [...plan.deliveries, ...noMore(size)]) {
            if (delivery !== undefined) window.push(line.load(delivery));
            if (window.length < size && delivery !== undefined) continue;
            const delivered = await window.shift();
            if (delivered === undefined) break;
            progress.received(delivered.bytes);
            for (const item of delivered.items) {
                signal?.throwIfAborted();
                yield item;
                progress.finished(1);
            }
        }
        progress.end();
    } finally {
        line.close();
        await Promise.allSettled(window);
    }
}

/** Stands for the turns in which only what is on its way is taken. */
function noMore(size: number): undefined[] {
    return new Array<undefined>(size).fill(undefined);
}

function windowSize({ results, concurrency = CONCURRENCY }: StreamResultsRequest): number {
    const largest = Math.max(results.maxOutputBytes, MAX_OUTPUT_BATCH_BYTES);
    return Math.max(1, Math.min(concurrency, Math.floor(WINDOW_BYTES / largest)));
}

/** A node that is asked for deliveries as long as it answers. */
class NodeLine {
    readonly #results: OpenedResults;
    readonly #options: DeliveryOptions;
    /** One for each delivery on its way, so that the caller's signal has one listener. */
    readonly #open = new Set<AbortController>();
    #silences = 0;

    constructor(results: OpenedResults, options: DeliveryOptions) {
        this.#results = results;
        this.#options = options;
        options.signal?.addEventListener('abort', this.#abort, { once: true });
    }

    load(delivery: Delivery): Promise<Delivered> {
        const loading = this.#load(delivery);
        // Whoever awaits it meets the error; nobody does when the loop was left.
        loading.catch(() => undefined);
        return loading;
    }

    /** Ends what is on its way. */
    close(): void {
        this.#options.signal?.removeEventListener('abort', this.#abort);
        this.#end(new Error('Nobody reads the results any more.'));
    }

    readonly #abort = () => this.#end(this.#options.signal?.reason);

    #end(reason: unknown): void {
        for (const controller of this.#open) controller.abort(reason);
    }

    async #load(delivery: Delivery): Promise<Delivered> {
        this.#options.signal?.throwIfAborted();
        const controller = new AbortController();
        this.#open.add(controller);
        try {
            const options = { ...this.#options, signal: controller.signal };
            const offline = this.#silences >= MAX_SILENCE;
            const delivered = await loadDelivery(delivery, this.#results, options, offline);
            this.#silences = delivered.silent ? this.#silences + 1 : 0;
            return delivered;
        } finally {
            this.#open.delete(controller);
        }
    }
}

/** Tells progress no more often than somebody can read it. */
class ProgressTeller {
    readonly #items: number;
    readonly #tell: ((progress: DownloadProgress) => void) | undefined;
    #finished = 0;
    #bytes = 0;
    #toldAt = performance.now();

    constructor(items: number, tell: StreamResultsRequest['onProgress']) {
        this.#items = items;
        this.#tell = tell;
    }

    received(bytes: number): void {
        this.#bytes += bytes;
    }

    finished(items: number): void {
        this.#finished += items;
        if (performance.now() - this.#toldAt >= PROGRESS_MS) this.end();
    }

    /** Tells how far it is in any case. */
    end(): void {
        this.#toldAt = performance.now();
        this.#tell?.({ finished: this.#finished, items: this.#items, bytes: this.#bytes });
    }
}
