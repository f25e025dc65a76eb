import type { MarketParameters } from '../../wrappers';
import type { Random } from '../random';
import { type CheckRules, playCheck } from './check';
import { concede, convict } from './forfeits';
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

/** A cheat that has all its wrong jobs under way before the first can convict, and then leaves. */
export interface WindowPlan {
    readonly jobs: readonly WrongJobPlan[];
    /** nanoGRAM */
    readonly reserve: bigint;
    /** Locks of right jobs that stand beside; nanoGRAM. */
    readonly otherLocks: bigint;
    /** Basis points. */
    readonly checkRate: number;
    /** Whether it concedes each mismatch. */
    readonly concedes: boolean;
    /** Whether client and catcher of the job that convicts it are its friends. */
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
    readonly mismatches: number;
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
    let mismatches = 0;
    let convicting: WrongJobPlan | undefined;
    for (const job of plan.jobs) {
        const end = endOf(plan, job, random);
        if (end === 'wrong') convicting ??= job;
        if (end === 'conceded') {
            mismatches++;
            const { fine } = concede({ reserve }, { ...job, costs: 0n }, parameters);
            reserve -= fine;
            lost += fine + job.lock;
        }
        if (end === 'paid') {
            stolen += (job.price * BigInt(job.wrongItems)) / BigInt(job.items);
        }
    }
    if (convicting !== undefined) {
        const locks = plan.jobs.reduce((sum, { lock }) => sum + lock, plan.otherLocks);
        const standing = { reserve, locks, unbonding: 0n };
        const { forfeited, compensation, reward } = convict(
            standing,
            { ...convicting, costs: 0n },
            parameters,
        );
        lost += plan.league ? forfeited - compensation - reward : forfeited;
    }
    return { stolen, lost, convicted: convicting !== undefined, mismatches };
}

function endOf(
    { checkRate, pool, rules, concedes }: WindowPlan,
    { items, wrongItems }: WrongJobPlan,
    random: Random,
): 'paid' | 'wrong' | 'void' | 'conceded' {
    if (random.below(10_000) >= checkRate) return 'paid';
    const bad = random.below(items) < wrongItems;
    const { kind } = playCheck(pool, { bad, concedes }, rules, random);
    return kind === 'passed' || kind === 'right' ? 'paid' : kind;
}
