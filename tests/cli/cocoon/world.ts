import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { setStage, type Stage, type StageOptions } from '../../../cli/demo/stage';
import { bundleWorker } from '../../runtime/worker-bundle';
import { makeKeystoreCheap } from '../cheap-keys';

export const ROOT = join(__dirname, '..', '..', '..');
const PASSPHRASE = 'seven words are better than one';
/** Nodes ask this for an item, nanoGRAM. */
export const NODE_PRICE = 100_000n;

/** The command, compiled; inside the project, so that packages are found from there. */
export function buildCommand(): string {
    const folder = join(ROOT, 'node_modules', '.cache', `cocoon-test-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    for (const [entry, name] of [
        ['cli/cocoon/bin.ts', 'bin.js'],
        ['runtime/worker.ts', 'worker.js'],
    ] as const) {
        buildSync({
            entryPoints: [join(ROOT, entry)],
            outfile: join(folder, name),
            bundle: true,
            packages: 'external',
            platform: 'node',
            format: 'cjs',
            target: 'node20',
            logLevel: 'error',
        });
    }
    return folder;
}

/** How a run of the command ended. */
export interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** A run of the command. */
export interface Running {
    readonly child: ChildProcess;
    readonly ended: Promise<Ended>;
    /** Resolves once standard error holds a text; rejects when the command ends without it. */
    said(text: string): Promise<void>;
}

/** A home of its own, and the command in it. */
export class Home {
    readonly folder: string;
    readonly #bin: string;
    readonly #children = new Set<ChildProcess>();
    #flags: readonly string[] = [];

    constructor(bundle: string) {
        this.folder = mkdtempSync(join(tmpdir(), 'cocoon-home-'));
        this.#bin = join(bundle, 'bin.js');
    }

    /** Flags for every run from now on. */
    use(...flags: readonly string[]): void {
        this.#flags = flags;
    }

    start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
        const child = spawn(process.execPath, [this.#bin, ...this.#flags, ...args], {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: {
                PATH: process.env['PATH'],
                HOME: this.folder,
                COCOON_HOME: join(this.folder, 'home'),
                COCOON_PASSPHRASE: PASSPHRASE,
                ...env,
            },
        });
        this.#children.add(child);
        let stdout = '';
        let stderr = '';
        const waiting = new Set<() => void>();
        child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
            stderr += text;
            for (const look of waiting) look();
        });
        const ended = new Promise<Ended>((resolve) => {
            child.once('close', (code) => {
                this.#children.delete(child);
                resolve({ code, stdout, stderr });
            });
        });
        const said = (text: string) =>
            new Promise<void>((resolve, reject) => {
                const look = () => {
                    if (!stderr.includes(text)) return;
                    waiting.delete(look);
                    resolve();
                };
                waiting.add(look);
                look();
                void ended.then(({ code }) =>
                    reject(new Error(`It ended with ${code} and never said "${text}":\n${stderr}`)),
                );
            });
        return { child, ended, said };
    }

    /** Runs the command to its end. */
    run(...args: readonly string[]): Promise<Ended> {
        return this.start(args).ended;
    }

    /** Makes each command that opens the keys take a second less. */
    makeKeysCheap(): void {
        const path = join(this.folder, 'home', 'client', 'keystore.age');
        makeKeystoreCheap(path, PASSPHRASE);
    }

    /** The one document that a run prints under `--json`; it has to succeed. */
    async json<T>(...args: readonly string[]): Promise<T> {
        const { code, stdout, stderr } = await this.run(...args, '--json');
        if (code !== 0) throw new Error(`It ended with ${code}: ${stdout}${stderr}`);
        return JSON.parse(stdout) as T;
    }

    /** The error that a run prints under `--json`; it has to fail. */
    async failure(...args: readonly string[]): Promise<{
        readonly code: string;
        readonly message: string;
        readonly hint: string;
    }> {
        const { code, stdout, stderr } = await this.run(...args, '--json');
        if (code === 0) throw new Error(`It succeeded: ${stdout}${stderr}`);
        if (/\n\s+at /.test(stdout + stderr))
            throw new Error(`It shows a stack: ${stdout}${stderr}`);
        return (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } })
            .error;
    }

    /** A file in the home's folder. */
    file(name: string, content: Uint8Array | string): string {
        const path = join(this.folder, name);
        mkdirSync(join(path, '..'), { recursive: true });
        writeFileSync(path, content);
        return path;
    }

    path(name: string): string {
        return join(this.folder, name);
    }

    remove(): void {
        for (const child of this.#children) child.kill('SIGKILL');
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** An embedded chain with real nodes. */
export function startMarket(options: Partial<StageOptions> = {}): Promise<Stage> {
    return setStage({
        blockIntervalMs: 50,
        pollMs: 25,
        operators: [{ name: 'node', nanoPerItem: NODE_PRICE }],
        workerPath: bundleWorker(),
        ...options,
    });
}

/** Flags that lead the command to the market of a stage. */
export function flagsOf({ devnet, market }: Stage): string[] {
    return [
        '--network',
        'devnet',
        '--endpoint',
        devnet.endpoint,
        '--market',
        market.address.toString(),
        '--set',
        'networks.devnet.pollMs=50',
    ];
}

/** Resolves once the condition holds; a loop that outlives its test would keep the process. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + 90_000;
    while (!(await condition())) {
        if (Date.now() > end) throw new Error('It does not come to hold.');
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}
