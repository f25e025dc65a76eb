import { closeSync, openSync, readSync } from 'node:fs';
import type { EncodedItem } from './messages';

/** Raw data stands last in an item, so an end on such an address makes ONNX Runtime share it. */
const ALIGNMENT = 8;
/** Items up to this size are read together with those that follow them in the file, bytes. */
const SMALL = 16 * 1024;
const WINDOW = 256 * 1024;

/**
 * Reads items that are given as parts of files. One file stays open and one buffer is used again
 * and again: an item is read when the one before it is done. Files do not change meanwhile.
 */
export class SliceReader {
    #path: string | undefined;
    #fd: number | undefined;
    #buffer = Buffer.alloc(0);
    /** What small items are taken from, and the part of the file that it holds. */
    #window = Buffer.alloc(0);
    #from = 0;
    #end = 0;

    /**
     * The bytes of an item, valid until the next call.
     *
     * @throws what the system throws, RangeError where the file ends before the slice
     */
    read(item: EncodedItem): Uint8Array {
        if (item instanceof Uint8Array) return item;
        const { path, offset, length } = item;
        const fd = this.#open(path);
        if (length <= SMALL) return this.#readSmall(fd, offset, length);
        if (this.#buffer.length < length + ALIGNMENT) {
            this.#buffer = Buffer.allocUnsafeSlow(length + ALIGNMENT);
        }
        const start = (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
        const target = this.#buffer.subarray(start, start + length);
        if (readFully(fd, target, offset) < length) throw this.#endsBefore(offset + length);
        return target;
    }

    #readSmall(fd: number, offset: number, length: number): Uint8Array {
        const end = offset + length;
        if (offset < this.#from || end > this.#end) {
            if (this.#window.length === 0) this.#window = Buffer.allocUnsafeSlow(WINDOW);
            this.#end = this.#from = offset;
            this.#end += readFully(fd, this.#window, offset);
        }
        if (end > this.#end) throw this.#endsBefore(end);
        return new Uint8Array(this.#window.buffer, offset - this.#from, length);
    }

    #endsBefore(byte: number): RangeError {
        return new RangeError(`${this.#path ?? 'The file'} ends before byte ${byte}.`);
    }

    #open(path: string): number {
        if (this.#fd !== undefined && this.#path === path) return this.#fd;
        if (this.#fd !== undefined) closeSync(this.#fd);
        this.#fd = undefined;
        this.#from = this.#end = 0;
        this.#fd = openSync(path, 'r');
        this.#path = path;
        return this.#fd;
    }
}

/** @returns how many bytes there were, less than wanted at the end of the file */
function readFully(fd: number, target: Uint8Array, offset: number): number {
    let done = 0;
    while (done < target.length) {
        const read = readSync(fd, target, done, target.length - done, offset + done);
        if (read === 0) break;
        done += read;
    }
    return done;
}
