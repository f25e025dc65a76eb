import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, rmSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { OUTPUT_LANES } from './output-file';
import type { ItemParts } from './output-parts';

/** A stored output. */
export interface StoredOutput {
    /** Lower-case hex. */
    readonly sha256: string;
    readonly sizeBytes: number;
}

/** What direct writes are multiples of, and the most that their memory has to be aligned to. */
const BLOCK = 4096;
/** `malloc` gives memory on multiples of this. */
const MALLOC_ALIGNMENT = 16;

const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
const PLAIN = O_WRONLY | O_CREAT | O_TRUNC;
/** Undefined where the system has no such writes. */
const { O_DIRECT } = constants as { readonly O_DIRECT?: number };
const MODE = 0o600;

const writeAsync = promisify(write);

/**
 * Hashes outputs and stores them as files. The disk works while the output is hashed and the model
 * runs on; the rest is done in this thread, since a core is all that a child has: a thread of its
 * own, which has to be woken for each output, costs more than it takes over.
 *
 * Nobody on this machine reads an output soon, so it goes past the page cache where the system
 * allows that (`O_DIRECT`): no memory is filled with it, what the operator's own programs have
 * there stays, and in a virtual machine no fresh memory has to be had for it, which can take
 * longer than all the rest. Elsewhere it is an ordinary write.
 */
export class OutputWriter {
    readonly #lanes = Array.from({ length: OUTPUT_LANES }, () => new Lane());
    #next = 0;

    /**
     * Takes an output over, and waits only while too many before it are not written yet.
     *
     * @param path - absolute; the file is whole when the promise inside resolves
     * @returns a promise inside, since awaiting it is for the caller to decide; it rejects with
     * what the system says
     * @throws what the system says about a file that cannot be made
     */
    async write(output: ItemParts, path: string): Promise<{ stored: Promise<StoredOutput> }> {
        const lane = this.#lanes[this.#next++ % OUTPUT_LANES] as Lane;
        await lane.free;
        return { stored: lane.store(output, path) };
    }
}

/** A buffer for one output at a time. */
class Lane {
    /** Resolves when the buffer is not in use. */
    free: Promise<unknown> = Promise.resolve();
    #buffer = new Uint8Array(0);
    #folder: string | undefined;
    /** Where in the buffer direct writes may begin; undefined where there are none. */
    #start: number | undefined;

    /** Only when free. */
    store({ parts, size }: ItemParts, path: string): Promise<StoredOutput> {
        this.#prepare(size, path);
        const start = this.#start ?? 0;
        let end = start;
        for (const part of parts) {
            this.#buffer.set(part, end);
            end += part.length;
        }
        const bytes = this.#buffer.subarray(start, end);
        const stored = this.#write(bytes, path);
        this.free = stored.catch(() => undefined);
        // The disk is at work meanwhile.
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return stored.then(() => ({ sha256, sizeBytes: size }));
    }

    /** Makes the buffer large enough, and finds out how it can be written to the folder. */
    #prepare(size: number, path: string): void {
        const folder = dirname(path);
        const needed = size + BLOCK;
        if (this.#buffer.length >= needed && this.#folder === folder) return;
        if (this.#buffer.length < needed) this.#buffer = new Uint8Array(needed);
        this.#start = directStart(this.#buffer, path);
        this.#folder = folder;
    }

    async #write(bytes: Uint8Array, path: string): Promise<void> {
        const direct = this.#start === undefined ? 0 : bytes.length - (bytes.length % BLOCK);
        try {
            if (direct === 0) await writeTo(path, PLAIN, bytes);
            else {
                await writeTo(path, PLAIN | (O_DIRECT ?? 0), bytes.subarray(0, direct));
                if (direct < bytes.length) writeEnd(path, bytes.subarray(direct), direct);
            }
        } catch (error) {
            rmSync(path, { force: true });
            throw error;
        }
    }
}

/** The address of the memory cannot be known here, so it is tried. */
function directStart(buffer: Uint8Array, path: string): number | undefined {
    if (O_DIRECT === undefined) return undefined;
    let fd: number | undefined;
    try {
        fd = openSync(path, PLAIN | O_DIRECT, MODE);
        for (let start = 0; start < BLOCK; start += MALLOC_ALIGNMENT) {
            if (takes(fd, buffer, start)) return start;
        }
        return undefined;
    } catch {
        return undefined; // the ordinary way tells what is wrong with the folder
    } finally {
        if (fd !== undefined) closeSync(fd);
    }
}

function takes(fd: number, buffer: Uint8Array, start: number): boolean {
    try {
        return writeSync(fd, buffer, start, BLOCK, 0) === BLOCK;
    } catch {
        return false;
    }
}

async function writeTo(path: string, flags: number, bytes: Uint8Array): Promise<void> {
    const fd = openSync(path, flags, MODE);
    try {
        for (let done = 0; done < bytes.length;) {
            const { bytesWritten } = await writeAsync(fd, bytes, done, bytes.length - done, done);
            done += bytesWritten;
        }
    } finally {
        closeSync(fd);
    }
}

/** Writes what is less than a block, into the page cache: cheaper than to cut a whole block. */
function writeEnd(path: string, bytes: Uint8Array, position: number): void {
    const fd = openSync(path, O_WRONLY);
    try {
        for (let done = 0; done < bytes.length;) {
            done += writeSync(fd, bytes, done, bytes.length - done, position + done);
        }
    } finally {
        closeSync(fd);
    }
}
