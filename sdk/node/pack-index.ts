import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { type HashHex, isHashHex } from '../../protocol';

/** A blob in a pack, bytes. */
export interface PackedBlob {
    readonly sha256: HashHex;
    readonly offset: number;
    readonly length: number;
}

/** What lies where in packs, by their names. */
export type PackContents = ReadonlyMap<string, readonly PackedBlob[]>;

const PACK = '.pack';
const INDEX = '.pack.index';

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
/** SHA-256, offset, length. */
const Blobs = z.array(z.tuple([z.string().refine(isHashHex), count, count]));
const Id = z.uuid();
const Index = z.discriminatedUnion('format', [
    z.object({ format: z.literal('cocoon.packs/1'), packs: z.array(z.tuple([Id, Blobs])) }),
    /** Of one pack, which has the id of its index. */
    z.object({ format: z.literal('cocoon.pack/1'), blobs: Blobs }),
]);

export function packName(id: string): string {
    return id + PACK;
}

/** Name of a file that tells what lies where in packs. */
export function indexName(id: string): string {
    return id + INDEX;
}

export function isPackName(name: string): boolean {
    return name.endsWith(PACK);
}

export function isIndexName(name: string): boolean {
    return name.endsWith(INDEX);
}

/** @returns nothing for what is no index; whether the packs are there and so long is not asked */
export function readIndex(path: string): PackContents {
    try {
        const index = Index.parse(JSON.parse(readFileSync(path, 'utf8')));
        const packs =
            index.format === 'cocoon.packs/1'
                ? index.packs
                : [[basename(path, INDEX), index.blobs] as const];
        return new Map(
            packs.map(([id, blobs]) => [
                packName(id),
                blobs.map(([sha256, offset, length]) => ({ sha256, offset, length })),
            ]),
        );
    } catch {
        return new Map();
    }
}

/** Whole, or not at all. @throws the error of the system */
export async function writeIndex(path: string, contents: PackContents): Promise<void> {
    const index: z.input<typeof Index> = {
        format: 'cocoon.packs/1',
        packs: [...contents].map(([name, blobs]) => [
            name.slice(0, -PACK.length),
            blobs.map(({ sha256, offset, length }) => [sha256, offset, length]),
        ]),
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
