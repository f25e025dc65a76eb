import * as z from 'zod';
import type { HashHex } from '../../protocol';
import { count, hash, instant } from './codecs';
import type { Table } from './table';

/** How processes end that execute a model, other than by being asked to. */
const CAUSES = ['itself', 'time', 'cpu-time', 'memory', 'misbehaved'] as const;

export const quarantineSchema = z.object({
    /** Ends of processes that still count, the oldest first. */
    deaths: z.array(z.object({ at: instant, cause: z.enum(CAUSES) })),
    /** How often it was quarantined. */
    times: count,
    /** No bids for it until then. */
    until: instant,
});

/** What is held against a model. */
export type QuarantineRecord = z.output<typeof quarantineSchema>;

export type KillCause = (typeof CAUSES)[number];

/** A model that the node leaves alone for a while. Times milliseconds since 1970. */
export interface QuarantinedModel {
    readonly model: HashHex;
    readonly until: number;
    readonly times: number;
    /** In words. */
    readonly reason: string;
}

/** Models whose processes keep ending, and for how long no more jobs are taken for them. */
export interface Quarantine {
    /**
     * A process that executed a model ended.
     *
     * @returns the model, when it is quarantined by that
     */
    died(model: HashHex, cause: KillCause): QuarantinedModel | undefined;
    /** Undefined for a model that jobs are taken for. */
    get(model: HashHex): QuarantinedModel | undefined;
    /** Those that are quarantined now. */
    all(): QuarantinedModel[];
    /** Forgets what is held against a model. @returns whether there was something */
    lift(model: HashHex): boolean;
    /** Drops what is long over. */
    prune(endedBefore: number): void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * A crash says that something is wrong with the model, or with the machine. An item over its limit
 * may say only that its client set the limit low, and a busy machine kills too: more of them count.
 */
const WINDOW_MS = HOUR_MS;
const MOST_CRASHES = 3;
const MOST_KILLS = 20;
/** Doubles each time: a model that is hurt by a bad hour of this machine is back after one. */
const FIRST_MS = HOUR_MS;
const LONGEST_MS = 7 * DAY_MS;

/** @param now milliseconds since 1970 */
export function createQuarantine(
    table: Table<string, QuarantineRecord>,
    now: () => number,
): Quarantine {
    const get = (model: HashHex) => {
        const record = table.get(model);
        return record === undefined || record.until <= now() ? undefined : shown(model, record);
    };
    return {
        died(model, cause) {
            if (get(model) !== undefined) return undefined; // what runs is brought to its end
            const at = now();
            const before = table.get(model) ?? { deaths: [], times: 0, until: 0 };
            const deaths = [...before.deaths, { at, cause }].filter(
                (death) => at - death.at < WINDOW_MS,
            );
            const crashes = deaths.filter((death) => isCrash(death.cause)).length;
            if (crashes < MOST_CRASHES && deaths.length < MOST_KILLS) {
                table.put(model, { ...before, deaths });
                return undefined;
            }
            const lengthMs = Math.min(FIRST_MS * 2 ** before.times, LONGEST_MS);
            const record = { deaths, times: before.times + 1, until: at + lengthMs };
            table.put(model, record);
            return shown(model, record);
        },
        get,
        all: () => [...table.entries()].flatMap(({ key }) => get(hash.parse(key)) ?? []),
        lift(model) {
            const found = table.get(model) !== undefined;
            table.remove(model);
            return found;
        },
        prune(endedBefore) {
            const old = [...table.entries()].filter(({ value: { until, deaths } }) => {
                return Math.max(until, deaths.at(-1)?.at ?? 0) < endedBefore;
            });
            for (const { key } of old) table.remove(key);
        },
    };
}

function isCrash(cause: KillCause): boolean {
    return cause === 'itself' || cause === 'misbehaved';
}

const WORDS: Readonly<Record<KillCause, string>> = {
    itself: 'crashed',
    misbehaved: 'went wrong',
    time: 'took too long',
    'cpu-time': 'took too much processor time',
    memory: 'took too much memory',
};

function shown(model: HashHex, { deaths, times, until }: QuarantineRecord): QuarantinedModel {
    const counts = CAUSES.flatMap((cause) => {
        const number = deaths.filter((death) => death.cause === cause).length;
        return number === 0 ? [] : [`${WORDS[cause]} ${number} times`];
    });
    return { model, until, times, reason: `Within an hour its processes ${counts.join(', ')}.` };
}
