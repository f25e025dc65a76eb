import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { createInterface } from 'node:readline';

/**
 * What sources ask the system. A recorded one answers from files, so that each source is tested on
 * what real systems say.
 */
export interface System {
    readonly platform: NodeJS.Platform;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Milliseconds since 1970. */
    now(): number;
    /** Undefined where there is no such file, or it cannot be read. */
    readText(path: string): Promise<string | undefined>;
    /** Names in a folder; empty where there is none. */
    list(path: string): Promise<readonly string[]>;
    /** When a file was read last, milliseconds since 1970; undefined where there is none. */
    accessedAt(path: string): Promise<number | undefined>;
    /** Bytes that are free for this user on the disk of a folder. */
    freeBytes(path: string): Promise<number>;
    /** Bytes of memory, all and free, as the runtime tells. */
    memory(): { readonly totalBytes: number; readonly freeBytes: number };
    /**
     * What a program prints.
     *
     * @throws SourceError where it is not there, fails, or takes too long
     */
    run(program: string, args: readonly string[]): Promise<string>;
    /** Starts a program that goes on printing lines. */
    follow(program: string, args: readonly string[]): Followed;
}

/** A program that goes on printing. */
export interface Followed {
    /** The last line, and how long ago it came, milliseconds. */
    last(): { readonly line: string; readonly ageMs: number } | undefined;
    close(): void;
}

/** A source cannot tell, and why. */
export class SourceError extends Error {
    override readonly name = 'SourceError';
}

const TIMEOUT_MS = 1_500;
const MAX_OUTPUT_BYTES = 4 * 1024 ** 2;

/** The system that this process runs on. */
export function hostSystem(): System {
    return {
        platform: process.platform,
        env: process.env,
        now: Date.now,
        readText: (path) => readFile(path, 'latin1').catch(() => undefined),
        list: (path) => readdir(path).catch(() => []),
        accessedAt: (path) =>
            stat(path).then(
                ({ atimeMs }) => atimeMs,
                () => undefined,
            ),
        async freeBytes(path) {
            const { bavail, bsize } = await statfs(path);
            return bavail * bsize;
        },
        memory: () => ({ totalBytes: totalmem(), freeBytes: freemem() }),
        run: (program, args) =>
            new Promise((resolve, reject) => {
                const options = {
                    timeout: TIMEOUT_MS,
                    killSignal: 'SIGKILL',
                    maxBuffer: MAX_OUTPUT_BYTES,
                    windowsHide: true,
                    // Words of other languages mean nothing here.
                    env: { ...process.env, LC_ALL: 'C' },
                } as const;
                execFile(program, args, options, (error, stdout, stderr) => {
                    if (error === null) resolve(stdout);
                    else reject(new SourceError(failure(program, error, stderr)));
                });
            }),
        follow: (program, args) => new HostFollowed(program, args),
    };
}

function failure(
    program: string,
    error: Error & { code?: unknown; killed?: boolean },
    stderr: string,
): string {
    if (error.code === 'ENOENT') return `${program} is not installed`;
    if (error.killed === true) return `${program} did not answer in ${TIMEOUT_MS} ms`;
    const [first = ''] = stderr.trim().split('\n');
    return first === '' ? `${program} failed` : `${program}: ${first.slice(0, 200)}`;
}

class HostFollowed implements Followed {
    readonly #child: ChildProcess;
    #last: { readonly line: string; readonly atMs: number } | undefined;

    constructor(program: string, args: readonly string[]) {
        this.#child = spawn(program, args, {
            stdio: ['ignore', 'pipe', 'ignore'],
            windowsHide: true,
        });
        this.#child.on('error', () => undefined);
        this.#child.unref();
        if (this.#child.stdout === null) return;
        createInterface(this.#child.stdout).on('line', (line) => {
            this.#last = { line, atMs: performance.now() };
        });
    }

    last() {
        if (this.#last === undefined) return undefined;
        const { line, atMs } = this.#last;
        return { line, ageMs: performance.now() - atMs };
    }

    close(): void {
        this.#child.kill('SIGKILL');
    }
}
