import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { table } from '../cli/terminal/table';
import type { HashHex } from '../protocol';
import type { ChildTask, FetchFigures } from './blob-child';
import { median } from './median';

/** One blob over both transports, in turns, each download in a process of its own. */
export interface BlobFigures {
    readonly bytes: number;
    readonly rounds: number;
    readonly http: Figures;
    readonly libp2p: Figures;
    /** Speed over libp2p as a part of that over HTTP: the median of the rounds. */
    readonly ratio: number;
    /** A download that is killed half-way and begun again. */
    readonly resumed: {
        readonly chunks: number;
        readonly beforeTheCut: number;
        readonly afterTheCut: number;
        /** Chunks that the serving side put on the line in all. */
        readonly sent: number;
    };
}

interface Figures {
    /** Megabytes (10^6) each second, median. */
    readonly megabytesPerSecond: number;
    /** What memory grew by at most, bytes, of the round where it grew most. */
    readonly memoryGrowth: number;
    readonly cpuMs: number;
}

/** The least that libp2p shall make of the speed of HTTP. */
export const BLOB_RATIO_GOAL = 0.9;
const CHUNK_BYTES = 256 * 1024;

export async function measureBlobs(bytes: number, rounds: number): Promise<BlobFigures> {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-blobs-'));
    const server = new Child({ role: 'serve', folder: join(folder, 'served') });
    try {
        const sha256 = await writeBlob(join(folder, 'served'), bytes);
        // It looks into its folder when it starts.
        server.start();
        const { http, peer } = (await server.line()) as { http: string; peer: string };
        const runs: Record<'http' | 'libp2p', FetchFigures[]> = { http: [], libp2p: [] };
        const fetchOnce = async (over: 'http' | 'libp2p', name: string, dieAfter?: number) => {
            const task: ChildTask = {
                role: 'fetch',
                over,
                folder: join(folder, name),
                sha256,
                bytes,
                sources: over === 'http' ? [`${http}/${sha256}`] : [peer],
                ...(dieAfter === undefined ? {} : { dieAfter }),
            };
            const child = new Child(task);
            child.start();
            const figures = (await child.line()) as FetchFigures | undefined;
            await child.end();
            return figures;
        };
        await fetchOnce('libp2p', 'warm'); // the server reads the blob once for its tree
        rmSync(join(folder, 'warm'), { recursive: true });
        for (let round = 0; round < rounds; round++) {
            const order =
                round % 2 === 0 ? (['http', 'libp2p'] as const) : (['libp2p', 'http'] as const);
            for (const over of order) {
                const figures = await fetchOnce(over, 'fetched');
                if (figures !== undefined) runs[over].push(figures);
                rmSync(join(folder, 'fetched'), { recursive: true });
            }
        }
        const before = await server.sent();
        const chunks = Math.ceil(bytes / CHUNK_BYTES);
        const beforeTheCut = Math.floor(chunks / 2);
        await fetchOnce('libp2p', 'cut', beforeTheCut);
        const after = await fetchOnce('libp2p', 'cut');
        return {
            bytes,
            rounds,
            http: figuresOf(runs.http, bytes),
            libp2p: figuresOf(runs.libp2p, bytes),
            ratio: median(
                runs.http.map(({ elapsedMs }, at) => elapsedMs / (runs.libp2p[at]?.elapsedMs ?? 0)),
            ),
            resumed: {
                chunks,
                beforeTheCut,
                afterTheCut: after?.chunks ?? 0,
                sent: (await server.sent()) - before,
            },
        };
    } finally {
        await server.end();
        rmSync(folder, { recursive: true, force: true });
    }
}

export function renderBlobs({ bytes, rounds, http, libp2p, ratio, resumed }: BlobFigures): string {
    const row = (name: string, { megabytesPerSecond, memoryGrowth, cpuMs }: Figures) => [
        name,
        `${megabytesPerSecond.toFixed(0)} MB/s`,
        `${(cpuMs / 1000).toFixed(2)} s`,
        `${(memoryGrowth / 1024 ** 2).toFixed(0)} MiB`,
    ];
    const rows = table(
        [
            { title: `${(bytes / 1024 ** 2).toFixed(0)} MiB, median of ${rounds}` },
            { title: 'speed', right: true },
            { title: 'processor', right: true },
            { title: 'memory grew by', right: true },
        ],
        [row('HTTP, hashed, to disk', http), row('libp2p, encrypted, checked, to disk', libp2p)],
    );
    return [
        rows,
        `  libp2p makes ${(100 * ratio).toFixed(0)} % of HTTP (goal: ${100 * BLOB_RATIO_GOAL} %).`,
        `  Killed after ${resumed.beforeTheCut} of ${resumed.chunks} chunks: ${resumed.afterTheCut} came after, ` +
            `${resumed.sent} were sent in all.`,
    ].join('\n');
}

function figuresOf(runs: readonly FetchFigures[], bytes: number): Figures {
    return {
        megabytesPerSecond: median(runs.map(({ elapsedMs }) => bytes / 1000 / elapsedMs)),
        memoryGrowth: Math.max(...runs.map(({ memory }) => memory.peak - memory.before)),
        cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    };
}

/** Random bytes, written in pieces. */
async function writeBlob(folder: string, bytes: number): Promise<HashHex> {
    mkdirSync(folder, { recursive: true });
    const hash = createHash('sha256');
    const path = join(folder, 'new');
    const file = await open(path, 'wx');
    for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
        const part = randomBytes(Math.min(CHUNK_BYTES, left));
        hash.update(part);
        await file.write(part);
    }
    await file.close();
    const sha256 = hash.digest('hex') as HashHex;
    renameSync(path, join(folder, sha256));
    return sha256;
}

class Child {
    readonly #task: ChildTask;
    #process: ChildProcess | undefined;

    constructor(task: ChildTask) {
        this.#task = task;
    }

    start(): void {
        const script = join(__dirname, 'blob-child.js');
        this.#process = spawn(process.execPath, [script, JSON.stringify(this.#task)], {
            stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        });
    }

    /** The first line that it prints, as JSON; undefined where it ends without. */
    async line(): Promise<unknown> {
        const { stdout } = this.#process ?? {};
        if (!stdout) return undefined;
        for await (const line of createInterface(stdout)) return JSON.parse(line);
        return undefined;
    }

    /** Chunks that a serving child has sent. */
    async sent(): Promise<number> {
        if (this.#process === undefined) return 0;
        const answer = once(this.#process, 'message');
        this.#process.send('sent?');
        const [{ sent }] = (await answer) as [{ sent: number }];
        return sent;
    }

    async end(): Promise<void> {
        const running = this.#process;
        if (running === undefined || running.exitCode !== null || running.signalCode !== null)
            return;
        const exit = once(running, 'exit');
        running.kill();
        await exit;
    }
}
