import { CocoonError } from '../protocol';
import type { RuntimeClock } from './clock';
import type { ExecutionError, ExecutionOutcome } from './outcome';
import type { ItemSource } from './run';

export interface BenchmarkOptions {
    readonly signal?: AbortSignal;
    /** Measure for at least this long, milliseconds; 1000 unless set. */
    readonly minDurationMs?: number;
}

/** What a model costs on this machine. */
export interface Benchmark {
    /** Wall time of an item with all children busy, milliseconds: what a bid is made of. */
    readonly msPerItem: number;
    /** Time of an item inside its child, milliseconds. */
    readonly medianMs: number;
    readonly p95Ms: number;
    /** Items that were measured. */
    readonly items: number;
}

/** An item that was to be measured failed. */
export class BenchmarkError extends CocoonError {
    override readonly name = 'BenchmarkError';
    readonly code = 'BENCHMARK_FAILED';

    constructor(
        readonly index: number,
        readonly error: ExecutionError,
    ) {
        super(`The item ${index} failed while it was measured: ${error.message}`, {
            hint: 'Measure with items that the model accepts.',
        });
    }
}

const MIN_DURATION_MS = 1000;

type RunItems = (
    source: ItemSource,
    options: { readonly signal?: AbortSignal; readonly maxOutstandingItems?: number },
) => AsyncIterable<ExecutionOutcome>;

/**
 * Work for each child that may be under way: enough that fast items share messages, and little
 * enough that not much is left of slow ones when the time is over.
 */
const AHEAD_MS = 50;
const MIN_AHEAD = 2;
const MAX_AHEAD = 1024;

/**
 * Runs one item in each child to warm up, then all items in turn, over and over, until the time is
 * over.
 */
export async function benchmark(
    run: RunItems,
    items: readonly Uint8Array[],
    clock: RuntimeClock,
    children: number,
    { signal, minDurationMs = MIN_DURATION_MS }: BenchmarkOptions = {},
): Promise<Benchmark> {
    if (items.length === 0) throw new RangeError('A benchmark needs at least one item.');
    const base = signal === undefined ? {} : { signal };
    const first = Array.from({ length: children }, (_, at) => itemAt(items, at));
    let slowestMs = 0;
    for await (const outcome of run(first, base)) {
        slowestMs = Math.max(slowestMs, elapsedMs(outcome, items.length));
    }
    const ahead = Math.ceil(AHEAD_MS / Math.max(slowestMs, AHEAD_MS / MAX_AHEAD));
    const options = { ...base, maxOutstandingItems: children * Math.max(MIN_AHEAD, ahead) };
    const times: number[] = [];
    const startMs = clock.nowMs();
    function* repeated(): Generator<Uint8Array> {
        let at = 0;
        do yield itemAt(items, at++);
        while (clock.nowMs() - startMs < minDurationMs);
    }
    for await (const outcome of run(repeated(), options)) {
        times.push(elapsedMs(outcome, items.length));
    }
    const wallMs = clock.nowMs() - startMs;
    times.sort((a, b) => a - b);
    return {
        msPerItem: wallMs / times.length,
        medianMs: quantile(times, 0.5),
        p95Ms: quantile(times, 0.95),
        items: times.length,
    };
}

function itemAt(items: readonly Uint8Array[], at: number): Uint8Array {
    return items[at % items.length] as Uint8Array;
}

function elapsedMs(outcome: ExecutionOutcome, count: number): number {
    if (outcome.status === 'failed') throw new BenchmarkError(outcome.index % count, outcome.error);
    return outcome.elapsedUs / 1000;
}

function quantile(sorted: readonly number[], share: number): number {
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
