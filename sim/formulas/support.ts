import type { CheckRules } from '../model/rules';
import { wrongJobLimit } from './detection';
import { verdictLimit } from './jury';
import { concedingGain, neededFactor } from './reserve';

/** What the reserve of a cheat meets: shares are of the verifying stake online. */
export interface Protection {
    readonly checkRate: number;
    readonly factor: number;
    readonly lazy: number;
    /** What comes back to the cheat's friends, in locks. */
    readonly back: number;
    readonly rules: CheckRules;
}

/** Numbers of equal wrong jobs in one window that are tried; the most dangerous are around 80. */
const COUNTS = [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150, 200, 300, 500];

/** The share of colluding stake, to half a percent, up to which no wrong jobs pay without concessions. */
export function supportedShare({ checkRate, factor, lazy, back, rules }: Protection): number {
    return largestShare((colluding) => {
        const shares = { colluding, lazy, reliability: 1 };
        return neededFactor(1, wrongJobLimit(checkRate, shares, rules).convicted, back) <= factor;
    });
}

/**
 * The same for a cheat that concedes what its reserve covers. Found by trying: equal jobs at the largest
 * lock that the reserve bears, or at a half or a fifth of it, and many numbers of jobs.
 */
export function supportedConcedingShare(protection: Protection): number {
    const { checkRate, factor, lazy, back, rules } = protection;
    return largestShare((colluding) => {
        const shares = { colluding, lazy, reliability: 1 };
        const { mismatch } = wrongJobLimit(checkRate, shares, rules);
        const verdicts = verdictLimit({ honest: 1 - colluding - lazy, ...shares }, rules);
        return [1, 2, 5].every((covered) =>
            COUNTS.every((jobs) => {
                const window = { jobs, saving: 1, lock: 1, reserve: covered * factor, back };
                return concedingGain(window, mismatch, verdicts, factor) <= 0;
            }),
        );
    });
}

/**
 * The largest share below a half, in steps of half a percent, that holds; below 0 where none does. What
 * holds for a share holds for smaller ones: more of the stake works.
 */
function largestShare(holds: (share: number) => boolean): number {
    let [held, failed] = [-1, 100];
    while (failed - held > 1) {
        const step = Math.floor((held + failed) / 2);
        if (holds(step / 200)) held = step;
        else failed = step;
    }
    return held / 200;
}
