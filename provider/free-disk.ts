import { statfs } from 'node:fs/promises';

/** Room that a node wants to have left before it takes new work, bytes, unless it is told otherwise. */
export const MIN_FREE_BYTES = 256 * 1024 ** 2;

const MEBIBYTE = 1024 ** 2;

/** A sentence where the disk of a folder has less left than a node wants; undefined where it has enough. */
export async function diskLow(folder: string, minFreeBytes: number): Promise<string | undefined> {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free >= minFreeBytes) return undefined;
    const mebibytes = (bytes: number) => Math.floor(bytes / MEBIBYTE);
    return `The disk has ${mebibytes(free)} MiB left, under ${mebibytes(minFreeBytes)}.`;
}
