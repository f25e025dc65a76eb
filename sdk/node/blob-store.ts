import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CocoonError, type HashHex, isHashHex } from '../../protocol';

export interface BlobStoreOptions {
    /** Folder for the blobs, made if it is not there; a blob is a file named by its hash. */
    readonly folder: string;
    /** All blobs together, bytes; 1 GiB unless set. */
    readonly maxBytes?: number;
    /** One blob, bytes; 256 MiB unless set. */
    readonly maxBlobBytes?: number;
}

/** Why a store does not take a blob. */
export class BlobStoreError extends CocoonError {
    override readonly name = 'BlobStoreError';

    constructor(
        readonly code: 'BLOB_HASH_MISMATCH' | 'BLOB_TOO_LARGE' | 'BLOB_STORE_FULL',
        readonly sha256: HashHex | undefined,
        message: string,
        hint: string,
    ) {
        super(message, { hint });
    }
}

/** Blobs on disk, addressed by their SHA-256. */
export interface BlobStore {
    has(sha256: HashHex): boolean;
    /** Absolute path of a blob's file, whether it is there or not; counts as a use of it. */
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
    /** Keeps a blob, there or to come, until as many `unpin` follow. */
    pin(sha256: HashHex): void;
    unpin(sha256: HashHex): void;
    /** Bytes on disk. */
    readonly usedBytes: number;
}

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
    /** Sizes by hash, the least recently used first. */
    readonly #sizes = new Map<HashHex, number>();
    readonly #pins = new Map<HashHex, number>();
    #usedBytes = 0;

    constructor(options: BlobStoreOptions) {
        this.#folder = resolve(options.folder);
        this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
        this.#maxBlobBytes = options.maxBlobBytes ?? DEFAULT_MAX_BLOB_BYTES;
        mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
        for (const name of readdirSync(this.#folder)) {
            if (isHashHex(name)) this.#add(name, statSync(join(this.#folder, name)).size);
            // What was on its way when the process ended.
            else if (name.endsWith('.partial')) rmSync(join(this.#folder, name));
        }
    }

    get usedBytes(): number {
        return this.#usedBytes;
    }

    has(sha256: HashHex): boolean {
        return this.#sizes.has(sha256);
    }

    path(sha256: HashHex): string {
        const size = this.#sizes.get(sha256);
        if (size !== undefined) {
            this.#sizes.delete(sha256);
            this.#sizes.set(sha256, size);
        }
        return this.#file(sha256);
    }

    async read(sha256: HashHex): Promise<Uint8Array | undefined> {
        return this.has(sha256) ? readFile(this.path(sha256)) : undefined;
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
            await this.#makeRoom(size);
            await rename(partial, this.#file(sha256));
            if (!this.has(sha256)) this.#add(sha256, size);
        } catch (error) {
            await rm(partial, { force: true });
            throw error;
        }
    }

    pin(sha256: HashHex): void {
        this.#pins.set(sha256, (this.#pins.get(sha256) ?? 0) + 1);
    }

    unpin(sha256: HashHex): void {
        const left = (this.#pins.get(sha256) ?? 0) - 1;
        if (left > 0) this.#pins.set(sha256, left);
        else this.#pins.delete(sha256);
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
                await file.write(part);
            }
        } finally {
            await file.close();
        }
        if (hash.digest('hex') !== sha256) {
            throw new BlobStoreError(
                'BLOB_HASH_MISMATCH',
                sha256,
                'The bytes have another hash than their name.',
                'Name a blob by the SHA-256 of its bytes.',
            );
        }
        return size;
    }

    async #makeRoom(bytes: number): Promise<void> {
        for (const [sha256, size] of this.#sizes) {
            if (this.#usedBytes + bytes <= this.#maxBytes) return;
            if (this.#pins.has(sha256)) continue;
            this.#sizes.delete(sha256);
            this.#usedBytes -= size;
            await rm(this.#file(sha256), { force: true });
        }
        if (this.#usedBytes + bytes <= this.#maxBytes) return;
        throw new BlobStoreError(
            'BLOB_STORE_FULL',
            undefined,
            'The blob store is full of blobs that open jobs need.',
            'Try again later, or raise maxBytes.',
        );
    }

    #file(sha256: HashHex): string {
        return join(this.#folder, sha256);
    }

    #add(sha256: HashHex, size: number): void {
        this.#sizes.set(sha256, size);
        this.#usedBytes += size;
    }
}

function tooLarge(sha256: HashHex, limit: number): BlobStoreError {
    return new BlobStoreError(
        'BLOB_TOO_LARGE',
        sha256,
        `The blob is over ${limit} bytes.`,
        'Split it over several blobs.',
    );
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(bytes);
}
