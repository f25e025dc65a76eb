/** Outputs of one child on their way at a time: one is written while the next is computed. */
export const OUTPUT_LANES = 2;

/** Name under which a child writes an output that has not its final name yet. */
export function partialFileName(pid: number, lane: number): string {
    return `.partial-${pid}-${lane}`;
}
