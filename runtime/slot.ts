import { join, resolve, sep } from 'node:path';
import type { CocoonError } from '../protocol';
import { BatchSizer } from './batch-sizer';
import type { Brake, Braked } from './brake';
import type { RuntimeClock } from './clock';
import { ModelRefusedError, RuntimeDiskError, RuntimeStoppedError } from './errors';
import { HeldTime } from './held-time';
import { InFlight } from './in-flight';
import type { Launch } from './isolation/launch';
import type { RuntimeLimits } from './limits';
import type { ChildMessage, EncodedItem, LoadRequest } from './messages';
import type { OutputPlace } from './outcome';
import type { Position } from './progress';
import type { Run } from './run';
import { Watchdog, watchIntervalMs } from './watchdog';
import type { Death } from './worker-process';
import { WorkerProcess } from './worker-process';

export interface SlotOptions {
    readonly name: string;
    readonly folder: string;
    readonly workerPath: string;
    readonly execArgv: readonly string[];
    readonly launch: (cwd: string) => Launch;
    /** Folders that parts of files which are items have to lie in. */
    readonly readable: readonly string[];
    readonly load: LoadRequest;
    readonly limits: RuntimeLimits;
    readonly clock: RuntimeClock;
    /** Stops and continues the child with all others. */
    readonly brake: Brake;
    /** Whether children that are started now let other programs go first. */
    readonly lowPriority: () => boolean;
    /** The slot can take work. */
    readonly onFree: () => void;
    /** A child ended that was not asked to; for the log. */
    readonly onDeath: (death: Death, pid: number | undefined) => void;
    /** The model no longer loads. */
    readonly onBroken: (error: ModelRefusedError) => void;
}

/** A child whose run was aborted gets this long to finish its item before it is replaced. */
const CANCEL_GRACE_MS = 500;
/** A child that was stopped while it loaded is looked at so much later, at least. */
const LOAD_LOOK_MS = 50;
/** In a row, of a model that loaded before. */
const MAX_LOAD_FAILURES = 3;
/** Of fast items: one that runs, and one that waits or whose last output is being written. */
const MAX_BATCHES = 2;

/**
 * A place for one child with the model loaded. It replaces the child when that dies, and sorts
 * out what became of the items that were with it.
 */
export class Slot implements Braked {
    readonly #options: SlotOptions;
    readonly #sizer = new BatchSizer();
    #process: WorkerProcess | undefined;
    #ready = false;
    #stopping: (() => void)[] | undefined;
    /** What is with the child goes to others when it ends. */
    #retiring = false;
    /** The child lets other programs go first. */
    #low = false;
    readonly #time: HeldTime;
    readonly #inFlight: InFlight;
    #nextBatch = 0;
    /** The last path of an item that the child can read: items come from few files. */
    #inside: string | undefined;
    #processes = 0;
    #loadFailures = 0;
    #stopWatching: (() => void) | undefined;
    #watchdog: Watchdog | undefined;
    /** What the watchdog blamed when it killed the child. */
    #blamed: Position | undefined;
    #stopGrace: (() => void) | undefined;
    #stopLoadTimer: (() => void) | undefined;
    #firstLoad: { resolve: () => void; reject: (error: CocoonError) => void } | undefined;

    constructor(options: SlotOptions) {
        this.#options = options;
        this.#time = new HeldTime(options.clock);
        options.brake.add(this);
        this.#inFlight = new InFlight(options.limits.attempts, options.limits.maxOutputBytes);
    }

    /**
     * Starts the first child.
     *
     * @throws ModelRefusedError when the model does not load
     */
    start(): Promise<void> {
        return new Promise((resolve, reject) => {
            this.#firstLoad = { resolve, reject };
            this.#startProcess();
        });
    }

    get pid(): number | undefined {
        return this.#process?.pid;
    }

    /** Resident memory of the child, bytes; 0 where it is not known. */
    get residentBytes(): number {
        return this.#process?.use.residentBytes ?? 0;
    }

    /** Stops the child where it is; what it may still take is not counted meanwhile. */
    hold(): void {
        this.#time.begin();
        this.#process?.signal('SIGSTOP');
    }

    release(): void {
        this.#time.end();
        this.#process?.signal('SIGCONT');
    }

