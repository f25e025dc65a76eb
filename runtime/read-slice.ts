import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { FileSlice } from './messages';

// Undefined on Windows.
const { O_RDONLY, O_NOFOLLOW } = constants as { O_RDONLY: number; O_NOFOLLOW?: number };

/**
 * The bytes of a part of a file. A link is not followed: it may have come there meanwhile.
 *
 * @throws the error of the system, RangeError where the file ends before the part
 */
export function readSlice({ path, offset, length }: FileSlice): Uint8Array {
    const bytes = new Uint8Array(length);
    const fd = openSync(path, O_RDONLY | (O_NOFOLLOW ?? 0));
    try {
        for (let done = 0; done < length;) {
            const read = readSync(fd, bytes, done, length - done, offset + done);
            if (read === 0) throw new RangeError(`${path} ends before byte ${offset + length}.`);
            done += read;
        }
    } finally {
        closeSync(fd);
    }
    return bytes;
}
