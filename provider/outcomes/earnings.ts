import { setImmediate } from 'node:timers/promises';
import type { LedgerDay, LedgerEntry } from '../state';
import { MEANINGS, type ReasonKind } from './meanings';
import { median } from './quantile';
import type { ReasonCode } from './reasons';

/** What the books are added up by. */
export const GROUPINGS = ['day', 'model', 'reason', 'client'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Sums of jobs and money. Amounts nanoGRAM. */
export interface EarningSums {
    readonly seen: number;
    readonly bids: number;
    readonly won: number;
    readonly paid: number;
    /** What jobs brought the stake, after the market's share. */
    readonly earned: bigint;
    /** What messages took from the operating balance. */
    readonly gas: bigint;
    /** What faults took from the stake. */
    readonly lost: bigint;
    readonly net: bigint;
}

export interface EarningsRow extends EarningSums {
    readonly key: string;
}

/** Why jobs brought nothing. */
export interface ReasonRow {
    readonly code: ReasonCode;
    readonly kind: ReasonKind;
    readonly jobs: number;
    /** "41 jobs paid less than your price: …". */
    readonly sentence: string;
    readonly advice: string;
    /** Median of what they offered, or of what the winner asked for, nanoGRAM. */
    readonly medianOffer: bigint | undefined;
    /** Median of what this node asked for them, nanoGRAM. */
    readonly medianAsked: bigint | undefined;
}

export interface EarningsReport {
    /** Milliseconds since 1970. */
    readonly since: number;
    readonly until: number;
    readonly by: Grouping;
    readonly rows: readonly EarningsRow[];
    readonly total: EarningSums;
    /** Of the jobs first seen in that time that brought nothing, the most frequent first. */
    readonly reasons: readonly ReasonRow[];
}

export interface EarningsRequest {
    /** From here to before `until`, milliseconds since 1970. */
    readonly since: number;
    readonly until: number;
    readonly by: Grouping;
    /** Amounts for people. */
    readonly format: (nano: bigint) => string;
}

export interface EarningsSource {
    seenBetween(since: number, until: number): Iterable<LedgerEntry>;
    days(): ReadonlyMap<string, LedgerDay>;
}

const DAY_MS = 86_400_000;
/** Entries in a step. */
const A_STEP = 200;
/** No job lives longer: windows of a day and some hours, checks, and two juries. */
const LONGEST_JOB_MS = 14 * DAY_MS;
/** Where days stand whose entries were dropped. */
const OLDER = 'older days';

const NOTHING: EarningSums = {
    ...{ seen: 0, bids: 0, won: 0, paid: 0 },
    ...{ earned: 0n, gas: 0n, lost: 0n, net: 0n },
};

/**
 * Adds up what happened in a time: a job counts as seen, bid for, won and paid at the moments when
 * it was, so that the sums are the same whatever they are grouped by. Days whose entries were
 * dropped are taken from their sums.
 */
export function addUp(source: EarningsSource, request: EarningsRequest): EarningsReport {
    const sum = new EarningsSum(source, request);
    for (const entry of sum.entries()) sum.take(entry);
    return sum.report();
}

/**
 * The same, in steps of some milliseconds: 20,000 jobs take more than half a second, in which a node
 * would do nothing else.
 */
export async function addUpInSteps(
    source: EarningsSource,
    request: EarningsRequest,
    signal?: AbortSignal,
): Promise<EarningsReport> {
    const sum = new EarningsSum(source, request);
    let taken = 0;
    for (const entry of sum.entries()) {
        sum.take(entry);
        if (++taken % A_STEP === 0) await setImmediate(undefined, { signal });
    }
    return sum.report();
}

/** Sums of several rows. */
export function totalOf(rows: readonly EarningSums[]): EarningSums {
    return rows.reduce<EarningSums>((sum, row) => plus(sum, row), NOTHING);
}

class EarningsSum {
    readonly #groups = new Map<string, EarningSums>();
    readonly #unpaid = new Map<ReasonCode, LedgerEntry[]>();
    #oldest: number | undefined;

    constructor(
        private readonly source: EarningsSource,
        private readonly request: EarningsRequest,
    ) {}

    /** What has to be taken. */
    entries(): Iterable<LedgerEntry> {
        const { since, until } = this.request;
        return this.source.seenBetween(since - LONGEST_JOB_MS, until);
    }

    take(entry: LedgerEntry): void {
        const { since, until, by } = this.request;
        this.#oldest ??= entry.seenAt;
        const key = (at: number) => (by === 'day' ? dateOf(at) : groupOf(entry, by));
        for (const { at, ...sums } of momentsOf(entry)) {
            if (at >= since && at < until) this.#add(key(at), sums);
        }
        const code = entry.why?.code;
        const mine = entry.seenAt >= since && entry.outcome !== 'paid';
        if (code === undefined || !mine || entry.outcome === 'open') return;
        const others = this.#unpaid.get(code);
        if (others === undefined) this.#unpaid.set(code, [entry]);
        else others.push(entry);
    }

    report(): EarningsReport {
        const { since, until, by, format } = this.request;
        for (const [date, day] of this.source.days()) {
            const at = Date.parse(date);
            const kept = this.#oldest !== undefined && at >= Date.parse(dateOf(this.#oldest));
            if (kept || at < since || at >= until) continue;
            this.#add(by === 'day' ? date : OLDER, ofDay(day));
        }
        const rows = [...this.#groups].map(([key, sums]) => ({ key, ...sums }));
        return {
            ...{ since, until, by },
            rows: rows.sort(by === 'day' ? (a, b) => (a.key < b.key ? -1 : 1) : byWorth),
            total: totalOf(rows),
            reasons: [...this.#unpaid]
                .map(([code, entries]) => reasonRow(code, entries, format))
                .sort((a, b) => b.jobs - a.jobs),
        };
    }

    #add(key: string, sums: Partial<EarningSums>): void {
        this.#groups.set(key, plus(this.#groups.get(key) ?? NOTHING, sums));
    }
}

/** What a job added to the books, and when; milliseconds since 1970. */
function momentsOf(entry: LedgerEntry): (Partial<EarningSums> & { readonly at: number })[] {
    const { seenAt, bidAt, wonAt, closedAt = seenAt, outcome } = entry;
    const { earned = 0n, fees = 0n, lost = 0n } = entry;
    return [
        { at: seenAt, seen: 1 },
        ...(bidAt === undefined ? [] : [{ at: bidAt, bids: 1 }]),
        ...(wonAt === undefined ? [] : [{ at: wonAt, won: 1 }]),
        { at: bidAt ?? seenAt, gas: fees },
        { at: closedAt, earned, lost, paid: Number(outcome === 'paid') },
    ];
}

function groupOf(entry: LedgerEntry, by: Exclude<Grouping, 'day'>): string {
    switch (by) {
        case 'model':
            return modelOf(entry);
        case 'reason':
            return (
                entry.why?.code ?? (entry.outcome === 'open' ? 'open' : (entry.reason ?? 'unknown'))
            );
        case 'client':
            return entry.client?.toString() ?? 'unknown';
    }
}

/** A model by the name that its manifest gives it, or the beginning of its hash. */
export function modelOf({ modelName, model }: Pick<LedgerEntry, 'modelName' | 'model'>): string {
    const hash = model === undefined ? undefined : `${model.slice(0, 12)}…`;
    return modelName ?? hash ?? 'not looked at';
}

function ofDay({ seen, bids, won, outcomes, earned, fees, lost }: LedgerDay): Partial<EarningSums> {
    return { seen, bids, won, paid: outcomes.paid ?? 0, earned, gas: fees, lost };
}

function plus(a: EarningSums, b: Partial<EarningSums>): EarningSums {
    const earned = a.earned + (b.earned ?? 0n);
    const gas = a.gas + (b.gas ?? 0n);
    const lost = a.lost + (b.lost ?? 0n);
    return {
        seen: a.seen + (b.seen ?? 0),
        bids: a.bids + (b.bids ?? 0),
        won: a.won + (b.won ?? 0),
        paid: a.paid + (b.paid ?? 0),
        ...{ earned, gas, lost, net: earned - gas - lost },
    };
}

function byWorth(a: EarningsRow, b: EarningsRow): number {
    if (a.net !== b.net) return a.net > b.net ? -1 : 1;
    return b.seen - a.seen;
}

function reasonRow(
    code: ReasonCode,
    entries: readonly LedgerEntry[],
    format: (nano: bigint) => string,
): ReasonRow {
    const { kind, says, advice } = MEANINGS[code];
    const jobs = entries.length;
    const medianOffer = median(entries.flatMap((entry) => offerOf(entry) ?? []));
    const medianAsked = median(entries.flatMap((entry) => askedOf(entry) ?? []));
    const figures = [
        ...(medianOffer === undefined
            ? []
            : [`${code === 'outbid' ? 'winners asked' : 'they offered'} ${format(medianOffer)}`]),
        ...(medianAsked === undefined ? [] : [`you asked ${format(medianAsked)}`]),
        ...detailOf(entries),
    ];
    const head = `${jobs} ${jobs === 1 ? 'job' : 'jobs'} ${says}`;
    const medians = medianOffer === undefined && medianAsked === undefined ? '' : ' (medians)';
    const tail = figures.length === 0 ? '.' : `: ${figures.join(', ')}${medians}.`;
    return {
        ...{ code, kind, jobs, advice, medianOffer, medianAsked },
        sentence: `${head}${tail}`,
    };
}

function offerOf({ why, fate }: LedgerEntry): bigint | undefined {
    if (why?.code === 'over-ceiling') return why.offered;
    return why?.code === 'outbid' ? (fate?.price ?? why.winnerPrice) : undefined;
}

function askedOf({ why }: LedgerEntry): bigint | undefined {
    if (why?.code === 'over-ceiling') return why.asked;
    return why?.code === 'outbid' ? why.ownPrice : undefined;
}

/** What most of them had in common. */
function detailOf(entries: readonly LedgerEntry[]): string[] {
    const counts = new Map<string, number>();
    for (const { why } of entries) {
        const about = aboutOf(why);
        if (about !== undefined) counts.set(about, (counts.get(about) ?? 0) + 1);
    }
    const [most] = [...counts].sort(([, a], [, b]) => b - a);
    return most === undefined ? [] : [counts.size === 1 ? most[0] : `mostly ${most[0]}`];
}

function aboutOf(why: LedgerEntry['why']): string | undefined {
    if (why === undefined) return undefined;
    if ('step' in why) return `at the step ${why.step}`;
    if ('what' in why) return why.what;
    if ('limit' in why) return why.limit;
    if ('term' in why) return why.term;
    if ('admission' in why) return why.admission;
    if ('licence' in why) return why.licence;
    return 'preference' in why ? why.preference : undefined;
}

function dateOf(ms: number): string {
    return new Date(ms).toISOString().slice(0, 10);
}
