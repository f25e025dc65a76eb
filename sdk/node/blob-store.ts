import { createHash, randomUUID } from 'node:crypto';
import {
    createReadStream,
    lstatSync,
    mkdirSync,
    readdirSync,
    renameSync,
    rmSync,
    type Stats,
    statSync,
} from 'node:fs';
import { mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { type HashHex, isHashHex } from '../../protocol';
import { BlobAccounts, type BlobFile, type FileIndex, type BlobPlace } from './blob-accounts';
import {
    diskFull,
    isDiskFull,
    notAdopted,
    otherHash,
    storeFull,
    tooLarge,
} from './blob-store-errors';
import { copyPart, readPart } from './file-parts';
import { indexName, isIndexName, isPackName, packName, readIndex, writeIndex } from './pack-index';

export interface BlobStoreOptions {
    /**
     * Folder for the blobs, made if it is not there. A blob is a file named by its hash, or a part
     * of a pack.
     */
    readonly folder: string;
    /** All blobs together, bytes; 1 GiB unless set. */
    readonly maxBytes?: number;
    /** One blob, bytes; 256 MiB unless set. */
    readonly maxBlobBytes?: number;
}

/** A blob on disk: a part of a file, often all of it. */
export interface StoredBlob {
    /** Absolute. */
    readonly path: string;
    readonly offset: number;
    readonly length: number;
}

/** Blobs on disk, addressed by their SHA-256. */
export interface BlobStore {
    has(sha256: HashHex): boolean;
    /** Where the bytes of a blob are; undefined where it is not held. Counts as a use of it. */
    locate(sha256: HashHex): StoredBlob | undefined;
    /**
     * Absolute path of a file that holds the blob alone, whether it is there or not; counts as a
     * use of it. What lies in a pack is copied out first, which `locate` does without.
     *
     * @throws what the system says of the copy
     */
    path(sha256: HashHex): string;
    /** The bytes of a blob; undefined where it is not held. */
    read(sha256: HashHex): Promise<Uint8Array | undefined>;
    /**
     * Stores own bytes.
     *
     * @throws BlobStoreError `BLOB_TOO_LARGE`, `BLOB_STORE_FULL`
     */
    write(bytes: Uint8Array): Promise<HashHex>;
    /**
     * Stores what somebody else sends under a hash, once its bytes have that hash.
     *
     * @param maxBytes - most to read; the store's limit for one blob unless lower
     * @throws BlobStoreError
     */
    receive(sha256: HashHex, bytes: AsyncIterable<Uint8Array>, maxBytes?: number): Promise<void>;
    /** A new folder on the store's own file system, for files that `adopt` shall take. */
    stage(): Promise<StagingFolder>;
    /**
     * Takes a file over by renaming it, without reading it: for what this machine has just hashed
     * itself. The name is believed, so `path` must come from a process that this node started and
     * would also trust with the bytes. Were that process taken over, the wrong bytes would fail
     * the check of whoever reads them, and cost this node its price; nobody else is deceived.
     * `verify` tells before that. The file is gone from `path` also when it is refused.
     *
     * @throws BlobStoreError `BLOB_TOO_LARGE`, `BLOB_STORE_FULL`, `BLOB_NOT_ADOPTED`
     */
    adopt(path: string, sha256: HashHex): Promise<void>;
    /**
     * Takes over a part of a pack, a file in a folder that was staged which holds several blobs:
     * to make a file for each would cost more than to write it. The first part moves the pack; all
     * of it goes when none of its blobs is pinned and room is needed. Bytes are believed as those
     * of `adopt` are. A restart knows the pack once `keep` of its folder was called.
     *
     * @throws BlobStoreError `BLOB_TOO_LARGE`, `BLOB_STORE_FULL`, `BLOB_NOT_ADOPTED`
     */
    adoptPart(part: StoredBlob, sha256: HashHex): Promise<void>;
    /**
     * Whether a blob is held and has its hash. One that was adopted is read once to know; one that
     * fails is dropped.
     */
    verify(sha256: HashHex): Promise<boolean>;
    /** Keeps a blob, there or to come, until as many `unpin` follow. */
    pin(sha256: HashHex): void;
    unpin(sha256: HashHex): void;
    /** Bytes on disk. */
    readonly usedBytes: number;
}

/** A folder whose files are on their way into a store. */
export interface StagingFolder {
    /** Absolute. */
    readonly path: string;
    /** Writes down what lies where in the packs that were adopted from it. */
    keep(): Promise<void>;
    /** Removes it with all that was not adopted. May be called again. */
    remove(): Promise<void>;
}

/** Read at a time: what the system gives by itself is a sixteenth, and costs as many more turns. */
export const READ_BYTES = 1024 ** 2;

const STAGING = 'staging-';
const DEFAULT_MAX_BYTES = 1024 ** 3;
const DEFAULT_MAX_BLOB_BYTES = 256 * 1024 ** 2;

/** Opens a store; blobs that are in its folder already are held. */
export function createBlobStore(options: BlobStoreOptions): BlobStore {
    return new FolderBlobStore(options);
}

class FolderBlobStore implements BlobStore {
    readonly #folder: string;
    readonly #maxBytes: number;
    readonly #maxBlobBytes: number;
    readonly #accounts = new BlobAccounts();
    /** Adopted, and not read yet. */
    readonly #unread = new Set<HashHex>();
    /** Packs whose parts are still being adopted, by the path from which they came. */
    readonly #packs = new Map<string, BlobFile>();

    constructor(options: BlobStoreOptions) {
        this.#folder = resolve(options.folder);
        this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
        this.#maxBlobBytes = options.maxBlobBytes ?? DEFAULT_MAX_BLOB_BYTES;
        mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
        const names = readdirSync(this.#folder);
        for (const name of names) {
            const path = join(this.#folder, name);
            if (isHashHex(name)) {
                const { size } = statSync(path);
                this.#accounts.usedBytes += size;
                this.#add(name, { name, size, blobs: new Set() });
            } else if (name.endsWith('.partial') || name.startsWith(STAGING)) {
                // What was on its way when the process ended.
                rmSync(path, { recursive: true });
            }
        }
        // After the others, which need no pack.
        const opened = new Set(names.filter(isIndexName).flatMap((name) => this.#open(name)));
        for (const name of names) {
            if (isPackName(name) && !opened.has(name)) this.#remove(name);
        }
    }

    /** Takes the packs of an index that are there, or removes it. @returns their names */
    #open(name: string): string[] {
        const index: FileIndex = { name, packs: new Set() };
        const opened: string[] = [];
        for (const [pack, blobs] of readIndex(join(this.#folder, name))) {
            const { size } = statSync(join(this.#folder, pack), { throwIfNoEntry: false }) ?? {};
            if (size === undefined) continue;
            if (blobs.some(({ offset, length }) => offset + length > size)) continue;
            const fresh = blobs.filter(({ sha256 }) => !this.has(sha256));
            if (fresh.length === 0) continue;
            const file: BlobFile = { name: pack, size, blobs: new Set(), index };
            index.packs.add(file);
            opened.push(pack);
            this.#accounts.usedBytes += size;
            for (const { sha256, offset, length } of fresh) {
                this.#accounts.add(sha256, { file, offset, length });
            }
        }
        if (opened.length === 0) this.#remove(name);
        return opened;
    }

    #remove(name: string): void {
        rmSync(join(this.#folder, name), { force: true });
    }

    #add(sha256: HashHex, file: BlobFile): void {
        this.#accounts.add(sha256, { file, offset: 0, length: file.size });
    }

    get usedBytes(): number {
        return this.#accounts.usedBytes;
    }

    has(sha256: HashHex): boolean {
        return this.#accounts.has(sha256);
    }

    locate(sha256: HashHex): StoredBlob | undefined {
        const place = this.#accounts.place(sha256);
        if (place === undefined) return undefined;
        this.#accounts.touch(sha256);
        return this.#stored(place);
    }

    path(sha256: HashHex): string {
        const place = this.#accounts.place(sha256);
        const path = this.#file(sha256);
        if (place !== undefined && place.file.name !== sha256) {
            // Under its name only when it is whole: a restart believes the name.
            const partial = `${path}.partial`;
            copyPart(this.#stored(place), partial);
            renameSync(partial, path);
            this.#accounts.forget(sha256);
            this.#accounts.usedBytes += place.length;
            this.#add(sha256, { name: sha256, size: place.length, blobs: new Set() });
        }
        this.#accounts.touch(sha256);
        return path;
    }

    #stored({ file, offset, length }: BlobPlace): StoredBlob {
        return { path: join(this.#folder, file.name), offset, length };
    }

    async read(sha256: HashHex): Promise<Uint8Array | undefined> {
        const found = this.locate(sha256);
        if (found === undefined) return undefined;
        const whole = found.path === this.#file(sha256);
        return whole ? readFile(found.path) : readPart(found);
    }

    async write(bytes: Uint8Array): Promise<HashHex> {
        const sha256 = createHash('sha256').update(bytes).digest('hex') as HashHex;
        await this.receive(sha256, once(bytes), bytes.length);
        return sha256;
    }

    async receive(
        sha256: HashHex,
        bytes: AsyncIterable<Uint8Array>,
        maxBytes = this.#maxBlobBytes,
    ): Promise<void> {
        if (this.has(sha256)) return;
        const limit = Math.min(maxBytes, this.#maxBlobBytes);
        const partial = join(this.#folder, `${randomUUID()}.partial`);
        try {
            const size = await this.#writeFile(partial, sha256, bytes, limit);
            await this.#keep(partial, sha256, size);
        } catch (error) {
            await rm(partial, { force: true });
            throw error;
        }
    }

    async stage(): Promise<StagingFolder> {
        const path = await mkdtemp(join(this.#folder, STAGING));
        // Somebody may still be writing there for a moment.
        const patience = { maxRetries: 6, retryDelay: 50 };
        const inside = (from: string) => from.startsWith(path + sep);
        const index: FileIndex = { name: indexName(randomUUID()), packs: new Set() };
        return {
            path,
            keep: async () => {
                for (const [from, file] of this.#packs) {
                    if (!inside(from)) continue;
                    file.index = index;
                    index.packs.add(file);
                }
                await this.#writeIndex(index);
            },
            remove: async () => {
                for (const [from, file] of this.#packs) {
                    if (!inside(from)) continue;
                    this.#packs.delete(from);
                    if (file.blobs.size === 0) await this.#drop(file);
                }
                await rm(path, { recursive: true, force: true, ...patience });
            },
        };
    }

    /** One for all packs: to make a file costs more than all else here. */
    async #writeIndex({ name, packs }: FileIndex): Promise<void> {
        if (packs.size === 0) return;
        const contents = [...packs].map((file) => {
            const parts = [...file.blobs].flatMap((sha256) => {
                const place = this.#accounts.place(sha256);
                return place === undefined ? [] : { sha256, ...place };
            });
            return [file.name, parts] as const;
        });
        await writeIndex(join(this.#folder, name), new Map(contents));
    }

    async adopt(path: string, sha256: HashHex): Promise<void> {
        try {
            await this.#adopt(path, sha256);
        } catch (error) {
            rmSync(path, { force: true, recursive: true });
            throw error;
        }
    }

    /** Without the thread pool, whose threads would take time from the children that execute. */
    async #adopt(path: string, sha256: HashHex): Promise<void> {
        if (this.has(sha256)) return rmSync(path, { force: true });
        const { size } = plainFile(path, sha256);
        if (size > this.#maxBlobBytes) throw tooLarge(sha256, this.#maxBlobBytes);
        await this.#reserve(size);
        // Meanwhile another child may have brought the same bytes, under the same name.
        if (this.has(sha256)) {
            this.#accounts.usedBytes -= size;
            return rmSync(path, { force: true });
        }
        try {
            renameSync(path, this.#file(sha256));
        } catch (error) {
            this.#accounts.usedBytes -= size;
            throw error;
        }
        this.#add(sha256, { name: sha256, size, blobs: new Set() });
        this.#unread.add(sha256);
    }

    async adoptPart({ path, offset, length }: StoredBlob, sha256: HashHex): Promise<void> {
        if (length > this.#maxBlobBytes) throw tooLarge(sha256, this.#maxBlobBytes);
        // Up to its end, with what fills the space before it.
        const end = offset + length;
        const grown = Math.max(0, end - (this.#packs.get(path)?.size ?? 0));
        await this.#reserve(grown);
        const file = this.#packs.get(path) ?? this.#takePack(path, sha256, grown);
        if (statSync(join(this.#folder, file.name)).size < end) {
            this.#accounts.usedBytes -= grown;
            throw notAdopted(sha256);
        }
        // Other parts may have come meanwhile.
        this.#accounts.usedBytes -= grown - Math.max(0, end - file.size);
        file.size = Math.max(file.size, end);
        if (this.has(sha256)) return; // there already: these bytes go with their pack
        this.#accounts.add(sha256, { file, offset, length });
        this.#unread.add(sha256);
    }

    /** @param reserved - room that is let go when the pack is not taken, bytes */
    #takePack(path: string, sha256: HashHex, reserved: number): BlobFile {
        const name = packName(randomUUID());
        try {
            plainFile(path, sha256);
            renameSync(path, join(this.#folder, name));
        } catch (error) {
            this.#accounts.usedBytes -= reserved;
            throw error;
        }
        const file: BlobFile = { name, size: 0, blobs: new Set() };
        this.#packs.set(path, file);
        return file;
    }

    async verify(sha256: HashHex): Promise<boolean> {
        if (!this.#unread.has(sha256)) return this.has(sha256);
        const found = this.locate(sha256);
        const hash = createHash('sha256');
        for await (const part of found === undefined ? [] : readStored(found)) {
            hash.update(part as Buffer);
        }
        if (hash.digest('hex') === sha256) return this.#unread.delete(sha256);
        await this.#forget(sha256);
        return false;
    }

    pin(sha256: HashHex): void {
        this.#accounts.pin(sha256);
    }

    unpin(sha256: HashHex): void {
        this.#accounts.unpin(sha256);
    }

    async #writeFile(
        path: string,
        sha256: HashHex,
        bytes: AsyncIterable<Uint8Array>,
        limit: number,
    ): Promise<number> {
        const hash = createHash('sha256');
        let size = 0;
        const file = await open(path, 'wx', 0o600);
        try {
            for await (const part of bytes) {
                size += part.length;
                if (size > limit) throw tooLarge(sha256, limit);
                hash.update(part);
                // All of it: a single write may take a part alone where the disk is almost full.
                await file.writeFile(part);
            }
        } catch (error) {
            throw isDiskFull(error) ? diskFull(sha256, error) : error;
        } finally {
            await file.close();
        }
        if (hash.digest('hex') !== sha256) {
            throw otherHash(sha256);
        }
        return size;
    }

    /** Gives a file its name in the store, once there is room for it. */
    async #keep(path: string, sha256: HashHex, size: number): Promise<void> {
        await this.#reserve(size);
        try {
            await rename(path, this.#file(sha256));
        } catch (error) {
            this.#accounts.usedBytes -= size;
            throw error;
        }
        // Somebody else may have brought the same blob meanwhile.
        if (this.has(sha256)) this.#accounts.usedBytes -= size;
        else this.#add(sha256, { name: sha256, size, blobs: new Set() });
    }

    /** Keeps room for a blob that is on its way. */
    async #reserve(bytes: number): Promise<void> {
        for (const file of this.#accounts.loose) {
            if (this.usedBytes + bytes <= this.#maxBytes) break;
            await this.#drop(file);
        }
        if (this.usedBytes + bytes <= this.#maxBytes) {
            this.#accounts.usedBytes += bytes;
            return;
        }
        throw storeFull();
    }

    /** A blob turned out to be none. */
    async #forget(sha256: HashHex): Promise<void> {
        const file = this.#accounts.place(sha256)?.file;
        this.#accounts.forget(sha256);
        this.#unread.delete(sha256);
        if (file?.blobs.size === 0) await this.#drop(file);
    }

    async #drop(file: BlobFile): Promise<void> {
        this.#accounts.drop(file);
        for (const sha256 of file.blobs) this.#unread.delete(sha256);
        for (const [from, pack] of this.#packs) if (pack === file) this.#packs.delete(from);
        await rm(join(this.#folder, file.name), { force: true });
        const { index } = file;
        index?.packs.delete(file);
        if (index?.packs.size === 0) await rm(join(this.#folder, index.name), { force: true });
    }

    #file(sha256: HashHex): string {
        return join(this.#folder, sha256);
    }
}

/** Reads a stored blob in large pieces. */
export function readStored({ path, offset, length }: StoredBlob): Readable {
    if (length === 0) return Readable.from([]);
    const range = { start: offset, end: offset + length - 1 }; // which is included
    return createReadStream(path, { highWaterMark: READ_BYTES, ...range });
}

/** Not through a link, which could lead anywhere. @throws BlobStoreError `BLOB_NOT_ADOPTED` */
function plainFile(path: string, sha256: HashHex): Stats {
    const file = lstatSync(path, { throwIfNoEntry: false });
    if (file?.isFile() === true) return file;
    throw notAdopted(sha256);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(bytes);
}
