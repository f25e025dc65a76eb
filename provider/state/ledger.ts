import type { Address } from '@ton/core';
import * as z from 'zod';
import { reasonSchema } from '../outcomes/reasons';
import { account, amount, count, hash, instant } from './codecs';
import { jobKey } from './job-records';
import type { Table } from './table';

/** How a job went for this node. */
export const OUTCOMES = [
    /** It is open. */
    'open',
    /** The node made no bid. */
    'passed',
    /** Another bid was better. */
    'lost',
    /** The node won, and gave it back. */
    'declined',
    /** It was paid, with or without a check. */
    'paid',
    /** It ended without payment; `reason` says why. */
    'unpaid',
    /** The node lost its lock: for what it did not deliver, a false error, or a concession. */
    'forfeited',
    /** A result was found wrong: the stake lost its reserve and all locks, for good. */
    'convicted',
] as const;

export type LedgerOutcome = (typeof OUTCOMES)[number];

/** What the chain says became of a job, whoever did it. Amounts nanoGRAM. */
const fateSchema = z.object({
    /** `unsold`: no bid stood when its time was over, or its client took it back. */
    kind: z.enum(['sold', 'unsold']),
    /** Bids that the Escrow took. */
    bids: count.optional(),
    winner: account.optional(),
    price: amount.optional(),
    /** How it ended, once it has; see `JobOutcome`. */
    outcome: z.string().optional(),
    paid: amount.optional(),
    knownAt: instant,
});

export type JobFate = z.output<typeof fateSchema>;

export const ledgerEntrySchema = z.object({
    escrow: account,
    jobId: count,
    client: account.optional(),
    model: hash.optional(),
    spec: hash.optional(),
    modelName: z.string().optional(),
    items: count.optional(),
    bytesPerItem: z.number().min(0).optional(),
    ceiling: amount.optional(),
    outcome: z.enum(OUTCOMES),
    /** A code, for a job that was passed or not paid. */
    reason: z.string().optional(),
    /** The same as a sentence with figures. */
    detail: z.string().optional(),
    /** The reason with the figures that decided it. */
    why: reasonSchema.optional(),
    price: amount.optional(),
    lock: amount.optional(),
    /** The price and the check that may be expected, which bids are compared by. */
    rank: amount.optional(),
    /** What a check costs the client. */
    checkFee: amount.optional(),
    /** What its messages would cost at most, as the node saw it at its bid. */
    gas: amount.optional(),
    /** What the Escrow paid for the items with a result, and what is left of it after the fee. */
    paid: amount.optional(),
    earned: amount.optional(),
    /** What the node's messages took from the operating balance, as far as it is known. */
    fees: amount.optional(),
    /** What a fault took from the stake. */
    lost: amount.optional(),
    faulty: count.optional(),
    executedMs: z.number().min(0).optional(),
    seenAt: instant,
    describedAt: instant.optional(),
    bidAt: instant.optional(),
    wonAt: instant.optional(),
    gatheredAt: instant.optional(),
    executedAt: instant.optional(),
    committedAt: instant.optional(),
    /** When it was known that the job is checked. */
    drawnAt: instant.optional(),
    /** When the sketch of the drawn result was shown. */
    openedAt: instant.optional(),
    closedAt: instant.optional(),
    /** The last thing that kept the node from going on. */
    trouble: z.object({ detail: z.string(), attempt: count, at: instant }).optional(),
    fate: fateSchema.optional(),
});

/** One job as the node's books have it. Amounts nanoGRAM, times milliseconds since 1970. */
export type LedgerEntry = z.output<typeof ledgerEntrySchema>;

export const daySchema = z.object({
    seen: count,
    bids: count,
    won: count,
    outcomes: z.partialRecord(z.enum(OUTCOMES), count),
    passed: z.record(z.string(), count),
    /** Jobs by the code of their last reason. */
    reasons: z.record(z.string(), count).default({}),
    items: count,
    faulty: count,
    executedMs: z.number().min(0),
    earned: amount,
    fees: amount,
    lost: amount.default(0n),
});

/** Sums of one UTC day. */
export type LedgerDay = z.output<typeof daySchema>;

const NOTHING: LedgerDay = {
    seen: 0,
    bids: 0,
    won: 0,
    outcomes: {},
    passed: {},
    reasons: {},
    items: 0,
    faulty: 0,
    executedMs: 0,
    earned: 0n,
    fees: 0n,
    lost: 0n,
};

/** Which entry: a job, and when the node saw it first, since it may be listed again. */
export interface LedgerJob {
    readonly escrow: Address;
    readonly jobId: number;
    readonly seenAt: number;
}

/** Place of an entry: when the job was first seen, and which it is. */
export type LedgerKey = [seenAt: number, escrow: string, jobId: number];

export interface Ledger {
    /** Notes what became known of a job; fields that are not given stay. */
    note(job: LedgerJob, facts: Partial<LedgerEntry>): void;
    /** Adds to what the node's messages have cost. */
    charge(job: LedgerJob, nano: bigint): void;
    /** An entry as it is. */
    at(job: LedgerJob): LedgerEntry | undefined;
    /** The newest entry of a job. */
    find(escrow: Address, jobId: number): LedgerEntry | undefined;
    /** Entries of jobs that were first seen from `since` to before `until`, the oldest first. */
    seenBetween(since: number, until: number): Iterable<LedgerEntry>;
    /** The newest first; those that were seen before an entry where there is one. */
    latest(limit: number, before?: LedgerJob): LedgerEntry[];
    /** Sums of the days from the first to the last that is kept, by their dates. */
    days(): Map<string, LedgerDay>;
    today(): LedgerDay;
    totals(): LedgerDay;
    /** Drops entries of jobs seen before, and the oldest over the limit; the sums of their days stay. */
    prune(seenBefore: number, maxEntries: number): void;
}

