import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
    CocoonError,
    type HashHex,
    hashToHex,
    isCocoonError,
    isHashHex,
    MAX_MANIFEST_BYTES,
    parseManifest,
    sha256,
} from '../../protocol';
import type { CatalogueModel } from '../catalogue';

/** A manifest of the library that is not what its name says. */
export class LibraryEntryDamagedError extends CocoonError {
    override readonly name = 'LibraryEntryDamagedError';
    readonly code = 'LIBRARY_ENTRY_DAMAGED';

    constructor(
        readonly hash: HashHex,
        /** Path of its file. */
        readonly path: string,
        why: string,
        cause?: unknown,
    ) {
        super(`The manifest of the model ${hash} is damaged: ${why}.`, {
            hint: 'Remove it, and add the manifest again.',
            cause,
        });
    }
}

/** All entries of a library. */
export interface LibraryListing {
    /** By name. */
    readonly models: readonly CatalogueModel[];
    readonly damaged: readonly LibraryEntryDamagedError[];
}

/** The models that this machine knows beside the catalogue: their manifests, not their files. */
export interface ModelLibrary {
    /**
     * Keeps a manifest; in place of a damaged one of the same hash, too.
     *
     * @param manifest - its canonical bytes
     * @throws ManifestError `MANIFEST_INVALID`
     */
    add(manifest: Uint8Array): Promise<CatalogueModel>;
    /**
     * The model of a hash; undefined when the library has none.
     *
     * @throws LibraryEntryDamagedError
     */
    get(hash: HashHex): Promise<CatalogueModel | undefined>;
    list(): Promise<LibraryListing>;
    /** Forgets a model, damaged or not; false when there was none. */
    remove(hash: HashHex): Promise<boolean>;
}

const EXTENSION = '.json';

/** Opens the library in a folder, which is made when the first model is added. */
export function openModelLibrary(options: { readonly folder: string }): ModelLibrary {
    const folder = resolve(options.folder);
    const pathOf = (hash: HashHex) => join(folder, `${hash}${EXTENSION}`);

    const read = async (hash: HashHex): Promise<CatalogueModel | undefined> => {
        const path = pathOf(hash);
        const facts = await absentAsUndefined(stat(path));
        if (facts === undefined) return undefined;
        const damaged = (why: string, cause?: unknown) =>
            new LibraryEntryDamagedError(hash, path, why, cause);
        if (!facts.isFile()) throw damaged('it is no file');
        if (facts.size > MAX_MANIFEST_BYTES) throw damaged('it is too large');
        const bytes = await readFile(path);
        if (hashToHex(sha256(bytes)) !== hash) throw damaged('its bytes have another hash');
        try {
            return modelOf(bytes);
        } catch (cause) {
            if (!isCocoonError(cause)) throw cause;
            throw damaged('it is no manifest', cause);
        }
    };

    return {
        async add(bytes) {
            const model = modelOf(bytes);
            await mkdir(folder, { recursive: true, mode: 0o700 });
            await writeWhole(pathOf(model.hash), bytes);
            return model;
        },
        get: read,
        async list() {
            const names = (await absentAsUndefined(readdir(folder))) ?? [];
            const models: CatalogueModel[] = [];
            const damaged: LibraryEntryDamagedError[] = [];
            for (const name of names) {
                const hash = name.slice(0, -EXTENSION.length);
                if (!name.endsWith(EXTENSION) || !isHashHex(hash)) continue;
                try {
                    const model = await read(hash);
                    if (model !== undefined) models.push(model);
                } catch (error) {
                    if (!(error instanceof LibraryEntryDamagedError)) throw error;
                    damaged.push(error);
                }
            }
            models.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
            return { models, damaged };
        },
        async remove(hash) {
            const path = pathOf(hash);
            if ((await absentAsUndefined(stat(path))) === undefined) return false;
            await rm(path, { recursive: true, force: true });
            return true;
        },
    };
}

/** The model of a manifest's bytes, with a short name made of its own. */
function modelOf(bytes: Uint8Array): CatalogueModel {
    const manifest = parseManifest(bytes);
    const name = manifest.name.toLowerCase().replace(/\s+/gu, '-');
    return { hash: hashToHex(sha256(bytes)), name, manifest };
}

/** Writes a file so that it is there whole or not at all. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
    const partial = `${path}.${randomUUID()}.partial`;
    try {
        const file = await open(partial, 'wx', 0o600);
        try {
            await file.writeFile(bytes);
            await file.sync();
        } finally {
            await file.close();
        }
        await rename(partial, path);
    } catch (error) {
        await rm(partial, { force: true });
        throw error;
    }
}

async function absentAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
    try {
        return await work;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
    }
}
