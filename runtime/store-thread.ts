import type * as Crypto from 'node:crypto';
import type * as Fs from 'node:fs';
import type * as Path from 'node:path';
import type * as Threads from 'node:worker_threads';

/*
 * The thread of a child that hashes and writes large outputs while the model runs on. Its program
 * is turned into source text, since a build may have put all of the child into one file: it may
 * use nothing from outside but what it is given.
 */

/** What the thread is asked. Buffers change hands with the messages, so nobody shares one. */
export type StoreOrder =
    /** Find out from where in the buffer direct writes are possible in this folder. */
    | { readonly kind: 'probe'; readonly buffer: ArrayBuffer; readonly partial: string }
    /** Hash and write `size` bytes from `start`. */
    | {
          readonly kind: 'store';
          readonly buffer: ArrayBuffer;
          readonly start: number;
          readonly size: number;
          /** Past the page cache. */
          readonly direct: boolean;
          readonly partial: string;
          readonly dir: string;
      };

export type StoreReply =
    | { readonly kind: 'probed'; readonly buffer: ArrayBuffer; readonly start: number | undefined }
    | { readonly kind: 'stored'; readonly buffer: ArrayBuffer; readonly sha256: string }
    | { readonly kind: 'failed'; readonly buffer: ArrayBuffer; readonly message: string };

/** What direct writes are multiples of, and the most that their memory has to be aligned to. */
export const BLOCK = 4096;

/** @param load `require` of the thread */
function program(load: (name: string) => unknown, block: number): void {
    const { parentPort } = load('node:worker_threads') as typeof Threads;
    const { createHash } = load('node:crypto') as typeof Crypto;
    const path = load('node:path') as typeof Path;
    const fs = load('node:fs') as typeof Fs;
    const { O_WRONLY, O_CREAT, O_TRUNC, O_DIRECT } = fs.constants as Record<
        string,
        number | undefined
    >;
    const PLAIN = (O_WRONLY ?? 0) | (O_CREAT ?? 0) | (O_TRUNC ?? 0);
    /** `malloc` gives memory on multiples of this. */
    const MALLOC_ALIGNMENT = 16;

    /** The address of the memory cannot be known here, so it is tried. */
    function probe(buffer: ArrayBuffer, partial: string): number | undefined {
        if (O_DIRECT === undefined) return undefined;
        const bytes = new Uint8Array(buffer);
        let fd: number | undefined;
        try {
            fd = fs.openSync(partial, PLAIN | O_DIRECT, 0o600);
            for (let start = 0; start < block; start += MALLOC_ALIGNMENT) {
                if (writes(fd, bytes, start)) return start;
            }
            return undefined;
        } catch {
            return undefined; // the ordinary way tells what is wrong with the folder
        } finally {
            if (fd !== undefined) fs.closeSync(fd);
            fs.rmSync(partial, { force: true });
        }
    }

    function writes(fd: number, bytes: Uint8Array, start: number): boolean {
        try {
            return fs.writeSync(fd, bytes, start, block, 0) === block;
        } catch {
            return false;
        }
    }

    function store(order: Extract<StoreOrder, { readonly kind: 'store' }>): string {
        const { buffer, start, size, direct, partial, dir } = order;
        const bytes = new Uint8Array(buffer);
        const output = bytes.subarray(start, start + size);
        const fd = fs.openSync(partial, direct ? PLAIN | (O_DIRECT ?? 0) : PLAIN, 0o600);
        try {
            const length = direct ? Math.ceil(size / block) * block : size;
            for (let done = 0; done < length;) {
                done += fs.writeSync(fd, bytes, start + done, length - done, done);
            }
            if (direct) fs.ftruncateSync(fd, size);
        } catch (error) {
            fs.rmSync(partial, { force: true });
            throw error;
        } finally {
            fs.closeSync(fd);
        }
        const sha256 = createHash('sha256').update(output).digest('hex');
        fs.renameSync(partial, path.join(dir, sha256));
        return sha256;
    }

    function answer(order: StoreOrder): StoreReply {
        const { buffer } = order;
        try {
            return order.kind === 'probe'
                ? { kind: 'probed', buffer, start: probe(buffer, order.partial) }
                : { kind: 'stored', buffer, sha256: store(order) };
        } catch (error) {
            const message = error instanceof Error ? error.message : String(error);
            return { kind: 'failed', buffer, message };
        }
    }

    parentPort?.on('message', (order: StoreOrder) => {
        parentPort.postMessage(answer(order), [order.buffer]);
    });
}

/** The program as the source of a thread. */
export const STORE_THREAD_SOURCE = `(${program.toString()})(require, ${BLOCK});`;