export interface LedgerTables {
    readonly entries: Table<LedgerKey, LedgerEntry>;
    readonly days: Table<string, LedgerDay>;
    /** When the newest entry of each job was first seen. */
    readonly places: Table<string, number>;
}

export function createLedger(
    { entries, days, places }: LedgerTables,
    atomically: <T>(work: () => T) => T,
    now: () => number,
): Ledger {
    const keyOf = ({ seenAt, escrow, jobId }: LedgerJob): LedgerKey => [
        seenAt,
        escrow.toRawString(),
        jobId,
    ];
    const note = (job: LedgerJob, facts: Partial<LedgerEntry>) =>
        atomically(() => {
            const key = keyOf(job);
            const { escrow, jobId, seenAt } = job;
            const before = entries.get(key);
            const after: LedgerEntry = {
                ...(before ?? { escrow, jobId, seenAt, outcome: 'open' }),
                ...facts,
            };
            entries.put(key, after);
            if (before === undefined) places.put(jobKey(escrow, jobId), seenAt);
            const date = dateOf(now());
            days.put(date, addToDay(days.get(date) ?? NOTHING, before, after));
        });
    const allDays = () => new Map([...days.entries()].map(({ key, value }) => [key, value]));
    return {
        note,
        charge: (job, nano) => note(job, { fees: (entries.get(keyOf(job))?.fees ?? 0n) + nano }),
        at: (job) => entries.get(keyOf(job)),
        find: (escrow, jobId) => {
            const seenAt = places.get(jobKey(escrow, jobId));
            return seenAt === undefined ? undefined : entries.get(keyOf({ escrow, jobId, seenAt }));
        },
        *seenBetween(since, until) {
            for (const { value } of entries.entries({ start: [since], end: [until] })) yield value;
        },
        latest: (limit, before) => {
            const start = before && { start: keyOf(before), exclusiveStart: true };
            const newest = entries.entries({ reverse: true, limit, ...start });
            return [...newest].map(({ value }) => value);
        },
        days: allDays,
        today: () => days.get(dateOf(now())) ?? NOTHING,
        totals: () => [...allDays().values()].reduce(addDays, NOTHING),
        prune: (seenBefore, maxEntries) => {
            const excess = Math.max(0, entries.size - maxEntries);
            const old = [
                ...entries.entries({ end: [seenBefore] }),
                ...entries.entries({ limit: excess }),
            ];
            if (old.length === 0) return;
            atomically(() => {
                for (const { key } of old) {
                    const [seenAt, escrow, jobId] = key;
                    entries.remove(key);
                    const place = `${escrow}/${jobId}`;
                    if (places.get(place) === seenAt) places.remove(place);
                }
            });
        },
    };
}

function dateOf(instant: number): string {
    return new Date(instant).toISOString().slice(0, 10);
}

/** Adds what an entry has got since. */
function addToDay(day: LedgerDay, before: LedgerEntry | undefined, after: LedgerEntry): LedgerDay {
    const { outcome, reason = outcome } = after;
    const code = after.why?.code;
    const ended = outcome !== 'open' && outcome !== before?.outcome;
    const first = (field: 'bidAt' | 'wonAt') =>
        Number(after[field] !== undefined && before?.[field] === undefined);
    const grown = (field: 'earned' | 'fees' | 'lost') =>
        (after[field] ?? 0n) - (before?.[field] ?? 0n);
    const executed = after.executedAt !== undefined && before?.executedAt === undefined;
    return {
        seen: day.seen + Number(before === undefined),
        bids: day.bids + first('bidAt'),
        won: day.won + first('wonAt'),
        outcomes: ended ? increment(day.outcomes, outcome) : day.outcomes,
        reasons:
            code !== undefined && code !== before?.why?.code
                ? increment(day.reasons, code)
                : day.reasons,
        passed: ended && outcome === 'passed' ? increment(day.passed, reason) : day.passed,
        items: day.items + (executed ? (after.items ?? 0) : 0),
        faulty: day.faulty + (executed ? (after.faulty ?? 0) : 0),
        executedMs: day.executedMs + (executed ? (after.executedMs ?? 0) : 0),
        earned: day.earned + grown('earned'),
        fees: day.fees + grown('fees'),
        lost: day.lost + grown('lost'),
    };
}

function addDays(a: LedgerDay, b: LedgerDay): LedgerDay {
    return {
        seen: a.seen + b.seen,
        bids: a.bids + b.bids,
        won: a.won + b.won,
        outcomes: addCounts(a.outcomes, b.outcomes),
        passed: addCounts(a.passed, b.passed),
        reasons: addCounts(a.reasons, b.reasons),
        items: a.items + b.items,
        faulty: a.faulty + b.faulty,
        executedMs: a.executedMs + b.executedMs,
        earned: a.earned + b.earned,
        fees: a.fees + b.fees,
        lost: a.lost + b.lost,
    };
}

type Counts = Readonly<Partial<Record<string, number>>>;

function addCounts<C extends Counts>(a: C, b: C): C {
    return Object.entries(b).reduce((sum, [name, n]) => increment(sum, name, n), a);
}

function increment<C extends Counts>(counts: C, name: string, by = 1): C {
    return { ...counts, [name]: (counts[name] ?? 0) + by };
}
