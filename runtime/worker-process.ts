import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { CHILD_ARGUMENTS, CHILD_ENVIRONMENT } from './child-settings';
import { type MemoryGauge, openMemoryGauge } from './memory';
import type { ChildMessage, ParentMessage } from './messages';
import { parseChildMessage } from './messages';
import type { Position, ProgressFile } from './progress';
import { openProgressFile } from './progress';
import { signalTree } from './signal-tree';

/** Why a child ended. `itself`: it crashed, or somebody else killed it. */
export type DeathCause = 'itself' | 'time' | 'memory' | 'misbehaved' | 'requested';

export interface Death {
    readonly cause: DeathCause;
    /** Exit code or signal, and the last words on stderr; for logs and load errors. */
    readonly detail: string;
    /** The item that was running. */
    readonly position: Position | undefined;
}

export interface WorkerProcessOptions {
    readonly workerPath: string;
    readonly execArgv: readonly string[];
    /** Program and arguments that start Node.js, such as an emulator; this one's own unless set. */
    readonly launcher?: readonly string[];
    /** Where the child's own empty working folder is made. */
    readonly folder: string;
    /** Unique within the folder. */
    readonly name: string;
    readonly onMessage: (message: ChildMessage) => void;
    /** Called once, when the process is gone and all that it sent has been seen. */
    readonly onDeath: (death: Death) => void;
}

const STDERR_TAIL_CHARACTERS = 400;

/** One child process. It knows nothing of what the child works on. */
export class WorkerProcess {
    readonly #child: ChildProcess;
    readonly #progress: ProgressFile;
    readonly #options: WorkerProcessOptions;
    readonly #memory: MemoryGauge | undefined;
    readonly #cwd: string;
    #cause: DeathCause = 'itself';
    #detail = '';
    #stderrTail = '';
    #exited = false;
    #dead = false;
    #reportedBytes: number | undefined;

    constructor(options: WorkerProcessOptions) {
        this.#options = options;
        this.#cwd = join(options.folder, options.name);
        // Recursive, since cleaners of temporary folders may have been there in the meantime.
        mkdirSync(this.#cwd, { mode: 0o700, recursive: true });
        this.#progress = openProgressFile(`${this.#cwd}.progress`);
        const [execPath = process.execPath, ...before] = options.launcher ?? [];
        this.#child = fork(options.workerPath, [], {
            cwd: this.#cwd,
            env: childEnvironment(),
            execPath,
            execArgv: [...before, ...CHILD_ARGUMENTS, ...options.execArgv],
            serialization: 'advanced',
            stdio: ['ignore', 'ignore', 'pipe', 'ipc', this.#progress.fd],
        });
        this.#child.on('message', (value) => this.#receive(value));
        this.#child.on('error', (error) => {
            this.#detail ||= error.message;
            if (this.#child.pid === undefined) this.#exited = true;
            this.#settle();
        });
        this.#child.on('exit', (code, signal) => {
            this.#exited = true;
            this.#detail ||= signal === null ? `exit code ${code}` : signal;
            this.#settle();
        });
        this.#child.on('disconnect', () => this.#settle());
        this.#child.stderr?.setEncoding('latin1').on('data', (text: string) => {
            this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
        });
        const { pid } = this.#child;
        if (pid === undefined) return;
        this.#memory = openMemoryGauge(pid);
        preferAsVictim(pid);
    }

    get pid(): number | undefined {
        return this.#child.pid;
    }

    /** Which item the child is running, read from its progress file. */
    get position(): Position | undefined {
        return this.#progress.read();
    }

    /** Resident memory in bytes: measured where the system allows, else as last reported. */
    get residentBytes(): number | undefined {
        return this.#memory?.read() ?? this.#reportedBytes;
    }

    send(message: ParentMessage): void {
        if (!this.#child.connected) return; // its death is on the way and gives the items back
        // Without a callback a failed write is thrown as an event; it too ends in a death.
        this.#child.send(message, () => undefined);
    }

    /** Stops the child, or lets it go on. */
    signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
        const { pid } = this.#child;
        if (pid !== undefined && !this.#exited) signalTree(pid, signal);
    }

    /** Other programs go first from now on; this cannot be taken back. */
    lowerPriority(): void {
        const { pid } = this.#child;
        if (pid === undefined) return;
        try {
            setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
        } catch {
            // It has just gone, or runs at a lower one already.
        }
    }

    /** SIGKILL; the first cause is the one that counts. */
    kill(cause: Exclude<DeathCause, 'itself'>): void {
        if (this.#exited) return;
        if (this.#cause === 'itself') this.#cause = cause;
        this.#child.kill('SIGKILL');
    }

    #receive(value: unknown): void {
        if (this.#dead) return;
        const message = parseChildMessage(value);
        if (message === undefined) return this.kill('misbehaved');
        if (message.type === 'results') this.#reportedBytes = message.rssBytes;
        this.#options.onMessage(message);
    }

    #settle(): void {
        // Messages can arrive after the exit; the end of the channel comes after all of them.
        if (this.#dead || !this.#exited || this.#child.connected) return;
        this.#dead = true;
        const position = this.#progress.read();
        this.#progress.close();
        this.#memory?.close();
        this.#child.stderr?.destroy();
        rmSync(this.#cwd, { recursive: true, force: true });
        const detail = [this.#detail, this.#stderrTail.trim()].filter((s) => s !== '').join(': ');
        this.#options.onDeath({ cause: this.#cause, detail, position });
    }
}

/** Nothing is inherited but what the operating system's loader itself may need. */
function childEnvironment(): NodeJS.ProcessEnv {
    const { SystemRoot } = process.env;
    return SystemRoot === undefined ? CHILD_ENVIRONMENT : { SystemRoot };
}

/** Should memory run out before a limit is seen, the kernel shall take the child, not the node. */
function preferAsVictim(pid: number): void {
    if (process.platform !== 'linux') return;
    try {
        writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
    } catch {
        // Not every container allows it, and the memory limit holds without it.
    }
}
