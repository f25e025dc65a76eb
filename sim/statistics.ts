/** Means with their spread, and how surprising a count is under a formula. */

/** Two-sided normal quantile of 95 %. */
export const Z95 = 1.959963984540054;

/** Running mean and variance (Welford 1962). */
export class Sample {
    private size = 0;
    private average = 0;
    private squares = 0;

    add(value: number): void {
        this.size++;
        const before = value - this.average;
        this.average += before / this.size;
        this.squares += before * (value - this.average);
    }

    get count(): number {
        return this.size;
    }

    get mean(): number {
        return this.average;
    }

    /** Of the mean; infinite for fewer than two values. */
    get standardError(): number {
        if (this.size < 2) return Infinity;
        return Math.sqrt(this.squares / (this.size - 1) / this.size);
    }
}

/** The interval of 95 % of a proportion (Wilson 1927). */
export function wilson(hits: number, trials: number): readonly [number, number] {
    const p = hits / trials;
    const z2 = Z95 * Z95;
    const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials);
    const half =
        (Z95 / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
    return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** The natural logarithm of n! (Stirling's series from 16 on; error below 1e-12). */
export function logFactorial(n: number): number {
    if (n < 16) {
        let product = 1;
        for (let factor = 2; factor <= n; factor++) product *= factor;
        return Math.log(product);
    }
    const x = n + 1;
    const x2 = x * x;
    return (
        (x - 0.5) * Math.log(x) -
        x +
        0.5 * Math.log(2 * Math.PI) +
        1 / (12 * x) -
        1 / (360 * x * x2) +
        1 / (1260 * x * x2 * x2)
    );
}

/** n over k. */
export function choose(n: number, k: number): number {
    if (k < 0 || k > n) return 0;
    let result = 1;
    for (let at = 1; at <= Math.min(k, n - k); at++) result = (result * (n + 1 - at)) / at;
    return result;
}

/** The chance of exactly `hits` in `trials` independent trials. */
export function binomial(hits: number, trials: number, p: number): number {
    if (hits < 0 || hits > trials) return 0;
    if (p <= 0) return hits === 0 ? 1 : 0;
    if (p >= 1) return hits === trials ? 1 : 0;
    return Math.exp(
        logFactorial(trials) -
            logFactorial(hits) -
            logFactorial(trials - hits) +
            hits * Math.log(p) +
            (trials - hits) * Math.log1p(-p),
    );
}

/** Twice the smaller tail of the binomial distribution at `hits`, at most 1. */
export function binomialTail(hits: number, trials: number, p: number): number {
    const step = hits >= trials * p ? 1 : -1;
    let sum = 0;
    for (let at = hits; at >= 0 && at <= trials; at += step) {
        const term = binomial(at, trials, p);
        sum += term;
        if (term < sum * 1e-12 || (sum === 0 && term === 0)) break;
    }
    return Math.min(1, 2 * sum);
}
