import pino, { type Logger } from 'pino';
import type { PacedRuntime } from '../../runtime';
import { PassError } from '../errors';
import type { Machine, SensorReport } from '../machine';
import {
    decide,
    type Decision,
    NOTHING_SEEN,
    type Observation,
    type Preferences,
    PUBLIC_SUSPENSION,
    type Suspension,
    type SuspensionState,
} from '../preferences';
import { Duties, type Duty, type DutySpec } from './duties';
import type { PreferencesFile } from './file';
import { createMemoryKeeper, type MemoryKeeper } from './memory-keeper';
import { type Plan, planPace } from './plan';

/** What changes for the node as a whole. */
export type GovernorEvent =
    /** The node takes no new work, or for other reasons than before. */
    | { readonly kind: 'suspended'; readonly suspensions: readonly Suspension[] }
    | { readonly kind: 'resumed'; readonly afterMs: number }
    | { readonly kind: 'pace'; readonly mode: Plan['mode']; readonly detail: string }
    | { readonly kind: 'preferences-changed' };

export interface GovernorOptions {
    readonly file: PreferencesFile;
    readonly machine: Machine;
    readonly runtime: Pick<PacedRuntime, 'setPace' | 'workedMs'>;
    /** Cores of the configuration. */
    readonly cores: number;
    readonly onEvent: (event: GovernorEvent) => void;
    /** Frees memory that nothing needs now. */
    readonly relieve?: () => void;
    /** Each second, for what is written down now and then. */
    readonly onTick?: () => void;
    readonly onStop?: () => void;
    /** Between two looks, milliseconds; a second unless set. */
    readonly tickMs?: number;
    /** Milliseconds since 1970. */
    readonly now?: () => number;
    readonly logger?: Logger;
}

/** What a governor allows, for status. */
export interface GovernorState extends SuspensionState {
    readonly mode: Plan['mode'];
    readonly share: number;
    readonly processes: number;
    readonly inUse: boolean | undefined;
    readonly memoryBytes: number | undefined;
    readonly duties: number;
    readonly sensors: readonly SensorReport[];
}

/** Sees to it that a node does what its owner wants, within two seconds. */
export interface Governor {
    /** Looks once, and then each second. @throws PreferencesError where the file is wrong */
    start(): Promise<void>;
    /** Lets children run as they like again; may be called again. */
    stop(): Promise<void>;
    readonly preferences: Preferences;
    readonly state: GovernorState;
    /** The suspensions that hold now. */
    readonly suspensions: readonly Suspension[];
    /** Part of the time that new work may count on, over 0 up to 1. */
    readonly share: number;
    /** @throws PassError `suspended` where no new work is to be taken */
    checkBid(): void;
    /**
     * @param bytes - what one process of a job may take
     * @throws PassError `over-limits` where that is more than the owner gives now
     */
    checkMemory(bytes: number): void;
    /** Work is begun. */
    begin(duty: DutySpec): Duty;
    /** A clock that stands while children are stopped, milliseconds. */
    workedMs(): number;
}

const TICK_MS = 1_000;
const MIB = 1024 ** 2;

export function createGovernor(options: GovernorOptions): Governor {
    return new NodeGovernor(options);
}

class NodeGovernor implements Governor {
    readonly #options: GovernorOptions;
    readonly #now: () => number;
    readonly #tickMs: number;
    readonly #logger: Logger;
    readonly #duties = new Duties(() => this.#soon());
    readonly #memory: MemoryKeeper;
    #observation: Observation = NOTHING_SEEN;
    #decision: Decision;
    #plan: Plan;
    #since: number;
    #codes = '';
    #looking: Promise<void> | undefined;
    #timer: NodeJS.Timeout | undefined;
    #ticking: Promise<void> | undefined;
    #waking = false;
    #stopped = false;

    constructor(options: GovernorOptions) {
        this.#options = options;
        this.#now = options.now ?? Date.now;
        this.#tickMs = options.tickMs ?? TICK_MS;
        this.#logger = options.logger ?? pino({ level: 'silent' });
        const { cores, relieve = () => undefined } = options;
        this.#memory = createMemoryKeeper({ cores, relieve, now: this.#now });
        this.#since = this.#now();
        this.#decision = this.#decide();
        this.#plan = this.#nextPlan('wished');
    }

    get preferences(): Preferences {
        return this.#options.file.preferences;
    }

