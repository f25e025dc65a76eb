import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { type HashHex, isHashHex } from '../../protocol';

/** A blob in a pack, bytes. */
export interface PackedBlob {
    readonly sha256: HashHex;
    readonly offset: number;
    readonly length: number;
}

const PACK = '.pack';
const INDEX = '.pack.index';

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const Index = z.object({
    format: z.literal('cocoon.pack/1'),
    /** SHA-256, offset, length. */
    blobs: z.array(z.tuple([z.string().refine(isHashHex), count, count])),
});

export function packName(id: string): string {
    return id + PACK;
}

/** Name of the file that tells what lies where in a pack. */
export function indexName(pack: string): string {
    return pack.slice(0, -PACK.length) + INDEX;
}

/** Whether a file is a pack, or the index of one. */
export function isPackName(name: string): boolean {
    return name.endsWith(PACK) || name.endsWith(INDEX);
}

/** The name of the pack, by its own or by that of its index. */
export function packOf(name: string): string {
    return name.endsWith(INDEX) ? packName(name.slice(0, -INDEX.length)) : name;
}

/**
 * @param size - of the pack, bytes
 * @returns nothing for what is no index of such a pack
 */
export function readIndex(path: string, size: number): PackedBlob[] | undefined {
    try {
        const { blobs } = Index.parse(JSON.parse(readFileSync(path, 'utf8')));
        if (blobs.some(([, offset, length]) => offset + length > size)) return undefined;
        return blobs.map(([sha256, offset, length]) => ({ sha256, offset, length }));
    } catch {
        return undefined;
    }
}

/** Whole, or not at all. @throws the error of the system */
export async function writeIndex(path: string, blobs: readonly PackedBlob[]): Promise<void> {
    const index: z.input<typeof Index> = {
        format: 'cocoon.pack/1',
        blobs: blobs.map(({ sha256, offset, length }) => [sha256, offset, length]),
    };
    const partial = `${path}.partial`;
    try {
        await writeFile(partial, JSON.stringify(index), { mode: 0o600 });
        await rename(partial, path);
    } catch (error) {
        await rm(partial, { force: true });
        throw error;
    }
}
