/** What verifying brings, per check; in the unit of the money that is given. */

/** What one check brings and takes. */
export interface CheckMoney {
    readonly fee: number;
    readonly claim: number;
    readonly work: number;
}

/**
 * Of a verifier that executes: a good leaf brings the fee; a bad one brings ten fees in place of it
 * where juries convict. `bad` is the share of bad leaves among those drawn.
 */
export function honestIncome(
    { fee, claim, work }: CheckMoney,
    bad: number,
    convicted: number,
    bond: number,
): number {
    // Who is not borne out by a jury loses its bond.
    return (1 - bad) * fee + bad * (convicted * 10 * fee - (1 - convicted) * bond) - claim - work;
}

/** Of a verifier that sketches what it is served: the fee, whatever the leaf is worth. */
export function lazyIncome({ fee, claim }: CheckMoney): number {
    return fee - claim;
}

/** The share of bad leaves from which executing pays better than not: work / (9 fee) with alpha 1. */
export function workingShare({ fee, work }: CheckMoney, convicted: number, bond: number): number {
    return work / (convicted * 10 * fee - (1 - convicted) * bond - fee);
}

/** Income a job of one of V equal verifiers: p (fee - claim - work) / V. */
export function incomePerJob(
    { fee, claim, work }: CheckMoney,
    checkRate: number,
    verifiers: number,
): number {
    return verifiers === 0 ? 0 : (checkRate * (fee - claim - work)) / verifiers;
}
