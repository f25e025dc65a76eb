import { wallTime } from './hours';
import type { Preferences } from './keys';
import { memoryLimit } from './limits';
import type { Observation } from './observation';
import type { Suspension, SuspensionCode } from './reasons';
import { RULES, type RuleContext } from './rules';
import { idleMsOf } from './idle';

/** What a node may do now. */
export interface Decision {
    /** Whether it may take new work. */
    readonly mayBid: boolean;
    /** How work that was begun goes on, as far as its deadlines allow: `throttle` for a part of the time. */
    readonly mayRun: 'run' | 'throttle' | 'pause';
    /** Children of each model at most. */
    readonly cores: number;
    /** Part of the time that they compute in, over 0 up to 1. */
    readonly cpuShare: number;
    readonly lowPriority: boolean;
    /** What all children may have together, bytes; undefined where memory cannot be seen. */
    readonly memoryBytes: number | undefined;
    /** What the node may have on its disk, bytes; undefined: as its configuration says. */
    readonly diskBytes: number | undefined;
    /** Whether a graphics card may be used. */
    readonly gpu: boolean;
    /** Whether somebody uses the computer; undefined where nothing tells. */
    readonly inUse: boolean | undefined;
    /** Why it may not; empty where it may do everything. */
    readonly reasons: readonly Suspension[];
    /** When each reason was seen last, milliseconds since 1970: what the next decision is to know. */
    readonly held: ReadonlyMap<SuspensionCode, number>;
}

export interface DecideOptions {
    /** Cores that the node would use if its owner said nothing. */
    readonly cores: number;
    /** That of the decision before: its reasons have to be over for good. */
    readonly held?: ReadonlyMap<SuspensionCode, number>;
    /** IANA name; that of this machine unless set. */
    readonly timeZone?: string;
}

const GIB = 1024 ** 3;

/**
 * What the owner's preferences mean for what is seen. Pure: the same in, the same out. What is
 * suspended goes on only when its reason is gone by a margin, or for some seconds, so that a node
 * does not start and stop by turns.
 *
 * @param now - milliseconds since 1970
 */
export function decide(
    preferences: Preferences,
    observation: Observation,
    now: number,
    { cores, held = new Map(), timeZone }: DecideOptions,
): Decision {
    const { cpu, memory, disk, idle, gpu } = preferences;
    const idleMs = idleMsOf(preferences, observation);
    const inUse = idleMs === undefined ? undefined : idleMs < idle.minutes * 60_000;
    const context: RuleContext = {
        preferences,
        observation,
        now,
        wall: wallTime(now, timeZone),
        idleMs,
        inUse,
        memoryBytes: memoryLimit(memory, observation.memory, inUse),
        held,
    };
    const findings = RULES.flatMap((rule) => rule(context) ?? []);
    const reasons = findings.map(({ lingers: _, ...reason }) => reason);
    const stopped = reasons.some(({ scope }) => scope === 'all');
    const cpuShare = cpu.sharePercent / 100;
    return {
        mayBid: reasons.length === 0,
        mayRun: stopped ? 'pause' : cpuShare < 1 ? 'throttle' : 'run',
        cores: Math.max(1, cpu.cores ?? cores),
        cpuShare,
        lowPriority: cpu.lowPriority,
        memoryBytes: context.memoryBytes,
        diskBytes: disk.maxGiB === undefined ? undefined : disk.maxGiB * GIB,
        gpu: !stopped && !(gpu.onlyWhenIdle && inUse !== false),
        inUse,
        reasons,
        held: new Map(
            findings.map(({ code, lingers }) => [
                code,
                lingers === true ? (held.get(code) ?? now) : now,
            ]),
        ),
    };
}
