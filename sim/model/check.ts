import type { Random } from '../random';
import { sitJuries, type Verdict } from './jury';
import { lowestTickets } from './race';
import type { CheckRules } from './rules';
import { type VerifierPool, without } from './verifiers';

/** How a drawn job ends. */
export interface CheckEnd {
    /**
     * `passed`: the provider is paid. `conceded`: a mismatch that the provider admits. `void`: a
     * refund without blame, or payment where the client offered it. Else the juries' finding.
     */
    readonly kind: 'passed' | 'conceded' | Verdict;
    /** The group of the verifier whose result opened a jury or passed; none in a void without claims. */
    readonly verifier: number | undefined;
    /** Rounds that were begun. */
    readonly rounds: number;
    /** Whether a verifier's mismatch, or rounds that stalled, brought the provider before a jury. */
    readonly accused: boolean;
}

/** What is checked. */
export interface CheckedWork {
    /** Whether the drawn leaf is wrong. */
    readonly bad: boolean;
    /** Whether the provider admits a first mismatch instead of standing before a jury. */
    readonly concedes: boolean;
}

/**
 * Plays the check of a drawn leaf as the Escrow does (contracts/escrow/check.tact, tickCheck): in
 * each round the lowest ticket holds the place; who fails loses its bond, and the next round draws
 * anew among all; after the last, a jury finds where somebody had claimed, else the job is void.
 * An honest verifier of a right leaf passes it; colluding ones attack nobody.
 */
export function playCheck(
    pool: VerifierPool,
    work: CheckedWork,
    rules: CheckRules,
    random: Random,
): CheckEnd {
    let verifier: number | undefined;
    for (let round = 1; round <= rules.rounds; round++) {
        [verifier] = lowestTickets(pool.groups, 1, random);
        if (verifier === undefined) continue;
        const conduct = pool.groups[verifier]?.conduct;
        if (conduct === 'honest' && !random.chance(pool.reliability)) continue;
        if (conduct !== 'honest' || !work.bad) {
            return { kind: 'passed', verifier, rounds: round, accused: false };
        }
        if (work.concedes) return { kind: 'conceded', verifier, rounds: round, accused: true };
        return {
            kind: sitJuries(without(pool, [verifier]), work.bad, rules, random),
            verifier,
            rounds: round,
            accused: true,
        };
    }
    if (verifier === undefined) {
        return { kind: 'void', verifier, rounds: rules.rounds, accused: false };
    }
    // The last bond that was lost pays for a jury, on which its owner may not sit. Nobody has caught
    // anybody, and a provider may concede a mismatch alone.
    return {
        kind: sitJuries(without(pool, [verifier]), work.bad, rules, random),
        verifier,
        rounds: rules.rounds,
        accused: true,
    };
}
