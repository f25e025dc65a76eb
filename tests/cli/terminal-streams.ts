import { PassThrough } from 'node:stream';
import type { Surroundings } from '../../cli/terminal';

/** Streams of a command, and what was written to them. */
export interface Streams {
    readonly surroundings: Surroundings;
    out(): string;
    err(): string;
}

export function streams(
    env: Readonly<Record<string, string | undefined>> = {},
    isTTY = false,
): Streams {
    const texts = { out: '', err: '' };
    const writable = (name: 'out' | 'err') => {
        const stream = new PassThrough();
        stream.on('data', (part: Buffer) => (texts[name] += part.toString('utf8')));
        // Like the streams of a process, it outlives those that are piped into it.
        const lasting = { isTTY, columns: 80, end: () => stream };
        return Object.assign(stream, lasting) as unknown as NodeJS.WriteStream;
    };
    const stdin = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.ReadStream;
    return {
        surroundings: { stdin, stdout: writable('out'), stderr: writable('err'), env },
        out: () => texts.out,
        err: () => texts.err,
    };
}
