import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HashHex } from '../../protocol';
import type { ChildCommand, ChildLook, ChildOptions } from './node-child';
import { Programs } from './programs';

const programs = new Programs('network');

export function buildChild(): void {
    programs.build(join(__dirname, 'node-child.ts'));
}

export function removeChild(): void {
    programs.remove();
}

/** A node in a process and a network namespace of its own. */
export class ChildNode {
    readonly #process: ChildProcessByStdio<Writable, Readable, null>;
    readonly #waiting = new Map<number, (answer: { result?: unknown; error?: string }) => void>();
    #next = 0;

    constructor(
        readonly folder: string,
        namespace: string | undefined,
        options: Omit<ChildOptions, 'seed' | 'folder'>,
    ) {
        const seed = createHash('sha256').update(randomUUID()).digest('hex');
        const argument = JSON.stringify({ ...options, seed, folder } satisfies ChildOptions);
        const command = [process.execPath, programs.path('node-child'), argument];
        const whole =
            namespace === undefined ? command : ['ip', 'netns', 'exec', namespace, ...command];
        const [program = '', ...args] = whole;
        this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
        this.#process.once('exit', () => this.#end());
        createInterface(this.#process.stdout).on('line', (line) => {
            const answer = JSON.parse(line) as { id: number; result?: unknown; error?: string };
            this.#waiting.get(answer.id)?.(answer);
            this.#waiting.delete(answer.id);
        });
    }

    #end(): void {
        for (const answer of this.#waiting.values()) answer({ error: 'The node has ended.' });
        this.#waiting.clear();
    }

    async join(addresses: readonly string[]): Promise<number> {
        return (await this.#tell({ do: 'join', addresses })) as number;
    }

    async put(bytes: number): Promise<HashHex> {
        return (await this.#tell({ do: 'put', bytes })) as HashHex;
    }

    async fetch(sha256: HashHex, sources: readonly string[]): Promise<void> {
        await this.#tell({ do: 'fetch', sha256, sources });
    }

    /** Answers each HTTP request from a peer with its own body from now on. */
    async echo(): Promise<void> {
        await this.#tell({ do: 'echo' });
    }

    async look(): Promise<ChildLook> {
        return (await this.#tell({ do: 'look' })) as ChildLook;
    }

    /** Looks until what is seen is as it shall be. */
    async until(
        what: string,
        is: (look: ChildLook) => boolean,
        withinMs = 60_000,
    ): Promise<ChildLook> {
        for (const end = Date.now() + withinMs; ; await sleep(200)) {
            const look = await this.look();
            if (is(look)) return look;
            if (Date.now() > end) throw new Error(`${what} did not come: ${JSON.stringify(look)}`);
        }
    }

    /** As a power cut would. */
    kill(): void {
        this.#process.kill('SIGKILL');
    }

    #tell(command: ChildCommand): Promise<unknown> {
        const id = this.#next++;
        return new Promise((resolve, reject) => {
            this.#waiting.set(id, ({ result, error }) =>
                error === undefined ? resolve(result) : reject(new Error(error)),
            );
            this.#process.stdin.write(`${JSON.stringify({ id, command })}\n`);
        });
    }
}
