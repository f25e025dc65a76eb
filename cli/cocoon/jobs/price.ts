import type { ModelSource, RuntimeLimits } from '../../../runtime';
import { formatGram } from '../../terminal';
import { ItemFailedError, withRuntime } from '../execute-locally';

/** What a job may cost, and why. */
export interface Price {
    /** Most that all items together may cost, nanoGRAM. */
    readonly ceiling: bigint;
    /** A bid at or under it wins at once, nanoGRAM. */
    readonly take: bigint;
    /** How the ceiling came about, for people. */
    readonly reason: string;
}

/**
 * A node's own messages for one job cost about 0.003 GRAM, whatever the work is; under that a job
 * finds no bid.
 */
const BASE_NANO = 10_000_000n;
/** Nodes may be slower than this machine, or dearer than the price of its core hour. */
const MARGIN = 4n;
const MS_PER_HOUR = 3_600_000n;
/** Thousandths, so that fast models are not rounded to nothing. */
const SCALE = 1_000;
/** Items that are measured at most; they are of one shape. */
const MEASURED_ITEMS = 4;
const MEASURE_MS = 500;

/** The ceiling of a job whose items take that long on this machine. */
export function priceFromTime(msPerItem: number, items: number, coreHour: bigint): Price {
    const time = BigInt(Math.ceil(msPerItem * SCALE * items));
    const work = (time * coreHour * MARGIN) / (MS_PER_HOUR * BigInt(SCALE));
    const ceiling = BASE_NANO + work;
    return {
        ceiling,
        take: ceiling / 2n,
        reason:
            `${items === 1 ? 'one item' : `${items} items`} of ${Number(msPerItem.toPrecision(2))} ms ` +
            `on this machine, at ${formatGram(coreHour)} an hour of a core, times ${MARGIN} for slower ` +
            `or dearer nodes, and ${formatGram(BASE_NANO)} for their messages`,
    };
}

/** The ceiling that the user chose. */
export function chosenPrice(ceiling: bigint, take: bigint | undefined): Price {
    return { ceiling, take: take ?? ceiling / 2n, reason: 'as chosen' };
}

/** What items of a job take on this machine. */
export interface Measured {
    readonly msPerItem: number;
    /** The largest encoded output that was seen. */
    readonly outputBytes: number;
}

/**
 * Measures a model on this machine with items of the job, for free.
 *
 * @throws ModelRefusedError, ItemFailedError where an item fails here already, the reason of the signal
 */
export async function measure(
    source: ModelSource,
    items: readonly Uint8Array[],
    limits: Partial<RuntimeLimits>,
    signal: AbortSignal,
): Promise<Measured> {
    return withRuntime(async (runtime) => {
        const model = await runtime.load(source, { limits, signal });
        const sample = items.slice(0, MEASURED_ITEMS);
        let outputBytes = 0;
        for await (const outcome of model.run(sample, { signal })) {
            if (outcome.status === 'failed') {
                throw new ItemFailedError(outcome.error.code, outcome.error.message);
            }
            if (outcome.status === 'done') {
                outputBytes = Math.max(outputBytes, outcome.output.length);
            }
        }
        const { msPerItem } = await model.benchmark(sample, { signal, minDurationMs: MEASURE_MS });
        return { msPerItem, outputBytes };
    });
}
