import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { Brake, FULL_PACE, type Pace } from './brake';
import type { RuntimeClock } from './clock';
import { systemClock } from './clock';
import { compiledWorker } from './child-settings';
import { RuntimeStoppedError } from './errors';
import { type ExecutionClass, NODE_ARGUMENTS } from './execution-class';
import type { RuntimeLimits } from './limits';
import { createLauncher, type IsolationLevel, kernelLimits, tryLevels } from './isolation';
import type { Launch } from './isolation/launch';
import { completeLimits } from './limits';
import type { LoadedModel } from './model';
import { createModel } from './model';
import type { ModelSource } from './model-files';
import { prepareModel } from './model-files';
import { Pool } from './pool';
import type { DeathCause } from './worker-process';
import { checkSettings, NODE_SETTINGS, type SessionSettings } from './session-settings';
import { Warden } from './warden';

export interface RuntimeOptions {
    /** Children for each model, unless `load` says otherwise; each uses one core. */
    readonly processes: number;
    /** Of each model, unless `load` says otherwise; `native` unless set. */
    readonly executionClass?: ExecutionClass;
    /** Where the runtime makes a temporary folder; that of the system unless set. */
    readonly folder?: string;
    readonly logger?: Logger;
    readonly clock?: RuntimeClock;
    /** The program of the children; the compiled `worker.js` beside this file unless set. */
    readonly workerPath?: string;
    /** More arguments for Node.js in the children, which get none of those of this process. */
    readonly execArgv?: readonly string[];
    /**
     * Program and arguments that start Node.js in the children, such as an emulator and what it
     * executes; the program of this process unless set. What it starts has no isolation but that
     * of a process with watched limits.
     */
    readonly launcher?: readonly string[];
    /**
     * The strongest isolation that is tried, and the strongest that this machine has is taken;
     * `strict` unless set.
     */
    readonly isolation?: IsolationLevel;
}

export interface LoadOptions {
    readonly limits?: Partial<RuntimeLimits>;
    readonly processes?: number;
    /** One model may be loaded in several classes, each with its own children. */
    readonly executionClass?: ExecutionClass;
    /** For measurements alone: what is executed for a job has the settings of every node. */
    readonly settings?: Partial<SessionSettings>;
    /** Folders with the files that items may be parts of: children read nothing else. */
    readonly readable?: readonly string[];
    /**
     * Where children have their working folders; the runtime's own unless set. Outputs move from
     * there to where a run wants them, so it should be on the same disk.
     */
    readonly folder?: string;
    /** Told of each child of the model that ended without being asked to, and why. */
    readonly onDeath?: (cause: Exclude<DeathCause, 'requested'>) => void;
    readonly signal?: AbortSignal;
}

/** Executes ONNX models in child processes. */
export interface Runtime {
    /**
     * Verifies, admits and loads a model into its own children.
     *
     * @throws ModelRefusedError, RuntimeStoppedError, RangeError for settings that do not exist, or
     * the reason of the signal
     */
    load(source: ModelSource, options?: LoadOptions): Promise<LoadedModel>;
    /** Ends all runs with `RuntimeStoppedError`, and all children. May be called again. */
    stop(): Promise<void>;
}

/** A runtime whose children can be slowed down and stopped. */
export interface PacedRuntime extends Runtime {
    /**
     * Changes how much of the machine the children take, at once and until it is called again.
     * Items that are stopped meanwhile are not charged with the time.
     */
    setPace(pace: Pace): void;
    /** Milliseconds in which children were allowed to run; it stands while they are stopped. */
    workedMs(): number;
    /** Ids of all children. */
    readonly pids: readonly number[];
    /** Resident memory of all children, bytes. */
    readonly residentBytes: number;
}

/**
 * Creates a runtime. It starts nothing until a model is loaded.
 *
 * @example
 * const runtime = createRuntime({ processes: 2 });
 * const model = await runtime.load({ manifest, locate: (file) => join(folder, file.path) });
 * for await (const outcome of model.run(items)) {
 *     if (outcome.status === 'done') results[outcome.index] = decodeOutputItem(outcome.output);
 * }
 * await runtime.stop();
 */
export function createRuntime(options: RuntimeOptions): PacedRuntime {
    return new ChildProcessRuntime(options);
}

class ChildProcessRuntime implements PacedRuntime {
    readonly #options: RuntimeOptions;
    readonly #workerPath: string;
    readonly #pools = new Set<Pool>();
    readonly #brake: Brake;
    readonly #warden = new Warden();
    #pace = FULL_PACE;
    #folder: Promise<string> | undefined;
    #models = 0;
    #levelTold = false;
    #stopped: Promise<void> | undefined;

    constructor(options: RuntimeOptions) {
        this.#options = options;
        this.#brake = new Brake(options.clock ?? systemClock);
        this.#workerPath = compiledWorker(options.workerPath);
    }

