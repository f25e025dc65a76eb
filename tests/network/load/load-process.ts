import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..', '..');
const CACHE = join(ROOT, 'node_modules', '.cache', `cocoon-load-test-${process.pid}`);
const PROGRAMS = ['node-child', 'attack-child'] as const;

/** Bundles the programs; their packages stay outside, as they do for users. */
export function buildLoadPrograms(): void {
    mkdirSync(CACHE, { recursive: true });
    buildSync({
        entryPoints: PROGRAMS.map((name) => join(__dirname, `${name}.ts`)),
        outdir: CACHE,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        target: 'node20',
        packages: 'external',
        logLevel: 'error',
    });
}

export function removeLoadPrograms(): void {
    rmSync(CACHE, { recursive: true, force: true });
}

/** A program that is told what to do by lines, and answers with lines of JSON. */
export class LoadProcess {
    readonly #process: ChildProcessByStdio<Writable, Readable, null>;
    readonly #waiting: { resolve: (line: unknown) => void; reject: (error: Error) => void }[] = [];
    /** What it said last. */
    last: unknown;

    constructor(program: (typeof PROGRAMS)[number], settings: object) {
        const path = join(CACHE, `${program}.js`);
        const args = ['--expose-gc', path, JSON.stringify(settings)];
        // Attackers compute elsewhere: they shall not take the processors of the node.
        const nice = program === 'attack-child' ? ['nice', '-n', '19'] : [];
        const [command = '', ...all] = [...nice, process.execPath, ...args];
        this.#process = spawn(command, all, { stdio: ['pipe', 'pipe', 'inherit'] });
        this.#process.once('exit', () => {
            for (const one of this.#waiting.splice(0)) one.reject(new Error('It has ended.'));
        });
        createInterface(this.#process.stdout).on('line', (line) => {
            this.last = JSON.parse(line);
            this.#waiting.shift()?.resolve(this.last);
        });
    }

    /** The next line. */
    next(): Promise<unknown> {
        return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }

    ask(what: string): Promise<unknown> {
        const answer = this.next();
        this.#process.stdin.write(`${what}\n`);
        return answer;
    }

    async stop(): Promise<void> {
        const child = this.#process;
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.stdin.end();
        const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await ended;
        clearTimeout(timer);
    }
}
