import { binomialTail, type Sample, wilson, Z95 } from './statistics';

/** Formula and simulation agree up to this many standard errors. */
export const MOST_Z = 4;
/** The chance of a normal number beyond `MOST_Z` on either side. */
const LEAST_TAIL = 6.334e-5;

/** One line of the comparison. */
export interface Row {
    readonly topic: string;
    readonly quantity: string;
    readonly setting: string;
    /** By the closed formula. */
    readonly formula: number;
    readonly simulated: number;
    /** 95 %. */
    readonly interval: readonly [number, number];
    /** Trials, or values of the mean. */
    readonly trials: number;
    readonly agrees: boolean;
    /** Where it stands in a plot. */
    readonly plot?: PlotPlace;
}

export interface PlotPlace {
    readonly plot: string;
    readonly series: string;
    readonly x: number;
}

export type RowHead = Pick<Row, 'topic' | 'quantity' | 'setting' | 'plot'>;

/** A proportion; agrees where the exact binomial tail is not beyond four standard errors. */
export function proportionRow(head: RowHead, formula: number, hits: number, trials: number): Row {
    return {
        ...head,
        formula,
        simulated: hits / trials,
        interval: wilson(hits, trials),
        trials,
        agrees: binomialTail(hits, trials, formula) >= LEAST_TAIL,
    };
}

/** A mean; agrees within four standard errors. */
export function meanRow(head: RowHead, formula: number, sample: Sample): Row {
    const { mean, standardError, count } = sample;
    const rounding = 1e-9 * Math.max(1, Math.abs(formula));
    return {
        ...head,
        formula,
        simulated: mean,
        interval: [mean - Z95 * standardError, mean + Z95 * standardError],
        trials: count,
        agrees: Math.abs(mean - formula) <= MOST_Z * standardError + rounding,
    };
}

/**
 * A count of events whose chances differ, against the sum of the chances; agrees within four
 * standard errors of that sum, or by the tail of a binomial of the same mean where few are expected.
 *
 * @param variance - sum of p (1 - p)
 */
export function countRow(
    head: RowHead,
    expected: { readonly sum: number; readonly variance: number; readonly trials: number },
    count: number,
): Row {
    const { sum, variance, trials } = expected;
    const few = sum < 25;
    const spread = Math.sqrt(few ? Math.max(count, 1) : variance);
    return {
        ...head,
        formula: sum,
        simulated: count,
        interval: [Math.max(0, count - Z95 * spread), count + Z95 * spread],
        trials,
        agrees: few
            ? binomialTail(count, trials, sum / Math.max(trials, 1)) >= LEAST_TAIL
            : Math.abs(count - sum) <= MOST_Z * Math.sqrt(variance),
    };
}
