/** Name under which a child writes an output that has not its final name yet. */
export function partialFileName(pid: number): string {
    return `.partial-${pid}`;
}
