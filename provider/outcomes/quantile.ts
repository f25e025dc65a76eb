/** A value below which that part of the values lies: the one at the nearest rank; undefined for none. */
export function quantile<T extends bigint | number>(
    values: readonly T[],
    part: number,
): T | undefined {
    const sorted = [...values].sort((a, b) => (a < b ? -1 : Number(a > b)));
    return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

/** The value in the middle; of two the lower one. */
export function median<T extends bigint | number>(values: readonly T[]): T | undefined {
    return quantile(values, 0.5);
}
