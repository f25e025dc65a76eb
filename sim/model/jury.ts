import type { Random } from '../random';
import type { CheckRules } from './rules';
import { lowestTickets } from './race';
import { type Conduct, type VerifierPool, without } from './verifiers';

/** What juries find in the end: `wrong` convicts. */
export type Verdict = 'right' | 'wrong' | 'void';

/** What one jury finds; `unfilled` where too few came. */
export type Finding = Verdict | 'unfilled';

/** Votes that a majority of all seats takes: `findingOf` in contracts/escrow/jury.tact. */
export function majorityOf(seats: number): number {
    return Math.floor(seats / 2) + 1;
}

/** What a majority of all seats says, as in the contract. */
export function findingOf(right: number, wrong: number, seats: number): Verdict {
    if (right >= majorityOf(seats)) return 'right';
    return wrong >= majorityOf(seats) ? 'wrong' : 'void';
}

/**
 * What a juror says. Honest ones are right about the leaf; the lazy ones' "missing" counts like
 * "wrong"; colluding ones say `right`.
 */
export function voteOf(conduct: Conduct, bad: boolean): 'right' | 'wrong' {
    if (conduct === 'honest') return bad ? 'wrong' : 'right';
    return conduct === 'lazy' ? 'wrong' : 'right';
}

/** One jury: its finding, and the groups of who sat. */
export function sitJury(
    pool: VerifierPool,
    bad: boolean,
    seats: number,
    random: Random,
): { readonly finding: Finding; readonly seated: readonly number[] } {
    const seated = lowestTickets(pool.groups, seats, random);
    if (seated.length < seats) return { finding: 'unfilled', seated };
    let right = 0;
    let wrong = 0;
    for (const at of seated) {
        const conduct = pool.groups[at]?.conduct ?? 'honest';
        if (conduct === 'honest' && !random.chance(pool.reliability)) continue;
        if (voteOf(conduct, bad) === 'right') right++;
        else wrong++;
    }
    return { finding: findingOf(right, wrong, seats), seated };
}

/**
 * Both juries. The one that opened the first is no longer in the pool. Who is found wrong appeals,
 * since all its reserve is at stake; a finding of right or void ends the matter, since nodes do not
 * dispute on their own account and a void cannot be disputed. Where the appeal's seats are not
 * filled, the first finding stands.
 */
export function sitJuries(
    pool: VerifierPool,
    bad: boolean,
    rules: CheckRules,
    random: Random,
): Verdict {
    const first = sitJury(pool, bad, rules.jurors, random);
    if (first.finding === 'unfilled') return 'void';
    if (first.finding !== 'wrong') return first.finding;
    const appeal = sitJury(without(pool, first.seated), bad, rules.appealJurors, random);
    return appeal.finding === 'unfilled' ? 'wrong' : appeal.finding;
}
