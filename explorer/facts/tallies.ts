import type { DayRecord, ModelRecord, StakeRecord } from '../wire';

/*
 * Sums over many accounts. Accounts are read in no particular order, so that all that is done here
 * must give the same whatever comes first: additions, earliest and latest, and the latest of many.
 */

/** Prices of a model that are remembered. */
const LATEST_PRICES = 64;
/** Days on which a node signed that are remembered by their numbers. */
const LATEST_DAYS = 60;

export function blankStake(stake: string, at: number): StakeRecord {
    return {
        stake,
        firstAt: at,
        lastAt: at,
        signedDays: 0,
        latestDays: [],
        bids: 0,
        delivered: 0,
        missed: 0,
        declined: 0,
        paidJobs: 0,
        earned: '0',
        checksPassed: 0,
        claims: 0,
        checksDone: 0,
        jurySeats: 0,
        catches: 0,
        rewards: '0',
        fines: 0,
        convictions: 0,
        forfeited: '0',
        burnt: '0',
    };
}

export function blankModel(model: string, at: number): ModelRecord {
    return {
        model,
        jobs: 0,
        paidJobs: 0,
        items: 0,
        paid: '0',
        firstAt: at,
        lastAt: at,
        latest: [],
    };
}

export function blankDay(day: number): DayRecord {
    return {
        day,
        posted: 0,
        bids: 0,
        ended: 0,
        paidJobs: 0,
        items: 0,
        volume: '0',
        fees: '0',
        refunded: '0',
        checks: 0,
        juries: 0,
        missed: 0,
        convictions: 0,
        burnt: '0',
        networkFees: '0',
        stakesOpened: 0,
    };
}

/** The day of a time, days since 1970 in UTC. */
export function dayOf(at: number): number {
    return Math.floor(at / 86_400);
}

/** A record with more of some of its counts and amounts. */
export function plus<T extends object>(
    record: T,
    more: { readonly [K in keyof T]?: number | bigint | undefined },
): T {
    const sums = Object.entries(more).map(([name, add]) => {
        const had = record[name as keyof T];
        const sum =
            typeof had === 'string'
                ? (BigInt(had) + BigInt(add as bigint)).toString()
                : ((had ?? 0) as number) + Number(add);
        return [name, sum];
    });
    return { ...record, ...(Object.fromEntries(sums) as Partial<T>) };
}

/** A record that something happened to at a time. */
export function seen<T extends { readonly firstAt: number; readonly lastAt: number }>(
    record: T,
    at: number,
): T {
    return {
        ...record,
        firstAt: Math.min(record.firstAt, at),
        lastAt: Math.max(record.lastAt, at),
    };
}

/** A Stake whose node signed something; its own history comes in order. */
export function signed(record: StakeRecord, at: number): StakeRecord {
    const day = dayOf(at);
    const known = record.latestDays.at(-1) === day;
    return {
        ...record,
        signedAt: at,
        signedDays: record.signedDays + (known ? 0 : 1),
        latestDays: known ? record.latestDays : [...record.latestDays, day].slice(-LATEST_DAYS),
    };
}

/** A model with one more price: the latest stay, whatever order they come in. */
export function priced(record: ModelRecord, price: ModelRecord['latest'][number]): ModelRecord {
    const latest = [...record.latest, price].sort(
        (a, b) => Number(BigInt(a.lt) - BigInt(b.lt)) || (a.job < b.job ? -1 : 1),
    );
    return { ...record, latest: latest.slice(-LATEST_PRICES) };
}
