import { join } from 'node:path';
import type { ItemErrorName } from '../../protocol';
import type { ModelSignature } from '../../runtime';
import {
    createLauncher,
    type IsolationLevel,
    kernelLimits,
    tryLevels,
} from '../../runtime/isolation';
import type { ChildMessage } from '../../runtime/messages';
import { type Death, WorkerProcess } from '../../runtime/worker-process';

/** What became of a mutation that was admitted. */
export type Ending =
    | 'load-failed'
    | 'done'
    | ItemErrorName
    /** The child died by itself. */
    | 'crash while loading'
    | 'crash while running'
    /** It was killed at a limit. */
    | 'time while loading'
    | 'time while running'
    | 'memory while loading'
    | 'memory while running'
    | 'child went wrong';

/** Of the child itself, which no mutation is to blame for; on a busy machine it takes seconds. */
const START_MS = 60_000;
const LOAD_MS = 5_000;
const RUN_MS = 1_000;
const LOOK_MS = 50;
/** Nobody looks into a child that was killed: it has to be gone by then. */
const GONE_MS = 10_000;
const LIMITS = { maxMemoryBytes: 1024 ** 3, maxOutputBytes: 64 * 1024 ** 2 };
/** What a crash left behind in a child shall not be blamed on a mutation far away. */
const MODELS_A_CHILD = 1_000;

/** A child that is told limits once, and one model after the other. */
export class Player {
    #child: WorkerProcess | undefined;
    #played = 0;
    #batch = 0;
    #started = 0;
    #end: ((message: ChildMessage | Death) => void) | undefined;

    private constructor(
        private readonly workerPath: string,
        private readonly folder: string,
        private readonly level: IsolationLevel,
    ) {}

    static async open(workerPath: string, folder: string, strongest: IsolationLevel) {
        const trials = await tryLevels({ workerPath, strongest });
        return new Player(workerPath, folder, trials.at(-1)?.level ?? 'none');
    }

    get isolation(): IsolationLevel {
        return this.level;
    }

    /** Children that were started. */
    get children(): number {
        return this.#started;
    }

    /** @throws when a child neither answers nor can be ended */
    async play(model: Uint8Array, signature: ModelSignature, item: Uint8Array): Promise<Ending> {
        const child = this.#ready();
        const ended = new Promise<ChildMessage | Death>((resolve) => (this.#end = resolve));
        const stopWatching = this.#watch(child);
        const json = Buffer.from(JSON.stringify(signature));
        const batch = this.#batch++;
        child.send({
            type: 'run',
            batch,
            items: [model, json, item],
            maxOutputBytes: LIMITS.maxOutputBytes,
        });
        const end = await ended;
        stopWatching();
        return 'type' in end ? endingOf(end) : deathOf(end);
    }

    /** Resolves when the child is gone. */
    async stop(): Promise<void> {
        if (this.#child === undefined) return;
        const gone = new Promise<unknown>((resolve) => (this.#end = resolve));
        this.#child.kill('requested');
        await gone;
    }

    #ready(): WorkerProcess {
        if (this.#child !== undefined && this.#played++ < MODELS_A_CHILD) return this.#child;
        this.#child?.kill('requested');
        this.#played = 0;
        const name = `child-${this.#started++}`;
        const launcher = createLauncher(this.level, this.workerPath, join(this.folder, 'root'));
        const child = new WorkerProcess({
            workerPath: this.workerPath,
            execArgv: [],
            launch: (cwd) => launcher.launch({ cwd, readable: [], limits: kernelLimits(LIMITS) }),
            folder: this.folder,
            name,
            onMessage: (message) => {
                if (child === this.#child) this.#end?.(message);
            },
            onDeath: (death) => {
                if (child !== this.#child) return;
                this.#child = undefined;
                this.#end?.(death);
            },
        });
        this.#child = child;
        return child;
    }

    #watch(child: WorkerProcess): () => void {
        let [phase, sinceMs] = [-1, performance.now()];
        let killedMs: number | undefined;
        const timer = setInterval(() => {
            const nowMs = performance.now();
            const item = child.position?.item ?? -1;
            if (item !== phase) [phase, sinceMs] = [item, nowMs];
            const limitMs = [LOAD_MS, RUN_MS][phase] ?? START_MS;
            const over = (child.use.residentBytes ?? 0) > LIMITS.maxMemoryBytes;
            if (killedMs !== undefined && nowMs - killedMs > GONE_MS) {
                throw new Error('A child could not be ended.');
            }
            if (!over && nowMs - sinceMs < limitMs) return;
            killedMs ??= nowMs;
            child.kill(over ? 'memory' : 'time');
        }, LOOK_MS);
        return () => clearInterval(timer);
    }
}

function endingOf(message: ChildMessage): Ending {
    if (message.type !== 'results') return 'child went wrong';
    const [, last] = message.results;
    if (last === undefined) return 'load-failed';
    return last.kind === 'error' ? (last.code as ItemErrorName) : 'done';
}

function deathOf({ cause, position }: Death): Ending {
    const phase = position?.item === 1 ? 'running' : 'loading';
    switch (cause) {
        case 'itself':
            return `crash while ${phase}`;
        case 'memory':
            return `memory while ${phase}`;
        case 'time':
        case 'cpu-time':
            return `time while ${phase}`;
        case 'misbehaved':
        case 'requested':
            return 'child went wrong';
    }
}
