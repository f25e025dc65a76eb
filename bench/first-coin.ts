import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { table } from '../cli/terminal/table';

const execute = promisify(execFile);

export interface FirstCoinOptions {
    /** The packed package; made from the project's folder unless set. */
    readonly tarball?: string;
    /** Picture to be read for money. */
    readonly picture: string;
    /** Root of the project, for packing. */
    readonly project: string;
    /** Called with the folder that the package is installed in, before all of it is removed. */
    readonly afterwards?: (folder: string) => Promise<void>;
}

/** What a newcomer waits for, from an empty folder to the first coin. */
export interface FirstCoin {
    readonly steps: readonly { readonly step: string; readonly ms: number }[];
    /** From the beginning of `npm install` to the coin in the stake, milliseconds. */
    readonly totalMs: number;
    /** What the node earned with its first job, nanoGRAM. */
    readonly earned: bigint;
    /** What the client read. */
    readonly text: string;
}

/**
 * Installs the package into an empty folder and does there what its guides say, with its own
 * commands alone: an embedded chain, a node with a wallet and a stake, a client with a picture.
 * Everything is removed at the end.
 */
export async function firstCoin(options: FirstCoinOptions): Promise<FirstCoin> {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-first-coin-'));
    const world = new Newcomer(folder);
    try {
        const tarball = options.tarball ?? (await pack(options.project, folder));
        const coin = await earn(world, tarball, options.picture);
        await world.leave();
        await options.afterwards?.(world.folder);
        return coin;
    } finally {
        await world.leave();
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Packs what was built. */
async function pack(project: string, folder: string): Promise<string> {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const { stdout } = await execute('npm', args, { cwd: project });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    return join(folder, filename);
}

async function earn(world: Newcomer, tarball: string, picture: string): Promise<FirstCoin> {
    const steps: { step: string; ms: number }[] = [];
    const timed = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
        const startedAt = performance.now();
        const result = await work();
        steps.push({ step, ms: performance.now() - startedAt });
        return result;
    };
    const startedAt = performance.now();
    await timed('npm install', () => world.install(tarball));
    const chain = await timed('cocoon-devnet', async () => {
        const [line] = await world.start('cocoon-devnet', ['--port', '0', '--json'], () => true);
        return JSON.parse(line) as { endpoint: string };
    });
    const network = ['--network', 'devnet', '--endpoint', chain.endpoint];
    await timed('cocoon-provider init', () =>
        world.run('cocoon-provider', [
            'init',
            ...network,
            ...['--create-wallet', '--faucet', '--yes', '--json'],
            ...['--port', '18040', '--public-url', 'http://127.0.0.1:18040'],
            ...['--set', 'provider.http.adminPort=0'],
        ]),
    );
    const [, earnings] = await timed('cocoon-provider start', () =>
        world.start('cocoon-provider', ['start', '--json', '--quiet'], has('ready'), has('closed')),
    );
    await timed('cocoon init', () =>
        world.run('cocoon', ['init', ...network, '--faucet', '--yes', '--json']),
    );
    const receipt = await timed('cocoon submit ocr', () =>
        world.run('cocoon', ['submit', 'ocr', picture, '--yes', '--json']),
    );
    const closed = await timed('the coin in the stake', () => earnings);
    const { text } = JSON.parse(receipt) as { text: string };
    const { earned } = JSON.parse(closed) as { earned: string };
    return { steps, totalMs: performance.now() - startedAt, earned: BigInt(earned), text };
}

function has(kind: string): (line: string) => boolean {
    return (line) => line.includes(`"kind":"${kind}"`);
}

/** An empty folder, and the processes that were started from it. */
class Newcomer {
    readonly folder: string;
    readonly #running = new Set<ChildProcess>();
    readonly #env: NodeJS.ProcessEnv;

    constructor(folder: string) {
        this.folder = join(folder, 'empty');
        mkdirSync(this.folder);
        this.#env = {
            ...process.env,
            ONNXRUNTIME_NODE_INSTALL: 'skip',
            COCOON_HOME: join(folder, 'home'),
            COCOON_PASSPHRASE: 'four random words here',
        };
    }

    async install(tarball: string): Promise<void> {
        writeFileSync(join(this.folder, 'package.json'), '{ "private": true }\n');
        const args = ['install', '--no-audit', '--no-fund', tarball];
        await execute('npm', args, { cwd: this.folder, env: this.#env, maxBuffer: 2 ** 26 });
    }

    /** Runs a command to its end. @returns its standard output */
    async run(name: string, args: readonly string[]): Promise<string> {
        const options = { cwd: this.folder, env: this.#env, maxBuffer: 2 ** 26 };
        const { stdout } = await execute(this.#bin(name), [...args], options);
        return stdout;
    }

    /**
     * Starts a command that stays.
     *
     * @returns the first line that fulfils `first`, and a promise of the next that fulfils `second`
     */
    async start(
        name: string,
        args: readonly string[],
        first: (line: string) => boolean,
        second?: (line: string) => boolean,
    ): Promise<[string, Promise<string>]> {
        const child = spawn(this.#bin(name), args, {
            cwd: this.folder,
            env: this.#env,
            stdio: ['ignore', 'pipe', 'inherit'],
        });
        this.#running.add(child);
        const lines = createInterface({ input: child.stdout });
        const line = (wanted: (line: string) => boolean) =>
            new Promise<string>((resolve, reject) => {
                lines.on('line', (text) => wanted(text) && resolve(text));
                lines.once('close', () => reject(new Error(`${name} has ended.`)));
            });
        const later = second === undefined ? Promise.resolve('') : line(second);
        later.catch(() => undefined);
        return [await line(first), later];
    }

    /** Ends what was started, the last first. */
    async leave(): Promise<void> {
        for (const child of [...this.#running].reverse()) {
            if (child.exitCode !== null || child.signalCode !== null) continue;
            const ended = once(child, 'exit');
            child.kill('SIGINT');
            await ended;
        }
    }

    #bin(name: string): string {
        return join(this.folder, 'node_modules', '.bin', name);
    }
}

export function renderFirstCoin({ steps, totalMs, earned }: FirstCoin): string {
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    return [
        table(
            [{ title: 'step' }, { title: 'seconds', right: true }],
            [...steps.map(({ step, ms }) => [step, seconds(ms)]), '-', ['all', seconds(totalMs)]],
        ),
        '',
        `  The node earned ${earned} nanoGRAM with its first job.`,
    ].join('\n');
}
