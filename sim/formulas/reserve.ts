import { binomial } from '../statistics';

/** The chance that at least one of N wrong jobs convicts: 1 - (1 - delta)^N. */
export function caught(jobs: number, delta: number): number {
    return -Math.expm1(jobs * Math.log1p(-delta));
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
    /** Of a conviction, or of each fine, what comes back to the cheat's friends. */
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
 * The same where a concession costs the whole reserve, and none is possible after that: of K mismatches
 * the first is conceded, and each other one convicts with chance a or is paid with chance b.
 */
export function coveredConcessionGain(
    { jobs, saving, lock, reserve }: Omit<Window, 'back'>,
    mismatch: number,
    verdicts: { readonly wrong: number; readonly right: number },
): number {
    let gain = 0;
    for (let count = 0; count <= jobs; count++) {
        const judged = Math.max(0, count - 1);
        const paid = jobs - count + judged * verdicts.right;
        const locks = (1 - (1 - verdicts.wrong) ** judged) * (jobs - 1) * lock;
        const lost = count === 0 ? 0 : reserve + lock + locks;
        gain += binomial(count, jobs, mismatch) * (paid * saving - lost);
    }
    return gain;
}

/**
 * The same for a cheat that concedes each mismatch: of K mismatches each costs the lock and a fine,
 * as long as the reserve lasts: N * paid * g - E[min(R, K f)] - E[K] L, with K binomial.
 *
 * @param mismatch - the chance that a wrong job is found out by its verifier
 */
export function concedingGain(
    { jobs, saving, lock, reserve }: Omit<Window, 'back'>,
    { paid, mismatch }: { readonly paid: number; readonly mismatch: number },
    fine: number,
): number {
    let fines = 0;
    for (let count = 0; count <= jobs; count++) {
        fines += binomial(count, jobs, mismatch) * Math.min(reserve, count * fine);
    }
    return jobs * paid * saving - fines - jobs * mismatch * lock;
}
