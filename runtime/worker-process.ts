import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { CHILD_ARGUMENTS, childEnvironment } from './child-settings';
import type { Launch } from './isolation/launch';
import { openProcessGauge, type ProcessGauge, type ProcessUse } from './process-gauge';
import type { ChildMessage, ParentMessage } from './messages';
import { parseChildMessage } from './messages';
import type { Position, ProgressFile } from './progress';
import { openProgressFile } from './progress';
import { signalTree } from './signal-tree';

/** Why a child ended. `itself`: it crashed, or somebody else killed it. */
export type DeathCause = 'itself' | 'time' | 'cpu-time' | 'memory' | 'misbehaved' | 'requested';

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
    /** How Node.js is started in a working folder. */
    readonly launch: (cwd: string) => Launch;
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
    readonly #launch: Launch;
    readonly #cwd: string;
    #gauge: ProcessGauge | undefined;
    #innerPid: number | undefined;
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
        this.#launch = options.launch(this.#cwd);
        this.#progress = openProgressFile(`${this.#cwd}.progress`);
        this.#child = fork(options.workerPath, [], {
            cwd: this.#cwd,
            env: childEnvironment(this.#cwd),
            execPath: this.#launch.program,
            execArgv: [...this.#launch.before, ...CHILD_ARGUMENTS, ...options.execArgv],
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
        if (pid !== undefined) preferAsVictim(pid);
    }

    /** The process that runs the model; undefined for the first milliseconds where it is forked. */
    get pid(): number | undefined {
        const { pid } = this.#child;
        if (!this.#launch.forks || pid === undefined) return pid;
        this.#innerPid ??= onlyChildOf(pid);
        return this.#innerPid;
    }

    /** Where it works; it may write nothing else. */
    get folder(): string {
        return this.#cwd;
    }

    /** Which item the child is running, read from its progress file. */
    get position(): Position | undefined {
        return this.#progress.read();
    }

    /** What it uses: measured where the system allows, else as last reported. */
    get use(): ProcessUse {
        const { pid } = this;
        if (pid !== undefined && pid !== this.#gauge?.pid) {
            this.#gauge?.close();
            this.#gauge = openProcessGauge(pid);
        }
        const { residentBytes = this.#reportedBytes, cpuMs } = this.#gauge?.read() ?? {};
        return { residentBytes, cpuMs };
    }

    send(message: ParentMessage): void {
        if (!this.#child.connected) return; // its death is on the way and gives the items back
        // Without a callback a failed write is thrown as an event; it too ends in a death.
        this.#child.send(message, () => undefined);
    }

    /** Stops the child, or lets it go on; what waits for it is left alone, to see its end. */
    signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
        const { pid } = this;
        if (pid !== undefined && !this.#exited) signalTree(pid, signal);
    }

    /** Other programs go first from now on; this cannot be taken back. */
    lowerPriority(): void {
        // What is still to be forked has it from its parent; what has just been forked is found then.
        lowerPriorityOf(this.#child.pid);
        if (this.#launch.forks) lowerPriorityOf(this.pid);
    }

    /** SIGKILL; the first cause is the one that counts. */
    kill(cause: Exclude<DeathCause, 'itself'>): void {
        if (this.#exited) return;
        if (this.#cause === 'itself') this.#cause = cause;
        const { pid } = this;
        // The one that waits for it ends after it, and with it what the kernel has to clean up.
        if (pid !== undefined && pid !== this.#child.pid && killProcess(pid)) return;
        this.#child.kill('SIGKILL');
        // One that is just being forked ends by itself when it finds the channel closed.
        if (pid === undefined && this.#child.connected) this.#child.disconnect();
    }

    #receive(value: unknown): void {
        // Of one that went wrong once nothing more is believed.
        if (this.#dead || this.#cause === 'misbehaved') return;
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
        this.#gauge?.close();
        this.#child.stderr?.destroy();
        this.#launch.clean();
        rmSync(this.#cwd, { recursive: true, force: true });
        const detail = [this.#detail, this.#stderrTail.trim()].filter((s) => s !== '').join(': ');
        this.#options.onDeath({ cause: this.#cause, detail, position });
    }
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

function onlyChildOf(pid: number): number | undefined {
    try {
        const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
        return /^\d+/.test(children) ? parseInt(children, 10) : undefined;
    } catch {
        return undefined; // it has just gone
    }
}

/** @returns whether there was one to kill */
function killProcess(pid: number): boolean {
    try {
        return process.kill(pid, 'SIGKILL');
    } catch {
        return false;
    }
}

function lowerPriorityOf(pid: number | undefined): void {
    if (pid === undefined) return;
    try {
        setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
        // It has just gone, or runs at a lower one already.
    }
}
