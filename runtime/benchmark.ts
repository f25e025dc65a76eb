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
    options: { readonly signal?: AbortSignal },
) => AsyncIterable<ExecutionOutcome>;

/** Runs the items once to warm up, then again and again until the time is over. */
export async function benchmark(
    run: RunItems,
    items: readonly Uint8Array[],
    clock: RuntimeClock,
    { signal, minDurationMs = MIN_DURATION_MS }: BenchmarkOptions = {},
): Promise<Benchmark> {
    if (items.length === 0) throw new RangeError('A benchmark needs at least one item.');
    const options = signal === undefined ? {} : { signal };
    for await (const outcome of run(items, options)) elapsedMs(outcome, items.length);
    const times: number[] = [];
    const startMs = clock.nowMs();
    function* repeated(): Generator<Uint8Array> {
        do yield* items;
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

function elapsedMs(outcome: ExecutionOutcome, count: number): number {
    if (outcome.status === 'failed') throw new BenchmarkError(outcome.index % count, outcome.error);
    return outcome.elapsedUs / 1000;
}

function quantile(sorted: readonly number[], share: number): number {
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
