import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** A part of a file, bytes. */
export interface FilePart {
    readonly path: string;
    readonly offset: number;
    readonly length: number;
}

const COPY_BYTES = 4 * 1024 ** 2;

/** @throws the error of the system, RangeError where the file ends before the part */
export async function readPart({ path, offset, length }: FilePart): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const file = await open(path, 'r');
    try {
        for (let done = 0; done < length;) {
            const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
            if (bytesRead === 0) throw endsBefore(path, offset + length);
            done += bytesRead;
        }
    } finally {
        await file.close();
    }
    return bytes;
}

/**
 * Copies a part of a file to a file of its own; nothing is left there when it fails.
 *
 * @throws the error of the system, RangeError where the file ends before the part
 */
export function copyPart({ path, offset, length }: FilePart, to: string): void {
    const buffer = new Uint8Array(Math.min(COPY_BYTES, length));
    const from = openSync(path, 'r');
    try {
        const target = openSync(to, 'w', 0o600);
        try {
            for (let done = 0; done < length;) {
                const wanted = Math.min(buffer.length, length - done);
                const read = readSync(from, buffer, 0, wanted, offset + done);
                if (read === 0) throw endsBefore(path, offset + length);
                for (let at = 0; at < read;) at += writeSync(target, buffer, at, read - at);
                done += read;
            }
        } finally {
            closeSync(target);
        }
    } catch (error) {
        rmSync(to, { force: true });
        throw error;
    } finally {
        closeSync(from);
    }
}

function endsBefore(path: string, byte: number): RangeError {
    return new RangeError(`${path} ends before byte ${byte}.`);
}
