import type { CheckRules } from '../model/rules';
import { poolSize, type VerifierPool } from '../model/verifiers';
import { type JuryPool, verdictChances, type Verdicts, verdictLimit } from './jury';
import { firstChances } from './race';

/** Chances of the ends of a check of one leaf; they add up to 1. */
export interface CheckChances {
    /** The verifier passes. */
    readonly passed: number;
    /** A mismatch, which the provider may concede. */
    readonly mismatch: number;
    /** All rounds were claimed and failed: a jury finds. */
    readonly stalled: number;
    /** Nobody claimed. */
    readonly void: number;
}

/** Chances that the lowest ticket is of this conduct. */
export interface FirstShares {
    readonly honest: number;
    readonly lazy: number;
    readonly colluding: number;
}

/** By the integral of `firstChances`. */
export function firstShares({ groups }: VerifierPool): FirstShares {
    const chances = firstChances(groups);
    const of = (wanted: string) =>
        groups.reduce(
            (sum, { conduct }, at) => (conduct === wanted ? sum + (chances[at] ?? 0) : sum),
            0,
        );
    return { honest: of('honest'), lazy: of('lazy'), colluding: of('colluding') };
}

/**
 * How a check ends. With chance h an honest verifier holds the place and keeps its word with chance
 * r; x = h (1 - r) is the chance that a round fails. Of three rounds
 *
 *     mismatch = h r (1 + x + x^2)    passed = (1 - h) (1 + x + x^2)    stalled = x^3
 *
 * for a bad leaf; for a good one the mismatches pass too.
 */
export function checkChances(
    first: FirstShares,
    reliability: number,
    rounds: number,
    bad: boolean,
): CheckChances {
    const all = first.honest + first.lazy + first.colluding;
    if (all === 0) return { passed: 0, mismatch: 0, stalled: 0, void: 1 };
    const failed = first.honest * (1 - reliability);
    let tries = 0;
    for (let round = 0; round < rounds; round++) tries += failed ** round;
    const honest = first.honest * reliability * tries;
    const others = (first.lazy + first.colluding) * tries;
    return {
        passed: others + (bad ? 0 : honest),
        mismatch: bad ? honest : 0,
        stalled: failed ** rounds,
        void: 0,
    };
}

/** What becomes of one wrong job. */
export interface WrongJob {
    /** delta: its provider is convicted. */
    readonly convicted: number;
    /** A verifier finds a mismatch: what a provider may concede. */
    readonly mismatch: number;
    /** It is paid like a right one. */
    readonly paid: number;
}

export interface WrongJobSetting {
    /** The chance that the job is checked: p. */
    readonly checkRate: number;
    /** The chance that the drawn leaf is a bad one: b. */
    readonly badShare: number;
    readonly pool: VerifierPool;
    readonly rules: CheckRules;
}

/**
 * delta = p * b * (mismatch + stalled) * alpha, with alpha the chance that juries convict. Exact for
 * stakes of one weight; for several weights juries are taken as draws by share of weight, which
 * many stakes make true.
 */
export function wrongJob(setting: WrongJobSetting): WrongJob {
    const { checkRate: p, badShare: b, pool, rules } = setting;
    const first = firstShares(pool);
    const bad = checkChances(first, pool.reliability, rules.rounds, true);
    const good = checkChances(first, pool.reliability, rules.rounds, false);
    const verdict = juryVerdicts(pool, rules, true);
    const innocent = juryVerdicts(pool, rules, false);
    const tried = bad.mismatch + bad.stalled;
    return {
        convicted: p * (b * tried * verdict.wrong + (1 - b) * good.stalled * innocent.wrong),
        mismatch: p * b * bad.mismatch,
        paid:
            1 -
            p +
            p * b * (bad.passed + tried * verdict.right) +
            p * (1 - b) * (good.passed + good.stalled * innocent.right),
    };
}

/** What juries find after an honest verifier has opened them, or has lost its bond last. */
export function juryVerdicts(pool: VerifierPool, rules: CheckRules, bad: boolean): Verdicts {
    const counts = juryPool(pool);
    if (counts.honest === 0) return { right: 0, wrong: 0, void: 1 };
    const present = pool.groups.filter(({ count }) => count > 0);
    const one = new Set(present.map(({ weight }) => weight)).size === 1;
    if (one || !bad) {
        const rest = { ...counts, honest: counts.honest - 1 };
        return verdictChances(rest, rules, bad ? 'bad-leaf' : 'innocent');
    }
    if (poolSize(pool) <= rules.jurors) return { right: 0, wrong: 0, void: 1 };
    return verdictLimit({ ...weightShares(pool), reliability: pool.reliability }, rules);
}

function juryPool({ groups, reliability }: VerifierPool): JuryPool {
    const of = (wanted: string) =>
        groups.reduce((sum, { conduct, count }) => (conduct === wanted ? sum + count : sum), 0);
    return {
        honest: of('honest'),
        lazy: of('lazy'),
        colluding: of('colluding'),
        reliability,
    };
}

/** Shares of all weight by conduct. */
export function weightShares({ groups }: VerifierPool): FirstShares {
    const of = (wanted?: string) =>
        groups.reduce(
            (sum, { conduct, count, weight }) =>
                wanted === undefined || conduct === wanted ? sum + count * weight : sum,
            0,
        );
    const all = Math.max(of(), 1);
    return { honest: of('honest') / all, lazy: of('lazy') / all, colluding: of('colluding') / all };
}

/** Shares of weight among many stakes, none of which is large. */
export interface Shares {
    readonly colluding: number;
    readonly lazy: number;
    /** The chance that an honest stake keeps its word. */
    readonly reliability: number;
}

/** `wrongJob` where very many stakes are online, with every leaf wrong. */
export function wrongJobLimit(checkRate: number, shares: Shares, rules: CheckRules): WrongJob {
    const { colluding, lazy, reliability } = shares;
    const first = { honest: 1 - colluding - lazy, lazy, colluding };
    const bad = checkChances(first, reliability, rules.rounds, true);
    const verdict = verdictLimit({ ...first, reliability }, rules);
    const tried = bad.mismatch + bad.stalled;
    return {
        convicted: checkRate * tried * verdict.wrong,
        mismatch: checkRate * bad.mismatch,
        paid: 1 - checkRate + checkRate * (bad.passed + tried * verdict.right),
    };
}

/** Wrong jobs that are paid before one convicts, at one job at a time: (1 - delta) / delta. */
export function theftBeforeDetection(delta: number): number {
    return (1 - delta) / delta;
}

/** The same where a wrong job may also end unpaid and without conviction: paid / convicted. */
export function paidBeforeConviction({ paid, convicted }: WrongJob): number {
    return paid / convicted;
}
