import { binomial } from '../statistics';

// Read once: in the contexts of jest a look at a global takes longer than the function.
const { expm1, floor, log1p, min } = Math;

/** The chance that at least one of N wrong jobs convicts: 1 - (1 - delta)^N. */
export function caught(jobs: number, delta: number): number {
    return -expm1(jobs * log1p(-delta));
}

/** The least forfeit with which N wrong jobs of saving g do not pay: N g / (1 - (1 - delta)^N). */
export function neededForfeit(jobs: number, saving: number, delta: number): number {
    return (jobs * saving) / caught(jobs, delta);
}

/** What that never exceeds: g / delta + (N - 1) g. docs/economics.md has the proof. */
export function forfeitBound(jobs: number, saving: number, delta: number): number {
    return saving / delta + (jobs - 1) * saving;
}

/**
 * The least factor with which no set of wrong jobs in one window pays, in locks:
 * ratio / delta - 1 + back. docs/economics.md has the proof that one job decides.
 *
 * @param ratio - the largest saving in terms of the largest lock; at most 1
 * @param back - what comes back to the cheat's friends, in locks
 */
export function neededFactor(ratio: number, delta: number, back: number): number {
    return ratio / delta - 1 + back;
}

/** The least delta that a factor makes up for: ratio / (factor + 1 - back). */
export function neededDetection(ratio: number, factor: number, back: number): number {
    return ratio / (factor + 1 - back);
}

/** What a cheat does in one window, in any unit of money. */
export interface Window {
    readonly jobs: number;
    /** Saved by each wrong job that is paid. */
    readonly saving: number;
    readonly lock: number;
    readonly reserve: number;
    /** What comes back to the cheat's friends of a conviction, or of a concession. */
    readonly back: number;
}

/**
 * Expected gain from N wrong jobs that are all under way before the first can convict:
 * N * paid * g - (1 - (1 - delta)^N) * (R + N L - B).
 */
export function windowGain(
    { jobs, saving, lock, reserve, back }: Window,
    { paid, convicted }: { readonly paid: number; readonly convicted: number },
): number {
    return jobs * paid * saving - caught(jobs, convicted) * (reserve + jobs * lock - back);
}

/**
 * The same for a cheat that concedes as long as its reserve covers the fine, and then stands before
 * juries. Of K mismatches, K binomial, the first C = min(K, floor(R / fine)) are conceded and cost
 * fine + L - B each. Each other one convicts with chance a or is paid with chance b; a conviction takes
 * R - C fine + (N - C) L, of which B or a quarter comes back. For stakes that keep their word: what is
 * no mismatch is paid.
 *
 * @param mismatch - the chance that a wrong job is found out by its verifier
 */
export function concedingGain(
    { jobs, saving, lock, reserve, back }: Window,
    mismatch: number,
    verdicts: { readonly wrong: number; readonly right: number },
    fine: number,
): number {
    const covered = floor(reserve / fine);
    let gain = 0;
    for (let count = 0; count <= jobs; count++) {
        const conceded = min(count, covered);
        const judged = count - conceded;
        const paid = jobs - count + judged * verdicts.right;
        const standing = reserve - conceded * fine + (jobs - conceded) * lock;
        const convicted = 1 - (1 - verdicts.wrong) ** judged;
        const lost =
            conceded * (fine + lock - back) + convicted * (standing - min(back, standing / 4));
        gain += binomial(count, jobs, mismatch) * (paid * saving - lost);
    }
    return gain;
}

/**
 * The same under a cheaper rule, without friends: each of K mismatches costs the lock and a fine as long
 * as the reserve lasts, and nobody is convicted: N * paid * g - E[min(R, K fine)] - E[K] L.
 *
 * @param mismatch - the chance that a wrong job is found out by its verifier
 */
export function cheaplyConcedingGain(
    { jobs, saving, lock, reserve }: Omit<Window, 'back'>,
    { paid, mismatch }: { readonly paid: number; readonly mismatch: number },
    fine: number,
): number {
    let fines = 0;
    for (let count = 0; count <= jobs; count++) {
        fines += binomial(count, jobs, mismatch) * min(reserve, count * fine);
    }
    return jobs * paid * saving - fines - jobs * mismatch * lock;
}