    /** Starts the child anew where it has another priority than children have now. */
    refresh(): void {
        if (this.#low === this.#options.lowPriority() || !this.#ready) return;
        this.#process?.kill('requested');
    }

    /** Messages that are with the child. */
    get pending(): number {
        return this.#inFlight.count;
    }

    get free(): boolean {
        if (!this.#ready || this.#stopping !== undefined) return false;
        const waiting = this.#inFlight.count;
        return waiting === 0 || (waiting < MAX_BATCHES && this.#sizer.prefetch);
    }

    /**
     * Sends items of a run to the child. Only when `free` and the run has work.
     *
     * @param share items at most, so that something is left for the other children
     */
    assign(run: Run, outputs: OutputPlace, share: number): void {
        const entries = run.take(Math.min(this.#sizer.maxItems, share), this.#sizer.maxBytes);
        const id = this.#nextBatch++;
        const outside = entries.map(({ encoded }) => this.#outside(encoded)).find(isPath);
        if (outside !== undefined) {
            const why = `${outside} is in none of the folders that the model was loaded with.`;
            run.fail(new RuntimeDiskError(why));
            return;
        }
        const store = outputs === 'inline' ? undefined : this.#files(outputs, id);
        if (this.#inFlight.count === 0) this.#watch();
        this.#inFlight.add({ id, run, entries, store });
        this.#process?.send({
            type: 'run',
            batch: id,
            items: entries.map(({ encoded }) => encoded),
            maxOutputBytes: this.#options.limits.maxOutputBytes,
            ...(store && { store: { prefix: store.prefix, inlineMaxBytes: store.inlineMaxBytes } }),
        });
    }

    /** Batches are numbered on when a child replaces another, so these names are used once. */
    #files({ dir, inlineMaxBytes = 0 }: Exclude<OutputPlace, 'inline'>, batch: number) {
        return {
            prefix: join(this.#process?.folder ?? '', `output-${batch}`),
            destination: join(dir, `${this.pid ?? 0}-${batch}`),
            inlineMaxBytes,
        };
    }

    /** @returns the path of an item that a child cannot read */
    #outside(item: EncodedItem): string | undefined {
        if (item instanceof Uint8Array || item.path === this.#inside) return undefined;
        const path = resolve(item.path);
        const inside = this.#options.readable.some((folder) => path.startsWith(folder + sep));
        if (inside) this.#inside = item.path;
        return inside ? undefined : path;
    }

    /** Ends work on a run soon: between two items, or with the child. */
    cancel(run: Run): void {
        for (const batch of this.#inFlight.cancel(run)) {
            this.#process?.send({ type: 'cancel', batch });
        }
        if (!this.#inFlight.headCancelled || this.#stopGrace !== undefined) return;
        this.#stopGrace = this.#options.clock.after(CANCEL_GRACE_MS, () => {
            this.#stopGrace = undefined;
            if (this.#inFlight.headCancelled) this.#process?.kill('requested');
        });
    }

    /** Ends the child, whose items others take; resolves when it is gone. */
    retire(): Promise<void> {
        this.#retiring = true;
        return this.stop();
    }

    /** Kills the child; resolves when it is gone. */
    stop(): Promise<void> {
        this.#stopping ??= [];
        this.#options.brake.remove(this);
        this.#clearTimers();
        if (this.#process === undefined) return Promise.resolve();
        this.#process.kill('requested');
        return new Promise((resolve) => this.#stopping?.push(resolve));
    }

    #startProcess(): void {
        const { folder, name, workerPath, execArgv, launch, limits, load } = this.#options;
        try {
            this.#process = new WorkerProcess({
                workerPath,
                execArgv,
                launch,
                folder,
                name: `${name}-${this.#processes++}`,
                onMessage: (message) => this.#receive(message),
                onDeath: (death) => this.#mourn(death),
            });
        } catch (error) {
            const message = 'No process could be started for the model.';
            this.#giveUp(new ModelRefusedError('load-crashed', message, error));
            return;
        }
        this.#low = this.#options.lowPriority();
        if (this.#low) this.#process.lowerPriority();
        if (this.#time.held) this.#process.signal('SIGSTOP');
        this.#timeLoad(this.#time.workingMs() + limits.loadTimeoutMs);
        this.#watch();
        this.#process.send(load);
    }

    /** @param endMs - working time at which a child that still loads is killed */
    #timeLoad(endMs: number): void {
        const leftMs = Math.max(endMs - this.#time.workingMs(), LOAD_LOOK_MS);
        this.#stopLoadTimer = this.#options.clock.after(leftMs, () => {
            if (this.#time.workingMs() >= endMs) this.#process?.kill('time');
            else this.#timeLoad(endMs); // it was stopped meanwhile
        });
    }

    #receive(message: ChildMessage): void {
        if (this.#ready !== (message.type === 'results')) {
            this.#process?.kill('misbehaved'); // loads twice, or has results before it loaded
            return;
        }
        switch (message.type) {
            case 'loaded':
                this.#stopLoadTimer?.();
                this.#ready = true;
                this.#loadFailures = 0;
                this.#unwatch();
                this.#firstLoad?.resolve();
                this.#firstLoad = undefined;
                this.#options.onFree();
                this.refresh();
                break;
            case 'refused':
                this.#giveUp(new ModelRefusedError(message.reason, message.message));
                break;
            case 'results':
                this.#receiveResults(message);
                break;
        }
    }

    #receiveResults(told: ChildMessage & { type: 'results' }): void {
        const message = { ...told, results: this.#time.relieve(told.results) };
        if (!this.#inFlight.accept(message)) {
            this.#process?.kill('misbehaved');
            return;
        }
        const { results, done } = message;
        this.#watchdog?.stirred(this.#time.workingMs());
        if (results.length > 0) {
            const totalUs = results.reduce((sum, { elapsedUs }) => sum + elapsedUs, 0);
            this.#sizer.observe(totalUs / 1000 / results.length);
        }
        if (!done) return;
        if (this.#inFlight.count === 0) this.#unwatch();
        this.#options.onFree();
    }

    #mourn(death: Death): void {
        const pid = this.#process?.pid;
        const loading = !this.#ready;
        this.#process = undefined;
        this.#ready = false;
        this.#clearTimers();
        if (this.#stopping !== undefined) {
            if (this.#retiring) this.#inFlight.settleDeath('requested', undefined, 0);
            else this.#inFlight.clear();
            this.#firstLoad?.reject(new RuntimeStoppedError());
            for (const resolve of this.#stopping) resolve();
            return;
        }
        if (death.cause !== 'requested') this.#options.onDeath(death, pid);
        const elapsedMs = death.cause === 'time' ? this.#options.limits.itemTimeoutMs : 0;
        this.#inFlight.settleDeath(death.cause, this.#blamed ?? death.position, elapsedMs);
        this.#blamed = undefined;
        if (loading && !this.#mayLoadAgain(death)) return;
        this.#startProcess();
    }

    #mayLoadAgain(death: Death): boolean {
        this.#loadFailures++;
        if (this.#firstLoad === undefined && this.#loadFailures < MAX_LOAD_FAILURES) return true;
        this.#giveUp(loadError(death));
        return false;
    }

    #giveUp(error: ModelRefusedError): void {
        this.#firstLoad?.reject(error);
        this.#firstLoad = undefined;
        this.#options.onBroken(error);
    }

    #watch(): void {
        this.#unwatch();
        const { limits, clock } = this.#options;
        const intervalMs = watchIntervalMs(limits.itemTimeoutMs);
        this.#watchdog = new Watchdog(limits, intervalMs, this.#time.workingMs());
        this.#stopWatching = clock.every(intervalMs, () => this.#look());
    }

    #look(): void {
        const child = this.#process;
        if (child === undefined) return;
        const { position, use } = child;
        const verdict = this.#watchdog?.look({ position, ...use }, this.#time.workingMs());
        // While it loads, only memory counts; a timer of its own watches the time.
        if (verdict === undefined || (verdict !== 'memory' && !this.#ready)) return;
        this.#blamed = position;
        this.#unwatch();
        child.kill(verdict);
    }

    #unwatch(): void {
        this.#stopWatching?.();
        this.#stopWatching = undefined;
        this.#watchdog = undefined;
    }

    #clearTimers(): void {
        this.#unwatch();
        this.#stopGrace?.();
        this.#stopGrace = undefined;
        this.#stopLoadTimer?.();
        this.#stopLoadTimer = undefined;
    }
}

function loadError({ cause, detail }: Death): ModelRefusedError {
    switch (cause) {
        case 'time':
        case 'cpu-time':
            return new ModelRefusedError('load-time', 'The model took too long to load.');
        case 'memory':
            return new ModelRefusedError('load-memory', 'The model took too much memory to load.');
        case 'itself':
        case 'misbehaved':
        case 'requested':
            return new ModelRefusedError('load-crashed', `The loading process died (${detail}).`);
    }
}

function isPath(path: string | undefined): path is string {
    return path !== undefined;
}
