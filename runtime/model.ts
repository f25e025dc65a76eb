import type { Benchmark, BenchmarkOptions } from './benchmark';
import { benchmark } from './benchmark';
import type { RuntimeClock } from './clock';
import type { ModelSignature } from './describe';
import type { ExecutionClass } from './execution-class';
import type { ExecutionOutcome, OutputPlace, RunProgress } from './outcome';
import type { Pool } from './pool';
import type { ItemSource } from './run';
import { Run } from './run';

export interface RunOptions {
    /** Ends the run: what waits is dropped, and the iterator throws the signal's reason. */
    readonly signal?: AbortSignal;
    /** Called after each message of results. */
    readonly onProgress?: (progress: RunProgress) => void;
    /** `inline` unless set. */
    readonly outputs?: OutputPlace;
    /** Items taken from the source ahead of the consumer; 1024 unless set. */
    readonly maxOutstandingItems?: number;
    /** Bytes of inputs and outputs held in memory for this run; about 64 MiB unless set. */
    readonly maxOutstandingBytes?: number;
}

/** A model that is loaded and warm. */
export interface LoadedModel extends ModelSignature {
    /** What all its outcomes were computed by. */
    readonly executionClass: ExecutionClass;
    /** Children that it has, those included that are just being replaced; 1 at least. */
    readonly processes: number;
    /** Ids of those that live now, none where all are being replaced: to look at, not to count. */
    readonly pids: readonly number[];
    /**
     * Executes encoded items, each at batch 1, and yields their outcomes as they complete. A bad
     * item is an outcome with a typed error; it never ends the run. Items are taken from the
     * source no faster than outcomes are taken from the iterator. Leaving the loop ends the run.
     *
     * @throws RuntimeStoppedError, ModelRefusedError when the model no longer loads,
     * RuntimeDiskError when slices cannot be read or outputs not be written, the reason of the
     * signal, what the source throws, or RangeError for bounds under which nothing could begin
     */
    run(items: ItemSource, options?: RunOptions): AsyncGenerator<ExecutionOutcome, void, void>;
    /**
     * Measures the warm model on this machine.
     *
     * @throws BenchmarkError when an item fails; else as `run`
     */
    benchmark(items: readonly Uint8Array[], options?: BenchmarkOptions): Promise<Benchmark>;
    /** Ends this model's runs and children. May be called again. */
    stop(): Promise<void>;
}

const MAX_OUTSTANDING_ITEMS = 1024;
const MAX_OUTSTANDING_BYTES = 64 * 1024 ** 2;

export interface ModelHooks {
    readonly clock: RuntimeClock;
    readonly onStop: () => void;
}

/** The public face of a pool. */
export function createModel(
    pool: Pool,
    signature: ModelSignature & Pick<LoadedModel, 'executionClass'>,
    { clock, onStop }: ModelHooks,
): LoadedModel {
    async function* run(
        items: ItemSource,
        options: RunOptions = {},
    ): AsyncGenerator<ExecutionOutcome, void, void> {
        const { signal, onProgress, outputs = 'inline' } = options;
        signal?.throwIfAborted();
        checkBounds(options);
        const bounds = {
            maxOutstandingItems: options.maxOutstandingItems ?? MAX_OUTSTANDING_ITEMS,
            maxOutstandingBytes: options.maxOutstandingBytes ?? MAX_OUTSTANDING_BYTES,
        };
        const run = new Run(items, bounds, { wake: () => pool.wake(), onProgress });
        const abort = () => {
            run.fail(signal?.reason);
            pool.remove(run);
        };
        signal?.addEventListener('abort', abort, { once: true });
        try {
            pool.add(run, outputs);
            for (;;) {
                const outcome = await run.next();
                if (outcome === undefined) return;
                yield outcome;
            }
        } finally {
            signal?.removeEventListener('abort', abort);
            pool.remove(run);
        }
    }

    return {
        ...signature,
        get processes() {
            return pool.processes;
        },
        get pids() {
            return pool.pids;
        },
        run,
        benchmark: (items, options) =>
            benchmark((source, o) => run(source, o), items, clock, pool.processes, options),
        async stop() {
            onStop();
            await pool.stop();
        },
    };
}

function checkBounds({ maxOutstandingItems = 1, maxOutstandingBytes = 1 }: RunOptions): void {
    if (maxOutstandingItems >= 1 && maxOutstandingBytes >= 1) return;
    throw new RangeError(
        `A run has to hold an item: ${maxOutstandingItems} items of ${maxOutstandingBytes} bytes are none.`,
    );
}
