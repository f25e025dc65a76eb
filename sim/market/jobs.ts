import type { Random } from '../random';

/** A job as its client posts it. */
export interface PostedJob {
    readonly items: number;
    readonly coreMsPerItem: number;
    /** nanoGRAM */
    readonly ceiling: bigint;
    readonly silent: boolean;
}

const ITEMS = [1, 10, 100, 1000] as const;
/** Median of the work of a job, core hours, and the spread of its logarithm. */
const MEDIAN_CORE_HOURS = 1;
const SPREAD = 1.3;
const MS_PER_HOUR = 3_600_000;

/** Draws a job: work over several orders of magnitude, one to a thousand items. */
export function postJob(silentShare: number, random: Random): PostedJob {
    const items = ITEMS[random.below(ITEMS.length)] ?? 1;
    const coreHours = MEDIAN_CORE_HOURS * Math.exp(SPREAD * random.normal());
    return {
        items,
        coreMsPerItem: (coreHours * MS_PER_HOUR) / items,
        // Half as much again as the usual price.
        ceiling: BigInt(Math.ceil(coreHours * 0.05 * 1.5 * 1e9)) + 1n,
        silent: random.chance(silentShare),
    };
}
