/**
 * The record of a steady operator, in passed checks n, with J jobs a month and a trial of T:
 *
 * A check adds 1. Between checks the record loses evenly what halves it in a month, n' / 2 a month
 * with n' the record after the latest check, and each check begins that anew. So where checks are
 * frequent the record decays by dn/dt = -n / 2: its half-life is 2 ln 2 = 1.39 months, not one.
 * With y = J r(n) checks a month at exponential distances, n' exceeds n by n / (2 y) on average:
 *
 *     y = n / 2 + n / (4 y),    r(n) = max(least, T / (T + n)).
 */
export function steadyRecord(jobsPerMonth: number, trial: number, least: number): number {
    const surplus = (n: number) => {
        const checks = jobsPerMonth * rateOf(n, trial, least);
        return checks - n / 2 - n / (4 * checks);
    };
    let low = 0;
    let high = 2 * jobsPerMonth;
    while (high - low > 1e-9 * high) {
        const middle = (low + high) / 2;
        if (surplus(middle) > 0) low = middle;
        else high = middle;
    }
    return low;
}

/**
 * The mean check rate, with the fluctuation of n to second order (linear noise approximation): n has
 * the variance v = y / (1 - 2 J r'), and the mean of r is r(n) + r'' v / 2 * (1 + 2 J r' / (1 - 2 J r')).
 */
export function steadyRate(jobsPerMonth: number, trial: number, least: number): number {
    const n = steadyRecord(jobsPerMonth, trial, least);
    const rate = rateOf(n, trial, least);
    if (rate === least) return least;
    const slope = -trial / (trial + n) ** 2;
    const curvature = (2 * trial) / (trial + n) ** 3;
    const pull = 1 - 2 * jobsPerMonth * slope;
    const variance = (jobsPerMonth * rate) / pull;
    return rate + ((curvature * variance) / 2) * (1 + (2 * jobsPerMonth * slope) / pull);
}

function rateOf(n: number, trial: number, least: number): number {
    return Math.max(least, trial / (trial + n));
}

/** Jobs a month from which the least rate applies: n = T / p - T in y = n / 2 with y = J p. */
export function jobsForLeastRate(trial: number, least: number): number {
    return (trial / least - trial) / (2 * least);
}
