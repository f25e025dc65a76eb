import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHILD_ARGUMENTS, childEnvironment } from '../runtime/child-settings';

/** Items in one message: small, so that no process waits long for the last one. */
const CHUNK = 4;

/** Processes that run the recogniser in a bare loop. */
export class BarePool {
    readonly #children: readonly ChildProcess[];

    private constructor(children: readonly ChildProcess[]) {
        this.#children = children;
    }

    /**
     * Starts them and waits until they are warm.
     *
     * @param tuned - with the settings that a node gives its children, where Node.js and the system
     * have their own otherwise
     */
    static async start(processes: number, modelPath: string, tuned: boolean): Promise<BarePool> {
        const options = tuned
            ? { env: childEnvironment(tmpdir()), execArgv: [...CHILD_ARGUMENTS] }
            : { env: {}, execArgv: [] };
        const children = Array.from({ length: processes }, () =>
            fork(join(__dirname, 'bare-loop.js'), [modelPath], options),
        );
        await Promise.all(children.map((child) => once(child, 'message')));
        return new BarePool(children);
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
                    const chunk = Math.min(CHUNK, left);
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