    async load(source: ModelSource, options: LoadOptions = {}): Promise<LoadedModel> {
        const { signal } = options;
        signal?.throwIfAborted();
        this.#assertRunning();
        const executionClass = options.executionClass ?? this.#options.executionClass ?? 'native';
        const settings = { ...NODE_SETTINGS, ...options.settings };
        checkSettings(settings, executionClass === 'wasm' ? 1 : undefined);
        const limits = completeLimits(options.limits ?? {}, settings.threads);
        const [{ load, signature, folder }, level] = await Promise.all([
            this.#prepare(source, limits),
            this.#level(),
        ]);
        signal?.throwIfAborted();
        const { logger, clock = systemClock } = this.#options;
        const readable = (options.readable ?? []).map((path) => resolve(path));
        const files = [load.model, ...load.externalFiles].map(({ path }) => path);
        const launcher = createLauncher(level, this.#workerPath, join(folder, 'root'));
        const launch = (cwd: string) =>
            launcher.launch({
                cwd,
                readable: [...files, ...readable],
                limits: kernelLimits(limits),
            });
        const pool = new Pool({
            processes: options.processes ?? this.#options.processes,
            name: `model-${this.#models++}`,
            folder: resolve(options.folder ?? folder),
            workerPath: this.#workerPath,
            execArgv: [...NODE_ARGUMENTS[executionClass], ...(this.#options.execArgv ?? [])],
            launch:
                this.#options.launcher === undefined ? launch : emulating(this.#options.launcher),
            readable,
            load: { ...load, executionClass, settings },
            limits,
            clock,
            brake: this.#brake,
            lowPriority: () => this.#pace.lowPriority === true,
            onDeath: ({ cause, detail }, pid) => {
                logger?.warn({ pid, cause, detail, executionClass }, 'a child of the runtime died');
                if (cause !== 'requested') options.onDeath?.(cause);
            },
        });
        if (this.#pace.processes !== undefined) pool.resize(this.#pace.processes);
        this.#pools.add(pool);
        const abort = () => void pool.stop();
        signal?.addEventListener('abort', abort, { once: true });
        try {
            await pool.load();
            signal?.throwIfAborted();
        } catch (error) {
            this.#pools.delete(pool);
            signal?.throwIfAborted();
            throw error;
        } finally {
            signal?.removeEventListener('abort', abort);
        }
        return createModel(
            pool,
            { ...signature, executionClass },
            {
                // What is measured is not charged with the time for which children are stopped.
                clock: { ...clock, nowMs: () => this.#brake.workedMs() },
                onStop: () => this.#pools.delete(pool),
            },
        );
    }

    /** The strongest that works here and is wanted. */
    async #level(): Promise<IsolationLevel> {
        if (this.#options.launcher !== undefined) return 'none';
        const strongest = this.#options.isolation ?? 'strict';
        const trials = await tryLevels({ workerPath: this.#workerPath, strongest });
        const level = trials.at(-1)?.level ?? 'none';
        if (!this.#levelTold) this.#options.logger?.info({ level }, 'isolation of models');
        this.#levelTold = true;
        return level;
    }

    setPace(pace: Pace): void {
        if (!(pace.share >= 0 && pace.share <= 1)) throw new RangeError('A share is from 0 to 1.');
        this.#pace = pace;
        for (const pool of this.#pools) {
            pool.resize(pace.processes ?? Infinity);
            pool.refresh();
        }
        // What is stopped cannot see that its parent has gone.
        if (pace.share < 1) this.#warden.watch(this.pids);
        this.#brake.setShare(pace.share);
    }

    workedMs(): number {
        return this.#brake.workedMs();
    }

    get pids(): number[] {
        return [...this.#pools].flatMap(({ pids }) => pids);
    }

    get residentBytes(): number {
        return [...this.#pools].reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    }

    stop(): Promise<void> {
        this.#stopped ??= this.#stop();
        return this.#stopped;
    }

    async #stop(): Promise<void> {
        this.#brake.close();
        await Promise.all([...this.#pools].map((pool) => pool.stop()));
        this.#warden.close();
        const folder = await this.#folder;
        if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }

    async #prepare(source: ModelSource, limits: RuntimeLimits) {
        this.#folder ??= mkdtemp(join(this.#options.folder ?? tmpdir(), 'cocoon-runtime-'));
        try {
            const folder = await this.#folder;
            const prepared = await prepareModel(source, limits, folder);
            this.#assertRunning();
            return { folder, ...prepared };
        } catch (error) {
            this.#assertRunning(); // what failed because the folder went is not the news
            throw error;
        }
    }

    #assertRunning(): void {
        if (this.#stopped !== undefined) throw new RuntimeStoppedError();
    }
}

/** Starts Node.js by another program. */
function emulating([program = process.execPath, ...before]: readonly string[]): () => Launch {
    return () => ({ program, before, forks: false, clean: () => undefined });
}
