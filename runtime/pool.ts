import type { Brake } from './brake';
import type { RuntimeClock } from './clock';
import { RuntimeStoppedError } from './errors';
import type { Launch } from './isolation/launch';
import type { RuntimeLimits } from './limits';
import type { LoadRequest } from './messages';
import type { OutputPlace } from './outcome';
import type { Run } from './run';
import { Slot } from './slot';
import type { Death } from './worker-process';

export interface PoolOptions {
    /** Children at most; `resize` may lower it for a while. */
    readonly processes: number;
    /** Unique within the folder; begins the names of the children's working folders. */
    readonly name: string;
    readonly folder: string;
    readonly workerPath: string;
    readonly execArgv: readonly string[];
    readonly launch: (cwd: string) => Launch;
    readonly readable: readonly string[];
    readonly load: LoadRequest;
    readonly limits: RuntimeLimits;
    readonly clock: RuntimeClock;
    readonly brake: Brake;
    readonly lowPriority: () => boolean;
    readonly onDeath: (death: Death, pid: number | undefined) => void;
}

/**
 * Of what waits, a message takes a share for each child so often: messages become smaller towards
 * the end of a run, so that all children end with it.
 */
const SHARES = 2;

interface Job {
    readonly run: Run;
    readonly outputs: OutputPlace;
}

/** The children of one model, and the runs that share them in turn. */
export class Pool {
    readonly #options: PoolOptions;
    readonly #slots: Slot[] = [];
    #wanted: number;
    #named = 0;
    #loaded = false;
    #jobs: Job[] = [];
    #failure: Error | undefined;
    #dispatching = false;
    #stopped: Promise<void> | undefined;

    constructor(options: PoolOptions) {
        this.#options = options;
        this.#wanted = options.processes;
    }

    /** Ids of the children that live now. */
    get pids(): number[] {
        return this.#slots.flatMap(({ pid }) => pid ?? []);
    }

    /** Children that it keeps, those included that are just being replaced and have no id yet. */
    get processes(): number {
        return this.#slots.length;
    }

    /** Resident memory of the children, bytes. */
    get residentBytes(): number {
        return this.#slots.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    }

    /** Keeps at most so many children, one at least; those that go give their items to the others. */
    resize(most: number): void {
        this.#wanted = Math.max(1, Math.min(most, this.#options.processes));
        if (!this.#loaded || this.#stopped !== undefined) return;
        for (const slot of this.#slots.splice(this.#wanted)) void slot.retire();
        while (this.#slots.length < this.#wanted) {
            // Where the model no longer loads, all of the pool is told.
            this.#addSlot()
                .start()
                .catch(() => undefined);
        }
    }

    /** Starts children anew that have another priority than they should. */
    refresh(): void {
        for (const slot of this.#slots) slot.refresh();
    }

    /**
     * Starts all children.
     *
     * @throws ModelRefusedError when one of them does not load the model; none is left then
     */
    async load(): Promise<void> {
        try {
            const slots = Array.from({ length: this.#wanted }, () => this.#addSlot());
            await Promise.all(slots.map((slot) => slot.start()));
            this.#loaded = true;
            this.resize(this.#wanted);
        } catch (error) {
            await this.stop();
            throw error;
        }
    }

    add(run: Run, outputs: OutputPlace): void {
        if (this.#failure !== undefined) {
            run.fail(this.#failure);
            return;
        }
        this.#jobs.push({ run, outputs });
        run.start();
    }

    /** Forgets a run. What is in the children of it is ended soon. */
    remove(run: Run): void {
        run.close();
        this.#jobs = this.#jobs.filter((job) => job.run !== run);
        for (const slot of this.#slots) slot.cancel(run);
    }

    /** Sends work to free children once the current turn of the event loop has gathered it. */
    wake(): void {
        if (this.#dispatching) return;
        this.#dispatching = true;
        setImmediate(() => {
            this.#dispatching = false;
            this.#dispatch();
        });
    }

    /** Fails all runs and kills all children; resolves when they are gone. */
    stop(): Promise<void> {
        this.#stopped ??= this.#stop();
        return this.#stopped;
    }

    async #stop(): Promise<void> {
        this.#fail(new RuntimeStoppedError());
        await Promise.all(this.#slots.map((slot) => slot.stop()));
    }

    #addSlot(): Slot {
        const { name, ...shared } = this.#options;
        const slot = new Slot({
            ...shared,
            name: `${name}-${this.#named++}`,
            onFree: () => this.wake(),
            onBroken: (error) => this.#fail(error),
        });
        this.#slots.push(slot);
        return slot;
    }

    #fail(error: Error): void {
        if (this.#failure !== undefined) return;
        this.#failure = error;
        const jobs = this.#jobs;
        this.#jobs = [];
        for (const { run } of jobs) run.fail(error);
        void this.stop();
    }

    #share(waiting: number): number {
        const children = this.#slots.length;
        return children === 1 ? waiting : Math.ceil(waiting / (SHARES * children));
    }

    #dispatch(): void {
        for (;;) {
            const [slot] = this.#slots.filter(({ free }) => free).sort(byPending);
            const index = this.#jobs.findIndex(({ run }) => run.hasWork);
            const [job] = slot === undefined || index < 0 ? [] : this.#jobs.splice(index, 1);
            if (slot === undefined || job === undefined) return;
            this.#jobs.push(job); // to the end: runs take turns
            slot.assign(job.run, job.outputs, this.#share(job.run.waiting));
        }
    }
}

function byPending(a: Slot, b: Slot): number {
    return a.pending - b.pending;
}
