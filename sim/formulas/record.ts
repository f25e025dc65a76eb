/**
 * Passed checks that a steady operator has on its record. Each check that passes reads the record
 * and writes it anew, so that it loses n / 2 evenly over a month from its latest value: between
 * checks that are frequent it decays by dn/dt = -n / 2 a month, a half-life of 2 ln 2 = 1.39 months.
 * With J jobs a month, n / 2 = J * trial / (trial + n), so that n^2 + trial n = 2 J trial.
 */
export function steadyRecord(jobsPerMonth: number, trial: number): number {
    return (Math.sqrt(trial * trial + 8 * jobsPerMonth * trial) - trial) / 2;
}

/** The check rate at that record, at least `least`. */
export function steadyRate(jobsPerMonth: number, trial: number, least: number): number {
    return Math.max(least, trial / (trial + steadyRecord(jobsPerMonth, trial)));
}

/** Jobs a month from which the least rate applies: trial / p - trial = n, n (n + trial) / (2 trial) = J. */
export function jobsForLeastRate(trial: number, least: number): number {
    const record = trial / least - trial;
    return (record * (record + trial)) / (2 * trial);
}
