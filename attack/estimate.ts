import type { Stratum } from './attack';

/** Gains of the plays of one stratum, nanoGRAM. */
export interface Sample {
    readonly stratum: Stratum;
    readonly gains: readonly number[];
}

/** An expected gain with the bounds between which it lies with 95 % confidence; nanoGRAM. */
export interface Estimate {
    readonly mean: number;
    readonly low: number;
    readonly high: number;
    readonly plays: number;
}

/**
 * The expected gain of a stratified sample: each stratum's mean, weighted by its chance. Its
 * variance is the sum of chance^2 * s^2 / n over the strata (Cochran, Sampling Techniques, 5.4),
 * the bound two-sided Student's t with the degrees of freedom of Welch and Satterthwaite.
 *
 * @throws RangeError where a stratum was not played, or the chances do not sum to 1
 */
export function estimate(samples: readonly Sample[]): Estimate {
    const chances = samples.reduce((sum, { stratum }) => sum + stratum.chance, 0);
    if (Math.abs(chances - 1) > 1e-9) throw new RangeError('The chances do not sum to 1.');
    let mean = 0;
    let variance = 0;
    let divisor = 0;
    for (const { stratum, gains } of samples) {
        if (gains.length === 0) throw new RangeError(`"${stratum.name}" was not played.`);
        const average = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
        mean += stratum.chance * average;
        if (gains.length === 1) continue;
        const spread = gains.reduce((sum, gain) => sum + (gain - average) ** 2, 0);
        const part = (stratum.chance ** 2 * spread) / (gains.length - 1) / gains.length;
        variance += part;
        divisor += part ** 2 / (gains.length - 1);
    }
    const freedom = divisor === 0 ? Infinity : variance ** 2 / divisor;
    const reach = studentT975(freedom) * Math.sqrt(variance);
    const plays = samples.reduce((sum, { gains }) => sum + gains.length, 0);
    return { mean, low: mean - reach, high: mean + reach, plays };
}

/**
 * The 97.5 % point of Student's t, by the expansion of Cornish and Fisher (Abramowitz and Stegun,
 * 26.7.5): within 1 % from 3 degrees of freedom on; below, the tables' own values.
 */
export function studentT975(freedom: number): number {
    if (freedom < 1) return Infinity;
    if (freedom < 2) return 12.706;
    if (freedom < 3) return 4.303;
    const z = 1.959964;
    const v = freedom;
    return (
        z +
        (z ** 3 + z) / (4 * v) +
        (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v ** 2) +
        (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * v ** 3)
    );
}
