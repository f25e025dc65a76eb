import { lstatSync, mkdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * A folder with the places at which paths of this machine are mounted in the file system of a
 * child: empty folders and files, and the symbolic links on the way to them. Paths of the child
 * are those of its parent.
 */
export interface RootFolder {
    readonly path: string;
    /**
     * Makes the place of a path that exists.
     *
     * @param path absolute
     * @returns where it is in the end, links followed; `undefined` where nothing is
     */
    add(path: string): string | undefined;
}

/** Links in a row that are followed; the kernel follows as many. */
const MAX_LINKS = 40;

export function createRootFolder(path: string): RootFolder {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const inside = (original: string) => join(path, original);

    /** Makes the folders above a path, links followed. @returns the path without links above it */
    function place(original: string, links: number): string | undefined {
        const stat = lstatSync(original, { throwIfNoEntry: false });
        if (stat === undefined || links > MAX_LINKS) return undefined;
        const parent = dirname(original);
        const real = parent === original ? parent : place(parent, links);
        if (real === undefined) return undefined;
        const at = parent === original ? original : join(real, original.slice(parent.length));
        if (stat.isSymbolicLink()) {
            const target = readlinkSync(original);
            unlessThere(() => symlinkSync(target, inside(at)));
            return place(resolve(real, target), links + 1);
        }
        if (statSync(at).isDirectory()) mkdirSync(inside(at), { recursive: true });
        else unlessThere(() => writeFileSync(inside(at), '', { flag: 'wx' }));
        return at;
    }

    return { path, add: (original) => place(resolve(original), 0) };
}

function unlessThere(make: () => void): void {
    try {
        make();
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
}
