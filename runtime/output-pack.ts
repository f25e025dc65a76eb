import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { FileSlice } from './messages';
import { readSlice } from './read-slice';

/** Outputs of one child on their way at a time: one is written while the next is computed. */
export const OUTPUT_LANES = 2;

/** Outputs begin at multiples of this, which direct writes are made of, bytes. */
export const OUTPUT_BLOCK = 4096;

/** A pack with more than one output is no larger than this, bytes. */
export const MAX_PACK_BYTES = 32 * 1024 ** 2;

/** Where an output is in the packs of its message of items. */
export interface PackedOutput {
    /** Number of the pack, from 0. */
    readonly pack: number;
    /** Where it begins, bytes. */
    readonly offset: number;
    readonly sizeBytes: number;
}

/**
 * A pack holds the outputs of several items, one after another: to make a file costs more than to
 * write 256 KiB to it. A child writes packs into its own folder, and its parent takes them over.
 *
 * @param prefix - a path that no other message of items was given
 * @param pack - number of the pack in that message
 */
export function packPath(prefix: string, pack: number): string {
    return `${prefix}-${pack}`;
}

/** What an output takes up in a pack, bytes. */
export function wholeBlocks(sizeBytes: number): number {
    return Math.ceil(sizeBytes / OUTPUT_BLOCK) * OUTPUT_BLOCK;
}

interface TakenPack {
    /** Undefined where it stays with the child: the destination is on another disk. */
    readonly path: string | undefined;
    /** Where the next output begins, bytes. */
    end: number;
}

/**
 * Takes the packs of one message of items out of the folder of a child, which may write nowhere
 * else, as the child tells of the outputs in them. It may be writing the next ones meanwhile.
 */
export class PackTaker {
    readonly #taken = new Map<number, TakenPack>();

    /**
     * @param prefix - of the packs of the child
     * @param destination - the same of packs that were taken over
     */
    constructor(
        private readonly prefix: string,
        private readonly destination: string,
    ) {}

    /**
     * @returns where the output is; `undefined` for what does not follow the output before it, in a
     * file of its own: a link would lead a reader to what the child may not read. Whether a pack
     * that was taken has grown by the output is not asked here: somebody may have moved it on.
     * @throws what the system says
     */
    take({ pack, offset, sizeBytes }: PackedOutput): FileSlice | undefined {
        const from = packPath(this.prefix, pack);
        const taken = this.#taken.get(pack) ?? this.#takePack(from, pack, sizeBytes);
        if (taken === undefined || offset !== taken.end) return undefined;
        taken.end += wholeBlocks(sizeBytes);
        if (taken.path !== undefined) return { path: taken.path, offset, length: sizeBytes };
        const path = `${packPath(this.destination, pack)}-${offset}`;
        writeFileSync(path, readSlice({ path: from, offset, length: sizeBytes }), { mode: 0o600 });
        return { path, offset: 0, length: sizeBytes };
    }

    /** Removes a pack for whose outputs nobody waits any more. */
    drop({ pack }: PackedOutput): void {
        rmSync(packPath(this.prefix, pack), { force: true });
    }

    #takePack(from: string, pack: number, sizeBytes: number): TakenPack | undefined {
        const stat = lstatSync(from);
        if (!stat.isFile() || stat.nlink !== 1 || stat.size < sizeBytes) return undefined;
        let path: string | undefined = packPath(this.destination, pack);
        try {
            renameSync(from, path);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
            path = undefined;
        }
        const taken: TakenPack = { path, end: 0 };
        this.#taken.set(pack, taken);
        return taken;
    }
}
