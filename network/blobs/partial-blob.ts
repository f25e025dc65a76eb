import { createHash, type Hash as Hasher } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { equalBytes, type Hash, HASH_BYTES, type HashHex } from '../../protocol';
import { chunkHash, leafAt, rootOfLeaves } from './chunk-hash';
import { CHUNK_BYTES, chunkCount, chunkLength } from './wire';

/** What a source says about a blob, and proves: the leaves make the root. */
export interface BlobShape {
    /** Bytes. */
    readonly size: number;
    readonly root: Hash;
    /** 32 bytes for each chunk. */
    readonly leaves: Uint8Array;
}

/** Size (8 bytes) and the end of its time (8 bytes, milliseconds), before the leaves. */
const HEAD_BYTES = 16;

/**
 * A blob on its way to the disk: `<name>.part` has the bytes, each at its place, and `<name>.tree`
 * the leaf hashes. The two are the journal: what has come is what has the hash of its leaf. So
 * nothing is believed after a crash, not even that a written byte reached the disk.
 */
export class PartialBlob {
    readonly shape: BlobShape;
    readonly #base: string;
    readonly #file: FileHandle;
    readonly #have: Uint8Array;
    readonly #whole: Hasher = createHash('sha256');
    #count = 0;
    /** Chunks that are in `#whole`: all before this one. */
    #hashed = 0;
    #hashing: Promise<void> | undefined;

    private constructor(base: string, shape: BlobShape, file: FileHandle) {
        this.#base = base;
        this.shape = shape;
        this.#file = file;
        this.#have = new Uint8Array(chunkCount(shape.size));
    }

    /**
     * Opens what is there, or begins.
     *
     * @param base - absolute path without the endings
     * @param until - when it may be removed, milliseconds since 1970
     * @throws the error of the system; the reason of the signal
     */
    static async open(
        base: string,
        shape: BlobShape,
        until: number,
        signal?: AbortSignal,
    ): Promise<PartialBlob> {
        await writeFile(`${base}.tree.new`, [headOf(shape.size, until), shape.leaves], {
            mode: 0o600,
        });
        await rename(`${base}.tree.new`, `${base}.tree`);
        const file = await open(`${base}.part`, 'a+', 0o600).then(async (touched) => {
            await touched.close();
            return open(`${base}.part`, 'r+');
        });
        const partial = new PartialBlob(base, shape, file);
        try {
            await partial.#recover(signal);
        } catch (error) {
            await file.close();
            throw error;
        }
        return partial;
    }

    /** Chunks that are there and right. */
    get count(): number {
        return this.#count;
    }

    get chunks(): number {
        return this.#have.length;
    }

    has(index: number): boolean {
        return this.#have[index] === 1;
    }

    /** Whether bytes are those of a chunk. */
    fits(index: number, bytes: Uint8Array): boolean {
        if (bytes.length !== chunkLength(this.shape.size, index)) return false;
        return equalBytes(chunkHash(bytes), leafAt(this.shape.leaves, index));
    }

    /** Writes chunks next to each other, whose bytes fit; they are in use until this returns. */
    async write(from: number, chunks: readonly Uint8Array[]): Promise<void> {
        for (const [at, bytes] of chunks.entries()) {
            if (from + at !== this.#hashed || this.#hashing !== undefined) continue;
            this.#whole.update(bytes);
            this.#hashed++;
        }
        await this.#put(chunks, from * CHUNK_BYTES);
        for (let index = from; index < from + chunks.length; index++) {
            if (this.has(index)) continue;
            this.#have[index] = 1;
            this.#count++;
        }
        this.#catchUp();
    }

    /** SHA-256 of all, once all chunks are there. */
    async digest(): Promise<HashHex> {
        for (;;) {
            this.#catchUp();
            if (this.#hashing === undefined) break;
            await this.#hashing;
        }
        return this.#whole.copy().digest('hex') as HashHex;
    }

    /** Path of the bytes. */
    get path(): string {
        return `${this.#base}.part`;
    }

    /** Leaves all on disk for the next time. */
    async close(): Promise<void> {
        await this.#hashing?.catch(() => undefined);
        await this.#file.close();
    }

    /** Forgets the tree, and the bytes if they are still there. */
    async remove(): Promise<void> {
        await rm(`${this.#base}.tree`, { force: true });
        await rm(`${this.#base}.part`, { force: true });
    }

    /** Hashes chunks that came before those in front of them; one run at a time. */
    #catchUp(): void {
        if (this.#hashing !== undefined || !this.has(this.#hashed)) return;
        this.#hashing = this.#hashNext().finally(() => (this.#hashing = undefined));
        this.#hashing.catch(() => undefined);
    }

    async #hashNext(): Promise<void> {
        const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        while (this.has(this.#hashed)) {
            const bytes = await this.#read(buffer, this.#hashed);
            this.#whole.update(bytes);
            this.#hashed++;
        }
    }

    async #recover(signal?: AbortSignal): Promise<void> {
        const { size } = await this.#file.stat();
        const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        for (let index = 0; index < this.chunks && index * CHUNK_BYTES < size; index++) {
            signal?.throwIfAborted();
            const bytes = await this.#read(buffer, index);
            if (!equalBytes(chunkHash(bytes), leafAt(this.shape.leaves, index))) continue;
            this.#have[index] = 1;
            this.#count++;
            if (index === this.#hashed) {
                this.#whole.update(bytes);
                this.#hashed++;
            }
        }
        await this.#file.truncate(Math.min(size, this.shape.size));
    }

    async #put(chunks: readonly Uint8Array[], at: number): Promise<void> {
        const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
        const { bytesWritten } = await this.#file.writev([...chunks], at);
        if (bytesWritten !== bytes) throw new Error('The disk took a part of a chunk.');
    }

    async #read(buffer: Buffer, index: number): Promise<Uint8Array> {
        const length = chunkLength(this.shape.size, index);
        const { bytesRead } = await this.#file.read(buffer, 0, length, index * CHUNK_BYTES);
        return buffer.subarray(0, bytesRead);
    }
}

/** The tree that a transfer left behind, and until when it may lie there. */
export interface LeftBehind {
    readonly shape: BlobShape;
    /** Milliseconds since 1970. */
    readonly until: number;
}

/** Reads a tree that a transfer left behind; undefined where there is none that makes sense. */
export async function readLeftBehind(base: string): Promise<LeftBehind | undefined> {
    const bytes = await readFile(`${base}.tree`).catch(() => undefined);
    if (bytes === undefined || bytes.length < HEAD_BYTES) return undefined;
    const size = Number(bytes.readBigUInt64BE(0));
    const leaves = bytes.subarray(HEAD_BYTES);
    if (leaves.length !== chunkCount(size) * HASH_BYTES) return undefined;
    const until = Number(bytes.readBigUInt64BE(8));
    return { shape: { size, root: rootOfLeaves(leaves), leaves }, until };
}

function headOf(size: number, until: number): Buffer {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeBigUInt64BE(BigInt(size), 0);
    head.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(until))), 8);
    return head;
}
