import type { MarketParameters } from '../../wrappers';
import type { Random } from '../random';
import { playCheck } from './check';
import type { CheckRules } from './rules';
import { concede, concessionFine, convict, type Forfeit, priceFine } from './forfeits';
import type { VerifierPool } from './verifiers';

/** A wrong job of a cheat. */
export interface WrongJobPlan {
    /** nanoGRAM */
    readonly price: bigint;
    /** nanoGRAM */
    readonly lock: bigint;
    readonly items: number;
    /** How many of its items are wrong. */
    readonly wrongItems: number;
}

/**
 * `never`: each mismatch goes to a jury. `by-factor`, as in the contracts: a fine of factor * lock; the
 * cheat concedes while its reserve covers that, and stands before juries when conceding would convict
 * it. `by-price`, a cheaper rule: a fine of price / p_min, or what the reserve has left of it.
 */
export type Concession = 'never' | 'by-factor' | 'by-price';

/** A cheat that has all its wrong jobs under way before the first can convict, and then leaves. */
export interface WindowPlan {
    readonly jobs: readonly WrongJobPlan[];
    /** nanoGRAM */
    readonly reserve: bigint;
    /** Locks of right jobs that stand beside; nanoGRAM. */
    readonly otherLocks: bigint;
    /** Basis points. */
    readonly checkRate: number;
    /** Whether it concedes mismatches, and under which rule. */
    readonly concession: Concession;
    /** Whether clients and catchers of the jobs that cost it a forfeit are its friends. */
    readonly league: boolean;
    readonly pool: VerifierPool;
    readonly rules: CheckRules;
    readonly parameters: MarketParameters;
}

export interface WindowEnd {
    /** Saved by wrong items of jobs that were paid, less nothing; nanoGRAM. */
    readonly stolen: bigint;
    /** Lost for good; nanoGRAM. */
    readonly lost: bigint;
    readonly convicted: boolean;
}

/**
 * Plays one window. A wrong item saves its share of the price: all that an item may be worth, since
 * nobody can save more than it is paid. Convictions and concessions happen when all jobs have been
 * paid, which is the best case of the cheat.
 */
export function playWindow(plan: WindowPlan, random: Random): WindowEnd {
    const { parameters } = plan;
    let stolen = 0n;
    let lost = 0n;
    let reserve = plan.reserve;
    let locks = plan.jobs.reduce((sum, { lock }) => sum + lock, plan.otherLocks);
    let convicting: WrongJobPlan | undefined;
    for (const job of plan.jobs) {
        const end = endOf(plan, job, mayConcede(plan, job, reserve), random);
        if (end === 'wrong') convicting ??= job;
        if (end === 'conceded') {
            if (plan.concession === 'by-price') {
                const fine = least(priceFine(parameters, job.price), reserve);
                reserve -= fine;
                lost += job.lock + fine;
            } else {
                const standing = { reserve, locks, unbonding: 0n };
                lost += lossOf(plan, concede(standing, { ...job, costs: 0n }, parameters));
                reserve -= concessionFine(parameters, job.lock);
            }
            locks -= job.lock;
        }
        if (end === 'paid') {
            stolen += (job.price * BigInt(job.wrongItems)) / BigInt(job.items);
        }
    }
    if (convicting !== undefined) {
        const standing = { reserve, locks, unbonding: 0n };
        lost += lossOf(plan, convict(standing, { ...convicting, costs: 0n }, parameters));
    }
    return { stolen, lost, convicted: convicting !== undefined };
}

function mayConcede(plan: WindowPlan, { lock }: WrongJobPlan, reserve: bigint): boolean {
    if (plan.concession === 'never') return false;
    return plan.concession === 'by-price' || concessionFine(plan.parameters, lock) <= reserve;
}

/** What the cheat and its friends lose together. */
function lossOf({ league }: WindowPlan, { forfeited, compensation, reward }: Forfeit): bigint {
    return league ? forfeited - compensation - reward : forfeited;
}

function least(a: bigint, b: bigint): bigint {
    return a < b ? a : b;
}

function endOf(
    { checkRate, pool, rules }: WindowPlan,
    { items, wrongItems }: WrongJobPlan,
    concedes: boolean,
    random: Random,
): 'paid' | 'wrong' | 'void' | 'conceded' {
    if (random.below(10_000) >= checkRate) return 'paid';
    const bad = random.below(items) < wrongItems;
    const { kind } = playCheck(pool, { bad, concedes }, rules, random);
    return kind === 'passed' || kind === 'right' ? 'paid' : kind;
}
