import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Programs } from '../programs';

const PROGRAMS = ['node-child', 'attack-child'] as const;
const programs = new Programs('load');

export function buildLoadPrograms(): void {
    programs.build(...PROGRAMS.map((name) => join(__dirname, `${name}.ts`)));
}

export function removeLoadPrograms(): void {
    programs.remove();
}

/** A program that is told what to do by lines, and answers with lines of JSON. */
export class LoadProcess {
    readonly #process: ChildProcessByStdio<Writable, Readable, null>;
    readonly #waiting: { resolve: (line: unknown) => void; reject: (error: Error) => void }[] = [];
    /** What it said last. */
    last: unknown;

    constructor(program: (typeof PROGRAMS)[number], settings: object) {
        const args = ['--expose-gc', programs.path(program), JSON.stringify(settings)];
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
