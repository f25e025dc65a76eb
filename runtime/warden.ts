import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads the ids of the children, and ends them when nothing more can be read: when the node is gone.
 */
const SCRIPT = 'pids=; while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids';

/**
 * Ends children that are stopped when this process is gone: a stopped child cannot notice that by
 * itself, and would keep its memory for good.
 */
export class Warden {
    #shell: ChildProcess | undefined;
    #told = '';

    /** Names the children that live now. The shell is started with the first of them. */
    watch(pids: readonly number[]): void {
        if (process.platform === 'win32') return;
        const line = pids.join(' ');
        if (line === this.#told) return;
        this.#told = line;
        this.#shell ??= this.#start();
        this.#shell.stdin?.write(`${line}\n`);
    }

    close(): void {
        // It has nobody to end then.
        this.#shell?.stdin?.end('\n');
        this.#shell = undefined;
        this.#told = '';
    }

    #start(): ChildProcess {
        const shell = spawn('/bin/sh', ['-c', SCRIPT], {
            stdio: ['pipe', 'ignore', 'ignore'],
            env: {},
            cwd: '/',
            // An interrupt at the terminal is for the node, which then tells.
            detached: true,
        });
        shell.on('error', () => (this.#shell = undefined));
        shell.stdin.on('error', () => undefined);
        shell.unref();
        (shell.stdin as unknown as { unref?: () => void }).unref?.();
        return shell;
    }
}
