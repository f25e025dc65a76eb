import { copyFileSync, lstatSync, renameSync, rmSync } from 'node:fs';

/** Outputs of one child on their way at a time: one is written while the next is computed. */
export const OUTPUT_LANES = 2;

/**
 * Where the output of an item is: a child writes it into its own folder, and its parent takes it
 * over.
 *
 * @param prefix - a path that no other message of items was given
 * @param item - position in that message
 */
export function outputFile(prefix: string, item: number): string {
    return `${prefix}-${item}`;
}

/**
 * Moves an output out of the folder of a child, which may write nowhere else.
 *
 * @param to - nowhere, when nobody waits for it any more
 * @returns `false` for what is no file of its own with that size: a link would lead a reader to
 * what the child may not read
 * @throws what the system says
 */
export function takeOver(from: string, to: string | undefined, sizeBytes: number): boolean {
    const stat = lstatSync(from);
    if (!stat.isFile() || stat.nlink !== 1 || stat.size !== sizeBytes) return false;
    if (to === undefined) {
        rmSync(from, { force: true });
        return true;
    }
    try {
        renameSync(from, to);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
        copyFileSync(from, to); // another disk
        rmSync(from, { force: true });
    }
    return true;
}
