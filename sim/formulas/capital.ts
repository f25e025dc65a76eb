/** Locks that stand on average: jobs a day, times the lock, times the days that it stands (Little 1961). */
export function lockedCapital(jobsPerDay: number, lock: number, days: number): number {
    return jobsPerDay * lock * days;
}

/**
 * What the stake of a job costs an honest operator, as a share of the price: a year's interest on the
 * reserve and on the locks that stand, divided by the jobs of a year.
 *
 * @param lockRatio - the lock in terms of the price
 * @param days - how long a lock stands
 */
export function capitalCost(
    factor: number,
    lockRatio: number,
    jobsPerDay: number,
    days: number,
    interest: number,
): number {
    return (
        (interest * (factor * lockRatio + lockedCapital(jobsPerDay, lockRatio, days))) /
        (365 * jobsPerDay)
    );
}
