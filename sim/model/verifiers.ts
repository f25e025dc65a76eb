import type { Racers } from './race';

/**
 * How a verifying node behaves.
 *
 * - `honest` executes, and says what it found, as far as it is reliable.
 * - `lazy` never executes. As a verifier it sketches the committed result that the provider serves
 *   to everybody, and so passes it; as a juror it says that the data is missing, which counts like
 *   "wrong", is paid where the others find so, and costs nothing where they do not.
 * - `colluding` passes an accomplice and finds it right, and finds right whoever is not attacked.
 */
export type Conduct = 'honest' | 'lazy' | 'colluding';

/** Verifying stakes of one conduct and weight that are online and may claim. */
export interface VerifierGroup extends Racers {
    readonly conduct: Conduct;
}

/** The stakes that may claim about a job, and how often an honest one keeps its word. */
export interface VerifierPool {
    readonly groups: readonly VerifierGroup[];
    /** The chance that an honest claimant seals and reveals in time. */
    readonly reliability: number;
}

/** Verifying stakes in all. */
export function poolSize({ groups }: VerifierPool): number {
    return groups.reduce((sum, { count }) => sum + count, 0);
}

/** Counts of honest, lazy and colluding stakes; all of one weight. */
export function poolOf(
    counts: Readonly<Partial<Record<Conduct, number>>>,
    reliability = 1,
    weight = 100,
): VerifierPool {
    const conducts: readonly Conduct[] = ['honest', 'lazy', 'colluding'];
    return {
        groups: conducts.map((conduct) => ({ conduct, count: counts[conduct] ?? 0, weight })),
        reliability,
    };
}

/** The pool without one stake of each of these groups. */
export function without(pool: VerifierPool, groups: readonly number[]): VerifierPool {
    const counts = pool.groups.map(({ count }) => count);
    for (const at of groups) counts[at] = (counts[at] ?? 0) - 1;
    return {
        ...pool,
        groups: pool.groups.map((group, at) => ({ ...group, count: counts[at] ?? 0 })),
    };
}
