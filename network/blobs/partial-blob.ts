import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { equalBytes, type Hash, type HashHex, hashToHex } from '../../protocol';
import { chunkHashAt, nativeSha256, PrefixHash, prefixHashAt, rootOfLeaves } from './chunk-hash';
import { CHUNK_BYTES, chunkCount, chunkLength, LEAF_BYTES } from './wire';

/** What a source says about a blob, and proves: the leaves make the root. */
export interface BlobShape {
    /** Bytes. */
    readonly size: number;
    readonly root: Hash;
    /** `LEAF_BYTES` for each chunk. */
    readonly leaves: Uint8Array;
}

/** Size (8 bytes) and the end of its time (8 bytes, milliseconds), before the leaves. */
const HEAD_BYTES = 16;
/** What is known of a chunk. */
const MISSING = 0;
/** It was right, and is being written. */
const WRITING = 1;
const THERE = 2;

/**
 * A blob on its way to the disk: `<name>.part` has the bytes, each at its place, and `<name>.tree`
 * the leaves. The two are the journal: what has come is what has the hash of its leaf. So nothing is
 * believed after a crash, not even that a written byte reached the disk.
 *
 * A chunk that comes in its order is checked by the hash of all bytes up to its end, which is that
 * of the whole in the end: each byte is hashed once. One that comes earlier is checked by its own
 * hash, and hashed again when those before it are there.
 */
export class PartialBlob {
    readonly shape: BlobShape;
    readonly #base: string;
    readonly #file: FileHandle;
    /** `MISSING`, `WRITING` or `THERE` for each chunk. */
    readonly #state: Uint8Array;
    readonly #whole = new PrefixHash();
    #count = 0;
    /** Chunks that are in `#whole`: all before this one. */
    #hashed = 0;
    #hashing: Promise<void> | undefined;

    private constructor(base: string, shape: BlobShape, file: FileHandle) {
        this.#base = base;
        this.shape = shape;
        this.#file = file;
        this.#state = new Uint8Array(chunkCount(shape.size));
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
        return this.#state.length;
    }

    has(index: number): boolean {
        return this.#state[index] === THERE;
    }

    /**
     * Checks chunks next to each other, and writes those at the front that are right. What another
     * source gave before is not written again. The bytes are in use until this returns.
     *
     * @returns how many of them are right: all before the first that is not
     * @throws the error of the system
     */
    async take(from: number, chunks: readonly Uint8Array[]): Promise<number> {
        const fresh: Fresh[] = [];
        let right = 0;
        for (const [at, bytes] of chunks.entries()) {
            const index = from + at;
            if (!this.#isRight(index, bytes)) break;
            right++;
            if (this.#state[index] !== MISSING) continue;
            // Before anything is waited for: nobody else may write there what its leaf alone vouches for.
            this.#state[index] = WRITING;
            const run = fresh.at(-1);
            if (run !== undefined && run.from + run.chunks.length === index) run.chunks.push(bytes);
            else fresh.push({ from: index, chunks: [bytes] });
        }
        for (const run of fresh) {
            await this.#put(run);
            this.#state.fill(THERE, run.from, run.from + run.chunks.length);
            this.#count += run.chunks.length;
        }
        this.#catchUp();
        return right;
    }

    /** SHA-256 of all; undefined while chunks are missing. */
    async digest(): Promise<HashHex | undefined> {
        for (;;) {
            this.#catchUp();
            if (this.#hashing === undefined) break;
            await this.#hashing;
        }
        return this.#count < this.chunks ? undefined : hashToHex(this.#whole.digest());
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

    /** In the order of the chunks, that is of all up to its end; else that of the chunk alone. */
    #isRight(index: number, bytes: Uint8Array): boolean {
        if (bytes.length !== chunkLength(this.shape.size, index)) return false;
        const { leaves } = this.shape;
        const isNext = index === this.#hashed && this.#hashing === undefined;
        if (!isNext || this.#state[index] !== MISSING) {
            return equalBytes(nativeSha256(bytes), chunkHashAt(leaves, index));
        }
        if (!this.#whole.addIf(bytes, prefixHashAt(leaves, index))) return false;
        this.#hashed++;
        return true;
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
            this.#whole.add(bytes);
            this.#hashed++;
        }
    }

    async #recover(signal?: AbortSignal): Promise<void> {
        const { size } = await this.#file.stat();
        const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        for (let index = 0; index < this.chunks && index * CHUNK_BYTES < size; index++) {
            signal?.throwIfAborted();
            const bytes = await this.#read(buffer, index);
            if (!this.#isRight(index, bytes)) continue;
            this.#state[index] = THERE;
            this.#count++;
        }
        // Not where it is short already: ext4 flushes a file that was truncated to nothing when it is
        // closed, and the transfer of 1 GiB would wait a second for the disk.
        if (size > this.shape.size) await this.#file.truncate(this.shape.size);
    }

    async #put({ from, chunks }: Fresh): Promise<void> {
        const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
        const { bytesWritten } = await this.#file.writev(chunks, from * CHUNK_BYTES);
        if (bytesWritten !== bytes) throw new Error('The disk took a part of a chunk.');
    }

    async #read(buffer: Buffer, index: number): Promise<Uint8Array> {
        const length = chunkLength(this.shape.size, index);
        const { bytesRead } = await this.#file.read(buffer, 0, length, index * CHUNK_BYTES);
        return buffer.subarray(0, bytesRead);
    }
}

/** Chunks next to each other that are to be written. */
interface Fresh {
    readonly from: number;
    readonly chunks: Uint8Array[];
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
    if (leaves.length !== chunkCount(size) * LEAF_BYTES) return undefined;
    const until = Number(bytes.readBigUInt64BE(8));
    return { shape: { size, root: rootOfLeaves(leaves), leaves }, until };
}

function headOf(size: number, until: number): Buffer {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeBigUInt64BE(BigInt(size), 0);
    head.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(until))), 8);
    return head;
}
