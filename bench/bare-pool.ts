import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHILD_ARGUMENTS, childEnvironment } from '../runtime/child-settings';
import type { Workload } from './workloads';

export interface BarePoolOptions {
    readonly processes: number;
    readonly modelPath: string;
    readonly workload: Workload;
    /**
     * Whether with the settings that a node gives its children, where Node.js and the system have
     * their own otherwise.
     */
    readonly tuned: boolean;
    /** Items in one message: so few that no process waits long for the last one. */
    readonly chunk: number;
}

/** Processes that run a model in a bare loop. */
export class BarePool {
    readonly #children: readonly ChildProcess[];

    private constructor(
        children: readonly ChildProcess[],
        private readonly chunk: number,
    ) {
        this.#children = children;
    }

    /** Starts them and waits until they are warm. */
    static async start(given: BarePoolOptions): Promise<BarePool> {
        const { processes, modelPath, workload, tuned, chunk } = given;
        const options = tuned
            ? { env: childEnvironment(tmpdir()), execArgv: [...CHILD_ARGUMENTS] }
            : { env: {}, execArgv: [] };
        const children = Array.from({ length: processes }, () =>
            fork(join(__dirname, 'bare-loop.js'), [modelPath, workload], options),
        );
        await Promise.all(children.map((child) => once(child, 'message')));
        return new BarePool(children, chunk);
    }

    get pids(): number[] {
        return this.#children.flatMap(({ pid }) => pid ?? []);
    }

    /** Runs that many items in all. @returns milliseconds */
    async run(items: number): Promise<number> {
        let left = items;
        const startedAt = performance.now();
        await Promise.all(
            this.#children.map(async (child) => {
                while (left > 0) {
                    const chunk = Math.min(this.chunk, left);
                    left -= chunk;
                    child.send({ run: chunk });
                    await once(child, 'message');
                }
            }),
        );
        return performance.now() - startedAt;
    }

    async stop(): Promise<void> {
        for (const child of this.#children) {
            const ended = once(child, 'exit');
            child.disconnect();
            await ended;
        }
    }
}
