import { CocoonError, decodeOutputItem, type Item, type ItemErrorName } from '../../protocol';
import { createRuntime, type ModelSource, type Runtime, type RuntimeLimits } from '../../runtime';

/** The model gave no result for an item. */
export class ItemFailedError extends CocoonError {
    override readonly name = 'ItemFailedError';
    readonly code = 'ITEM_FAILED';

    constructor(
        readonly reason: ItemErrorName,
        detail: string,
    ) {
        super(`The model gave no result (${reason}): ${detail.replace(/\.$/, '')}.`, {
            hint: HINTS[reason],
        });
    }
}

const HINTS: Record<ItemErrorName, string> = {
    INPUT_INVALID: 'Give the inputs that the model takes; "cocoon models show" lists them.',
    MODEL_REJECTED_INPUT: 'Check the values and dimensions of the inputs.',
    RUNTIME_ERROR: 'Check that the values make sense for this model.',
    TIME_LIMIT: 'Give it more time with --timeout.',
    MEMORY_LIMIT: 'Give it more memory with --max-memory, or use smaller inputs.',
    OUTPUT_LIMIT: 'Use smaller inputs: the output of an item has at most 64 MiB.',
    PROCESS_DIED:
        'The process that ran the model ended by itself: check the model elsewhere first.',
};

export interface LocalExecution {
    readonly source: ModelSource;
    readonly limits: Partial<RuntimeLimits>;
    readonly signal: AbortSignal;
}

/** What executing one item took, microseconds inside the isolated process. */
export interface ExecutedItem {
    readonly output: Item;
    readonly elapsedUs: number;
}

/** A model that is loaded into an isolated process of this machine. */
export interface LocalModel {
    /** @throws ItemFailedError */
    execute(encoded: Uint8Array): Promise<ExecutedItem>;
    /** Executes items one after another. */
    executeAll(items: Iterable<Uint8Array>): AsyncGenerator<ExecutedItem, void, void>;
}

/**
 * Loads a model, gives it to some work, and ends its process afterwards.
 *
 * @throws ModelRefusedError, the reason of the signal, what the work throws
 */
export async function withLocalModel<T>(
    { source, limits, signal }: LocalExecution,
    work: (model: LocalModel) => Promise<T>,
): Promise<T> {
    return withRuntime(async (runtime) => {
        const model = await runtime.load(source, { limits, signal });
        async function* executeAll(items: Iterable<Uint8Array>) {
            for await (const outcome of model.run(items, { signal })) {
                if (outcome.status === 'failed') {
                    throw new ItemFailedError(outcome.error.code, outcome.error.message);
                }
                if (outcome.status !== 'done') continue;
                const { output, elapsedUs } = outcome;
                yield { output: decodeOutputItem(output), elapsedUs };
            }
        }
        return work({
            executeAll,
            execute: async (encoded) => {
                for await (const executed of executeAll([encoded])) return executed;
                throw new ItemFailedError('PROCESS_DIED', 'there was no outcome');
            },
        });
    });
}

/** A runtime of one process, stopped at the end. */
export async function withRuntime<T>(work: (runtime: Runtime) => Promise<T>): Promise<T> {
    const runtime = createRuntime({ processes: 1 });
    try {
        return await work(runtime);
    } finally {
        await runtime.stop();
    }
}
