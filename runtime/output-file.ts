/** Outputs of one child on their way at a time: one is written while the next is computed. */
export const OUTPUT_LANES = 2;

/**
 * Where a child writes the output of an item, until its parent has taken it over.
 *
 * @param prefix - a path that no other message of items was given
 * @param item - position in that message
 */
export function outputFile(prefix: string, item: number): string {
    return `${prefix}-${item}`;
}
