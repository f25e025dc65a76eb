import { adviceOf } from './errors';
import type { CheckRecord } from './state';

/** Sums of checks by the day on which they were listed; amounts nanoGRAM. */
export interface CheckSums {
    /** Checks and juries that were looked at. */
    readonly seen: number;
    /** Those with a bond of this node, whatever became of it. */
    readonly claimed: number;
    /** Checks and seats in juries that were paid. */
    readonly verified: number;
    readonly sat: number;
    readonly earned: bigint;
    /** Bonds that did not come back. */
    readonly lost: bigint;
    readonly fees: bigint;
    /** What is left of `earned` after `lost` and `fees`. */
    readonly net: bigint;
}

/** Why checks were not claimed. */
export interface AbstainSum {
    readonly code: string;
    readonly count: number;
    /** Of the newest one. */
    readonly sentence: string;
    readonly advice: string;
}

export interface CheckSummary {
    readonly today: CheckSums;
    readonly week: CheckSums;
    readonly month: CheckSums;
    /** The days of these with any, UTC, the oldest first. */
    readonly days: readonly (CheckSums & { readonly key: string })[];
    /** Of the last 30 days, the most frequent first. */
    readonly reasons: readonly AbstainSum[];
}

const DAY_MS = 86_400_000;
const NOTHING: CheckSums = {
    ...{ seen: 0, claimed: 0, verified: 0, sat: 0 },
    ...{ earned: 0n, lost: 0n, fees: 0n, net: 0n },
};
/** Before a claim stands, and where it never did. */
const NO_CLAIM: ReadonlySet<string> = new Set(['claiming', 'outdone']);

/** @param records - the newest first; those of the last 30 days are kept @param now - ms since 1970 */
export function sumChecks(records: readonly CheckRecord[], now: number): CheckSummary {
    const days = new Map<string, CheckSums>();
    const reasons = new Map<string, AbstainSum>();
    const first = (count: number) =>
        new Date((Math.floor(now / DAY_MS) - count + 1) * DAY_MS).toISOString().slice(0, 10);
    for (const record of records) {
        const key = new Date(record.seenAt).toISOString().slice(0, 10);
        if (key < first(30)) continue;
        days.set(key, add(days.get(key) ?? NOTHING, sumsOf(record)));
        const why = whyNot(record);
        if (why === undefined) continue;
        const { count = 0, sentence = why.sentence } = reasons.get(why.code) ?? {};
        reasons.set(why.code, { ...why, count: count + 1, sentence });
    }
    const rows = [...days].map(([key, sums]) => ({ key, ...sums }));
    rows.sort((a, b) => (a.key < b.key ? -1 : 1));
    const last = (count: number) =>
        rows.filter(({ key }) => key >= first(count)).reduce<CheckSums>(add, NOTHING);
    return {
        ...{ today: last(1), week: last(7), month: last(30), days: rows },
        reasons: [...reasons.values()].sort((a, b) => b.count - a.count),
    };
}

/** Why a check was not claimed in the end; undefined for one that was. */
export function whyNot(record: CheckRecord): Omit<AbstainSum, 'count'> | undefined {
    if (record.claims.some(({ step }) => !NO_CLAIM.has(step))) return undefined;
    const last = record.news.findLast(({ kind }) => kind === 'abstained' || kind === 'outdone');
    if (last === undefined) return undefined;
    const code = last.kind === 'outdone' ? 'ticket' : (last.reason ?? 'unknown');
    return { code, sentence: last.text.replace(/^Not claimed: /, ''), advice: adviceOf(code) };
}

function sumsOf({ claims, earned = 0n, fees = 0n }: CheckRecord): CheckSums {
    const paid = claims.filter(({ step, earned: pay = 0n }) => step === 'returned' && pay > 0n);
    const lost = claims
        .filter(({ step }) => step === 'lost')
        .reduce((sum, { bond }) => sum + bond, 0n);
    return {
        seen: 1,
        claimed: claims.some(({ step }) => !NO_CLAIM.has(step)) ? 1 : 0,
        verified: paid.filter(({ role }) => role === 'verifier').length,
        sat: paid.filter(({ role }) => role === 'juror').length,
        ...{ earned, lost, fees, net: earned - lost - fees },
    };
}

function add(a: CheckSums, b: CheckSums): CheckSums {
    return {
        seen: a.seen + b.seen,
        claimed: a.claimed + b.claimed,
        verified: a.verified + b.verified,
        sat: a.sat + b.sat,
        earned: a.earned + b.earned,
        lost: a.lost + b.lost,
        fees: a.fees + b.fees,
        net: a.net + b.net,
    };
}
