import { checkChances, firstShares, juryVerdicts } from '../formulas/detection';
import type { CheckRules } from '../model/rules';
import type { VerifierPool } from '../model/verifiers';

/** What the formulas give the ends of a check, before it is played. */
export interface Expected {
    readonly passed: number;
    readonly convicted: number;
    /** Passed by an honest verifier. */
    readonly honest: number;
}

export type Forecast = (pool: VerifierPool, bad: boolean) => Expected;

/** The formulas, remembered by the counts of a pool, which change with convictions only. */
export function createForecast(rules: CheckRules): Forecast {
    const known = new Map<string, Expected>();
    return (pool, bad) => {
        const key = `${bad} ${pool.groups.map(({ count }) => count).join()}`;
        const found = known.get(key) ?? expect(pool, bad, rules);
        known.set(key, found);
        return found;
    };
}

function expect(pool: VerifierPool, bad: boolean, rules: CheckRules): Expected {
    const first = firstShares(pool);
    const chances = checkChances(first, pool.reliability, rules.rounds, bad);
    const good = checkChances(first, pool.reliability, rules.rounds, false);
    const seen = checkChances(first, pool.reliability, rules.rounds, true);
    return {
        passed: chances.passed,
        convicted: (chances.mismatch + chances.stalled) * juryVerdicts(pool, rules, bad).wrong,
        honest: bad ? 0 : good.passed - seen.passed,
    };
}