    get suspensions(): readonly Suspension[] {
        const { error } = this.#options.file;
        if (error === undefined) return this.#decision.reasons;
        const broken: Suspension = {
            code: 'preferences-invalid',
            scope: 'bids',
            detail: `${error.message} Those from before hold for what was begun.`,
            hint: error.hint ?? 'Correct the file.',
        };
        return [broken, ...this.#decision.reasons];
    }

    get share(): number {
        return this.#decision.cpuShare;
    }

    get state(): GovernorState {
        const { mode, share, processes } = this.#plan;
        const { inUse, memoryBytes } = this.#decision;
        return {
            suspensions: this.suspensions,
            since: this.#since,
            mode,
            share,
            processes,
            inUse,
            memoryBytes,
            duties: this.#duties.open.length,
            sensors: this.#options.machine.report(),
        };
    }

    async start(): Promise<void> {
        await this.#options.file.refresh();
        if (this.#options.file.error !== undefined) throw this.#options.file.error;
        await this.#look();
        this.#apply();
        this.#timer = setInterval(() => {
            this.#ticking = this.#tick();
        }, this.#tickMs);
        this.#timer.unref();
    }

    async stop(): Promise<void> {
        if (this.#stopped) return;
        this.#stopped = true;
        clearInterval(this.#timer);
        await this.#ticking;
        await this.#looking;
        this.#options.machine.close();
        this.#options.onStop?.();
    }

    checkBid(): void {
        const [first] = this.suspensions;
        if (first !== undefined) throw suspended(first);
    }

    checkMemory(bytes: number): void {
        const { memoryBytes } = this.#decision;
        if (memoryBytes === undefined || bytes <= memoryBytes) return;
        const detail =
            `A process of the job may take ${mebibytes(bytes)}, and the owner gives ` +
            `${mebibytes(memoryBytes)} to models now.`;
        const figures = { asked: BigInt(bytes), most: BigInt(Math.floor(memoryBytes)) };
        throw new PassError({ code: 'over-limits', limit: 'memory', ...figures }, detail);
    }

    begin(duty: DutySpec): Duty {
        return this.#duties.begin(duty);
    }

    workedMs(): number {
        return this.#options.runtime.workedMs();
    }

    async #tick(): Promise<void> {
        try {
            const changed = await this.#options.file.refresh();
            if (changed) this.#options.onEvent({ kind: 'preferences-changed' });
            this.#apply();
            // A source that hangs must not keep the rest waiting.
            this.#looking ??= this.#look()
                .then(() => this.#apply())
                .catch((error: unknown) => this.#logger.error({ err: error }, 'a sensor failed'))
                .finally(() => (this.#looking = undefined));
            this.#options.onTick?.();
        } catch (error) {
            this.#logger.error({ err: error }, 'the preferences cannot be looked at');
        }
    }

    async #look(): Promise<void> {
        this.#observation = await this.#options.machine.look(this.preferences);
    }

    /** Once the present turn of the event loop is over: duties come and go in its midst. */
    #soon(): void {
        if (this.#waking || this.#stopped || this.#timer === undefined) return;
        this.#waking = true;
        setImmediate(() => {
            this.#waking = false;
            if (!this.#stopped) this.#apply();
        });
    }

    #decide(): Decision {
        const { cores, file } = this.#options;
        const held = this.#decision?.held;
        return decide(file.preferences, this.#observation, this.#now(), {
            cores,
            ...(held !== undefined && { held }),
        });
    }

    #nextPlan(before: Plan['mode']): Plan {
        return planPace(this.#decision, this.#duties.open, {
            wish: this.preferences.runningJobs,
            cores: this.#options.cores,
            before,
            now: this.#now(),
        });
    }

    #apply(): void {
        if (this.#stopped) return;
        this.#decision = this.#decide();
        this.#memory.look(this.#observation.memory, this.#decision.memoryBytes);
        const before = this.#plan;
        this.#plan = this.#nextPlan(before.mode);
        const { share, lowPriority, processes, mode, giveBack } = this.#plan;
        const most = mode === 'hurried' ? processes : Math.max(1, processes - this.#memory.spared);
        this.#options.runtime.setPace({ share, processes: most, lowPriority });
        this.#tellSuspensions();
        if (mode !== before.mode) this.#tellPace();
        for (const duty of giveBack) {
            duty.giveBack(suspended(this.suspensions[0]));
        }
        this.#tellDuties();
    }

    #tellSuspensions(): void {
        const suspensions = this.suspensions;
        const codes = suspensions.map(({ code }) => code).join(' ');
        if (codes === this.#codes) return;
        const was = this.#codes;
        const afterMs = this.#now() - this.#since;
        // Since when it is suspended at all: that other reasons join in is no new start.
        if (was === '' || codes === '') this.#since = this.#now();
        this.#codes = codes;
        if (codes === '') this.#options.onEvent({ kind: 'resumed', afterMs });
        else this.#options.onEvent({ kind: 'suspended', suspensions });
    }

    #tellPace(): void {
        const { mode } = this.#plan;
        const open = this.#duties.open.length;
        if (open === 0 && mode !== 'hurried') return;
        this.#options.onEvent({ kind: 'pace', mode, detail: PACE_SENTENCES[mode] });
    }

    #tellDuties(): void {
        const { mode } = this.#plan;
        const [reason] = this.#decision.reasons.filter(({ scope }) => scope === 'all');
        for (const duty of this.#duties.open) {
            const paused = mode === 'paused';
            if (duty.paused === paused) continue;
            duty.paused = paused;
            const why = reason?.detail ?? '';
            duty.onChange?.(paused, `${PACE_SENTENCES[mode]} ${why}`.trim());
        }
    }
}

const PACE_SENTENCES: Readonly<Record<Plan['mode'], string>> = {
    wished: 'It goes on as its owner wishes.',
    paused: 'It waits; its deadline leaves time for that.',
    owed: 'It goes on, since it was begun and its deadline does not wait.',
    hurried: 'It goes on with all cores, since it would be late otherwise.',
};

function mebibytes(bytes: number): string {
    return `${Math.round(bytes / MIB)} MiB`;
}

/** What the node's own books keep is the preference; strangers read no more than the sentence. */
function suspended(suspension: Suspension | undefined): PassError {
    const preference = suspension?.code ?? 'unknown';
    return new PassError({ code: 'suspended', preference }, PUBLIC_SUSPENSION);
}
