import { closeSync, openSync, readSync } from 'node:fs';
import type { EncodedItem } from './messages';

/** Raw data stands last in an item, so an end on such an address makes ONNX Runtime share it. */
const ALIGNMENT = 8;

/**
 * Reads items that are given as parts of files. One file stays open and one buffer is used again
 * and again: an item is read when the one before it is done.
 */
export class SliceReader {
    #path: string | undefined;
    #fd: number | undefined;
    #buffer = Buffer.alloc(0);

    /**
     * The bytes of an item, valid until the next call.
     *
     * @throws what the system throws, RangeError where the file ends before the slice
     */
    read(item: EncodedItem): Uint8Array {
        if (item instanceof Uint8Array) return item;
        const { path, offset, length } = item;
        const fd = this.#open(path);
        if (this.#buffer.length < length + ALIGNMENT) {
            this.#buffer = Buffer.allocUnsafeSlow(length + ALIGNMENT);
        }
        const start = (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
        const target = this.#buffer.subarray(start, start + length);
        for (let done = 0; done < length;) {
            const read = readSync(fd, target, done, length - done, offset + done);
            if (read === 0) throw new RangeError(`${path} ends before byte ${offset + length}.`);
            done += read;
        }
        return target;
    }

    #open(path: string): number {
        if (this.#fd !== undefined && this.#path === path) return this.#fd;
        if (this.#fd !== undefined) closeSync(this.#fd);
        this.#fd = undefined;
        this.#fd = openSync(path, 'r');
        this.#path = path;
        return this.#fd;
    }
}
