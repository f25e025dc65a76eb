import type { MarketParameters } from '../../wrappers';
import type { Random } from '../random';
import { playCheck } from './check';
import type { CheckRules } from './rules';
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

/**
 * `never`: each mismatch goes to a jury. `built`: each is conceded, as the contracts allow. `covered`:
 * a rule that they might have: a fine of factor * lock, and no concession that the reserve does not
 * cover.
 */
export type Concession = 'never' | 'built' | 'covered';

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
    let conceded = 0n;
    let convicting: WrongJobPlan | undefined;
    for (const job of plan.jobs) {
        const full = BigInt(parameters.factor) * job.lock;
        const concedes =
            plan.concession === 'built' || (plan.concession === 'covered' && reserve >= full);
        const end = endOf(plan, job, concedes, random);
        if (end === 'wrong') convicting ??= job;
        if (end === 'conceded') {
            const fine =
                plan.concession === 'built'
                    ? concede({ reserve }, { ...job, costs: 0n }, parameters).fine
                    : full;
            reserve -= fine;
            lost += fine + job.lock;
            conceded += job.lock;
        }
        if (end === 'paid') {
            stolen += (job.price * BigInt(job.wrongItems)) / BigInt(job.items);
        }
    }
    if (convicting !== undefined) {
        const locks = plan.jobs.reduce((sum, { lock }) => sum + lock, plan.otherLocks - conceded);
        const standing = { reserve, locks, unbonding: 0n };
        const { forfeited, compensation, reward } = convict(
            standing,
            { ...convicting, costs: 0n },
            parameters,
        );
        lost += plan.league ? forfeited - compensation - reward : forfeited;
    }
    return { stolen, lost, convicted: convicting !== undefined };
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
