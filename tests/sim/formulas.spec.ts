import {
    caught,
    cheaplyConcedingGain,
    concedingGain,
    forfeitBound,
    neededFactor,
    neededForfeit,
    windowGain,
} from '../../sim/formulas/reserve';
import { atLeast, benches, colludingMajority, verdictChances } from '../../sim/formulas/jury';
import { checkChances, firstShares } from '../../sim/formulas/detection';
import { firstChances, largeStakeChance } from '../../sim/formulas/race';
import { steadyRate, steadyRecord } from '../../sim/formulas/record';
import { supportedConcedingShare, supportedShare } from '../../sim/formulas/support';
import { findingOf, voteOf } from '../../sim/model/jury';
import { checkRules } from '../../sim/model/rules';
import { poolOf, type Conduct } from '../../sim/model/verifiers';
import { binomial, binomialTail, choose, logFactorial, Sample, wilson } from '../../sim/statistics';
import { MAIN_PARAMETERS } from '../../wrappers';

/** All ways to take `count` of a list without regard to order. */
function combinations<T>(list: readonly T[], count: number): T[][] {
    if (count === 0) return [[]];
    return list.flatMap((one, at) =>
        combinations(list.slice(at + 1), count - 1).map((rest) => [one, ...rest]),
    );
}

/** All sequences of heads and tails with their chances. */
function tosses(
    count: number,
    p: number,
): { readonly heads: boolean[]; readonly chance: number }[] {
    if (count === 0) return [{ heads: [], chance: 1 }];
    return tosses(count - 1, p).flatMap(({ heads, chance }) => [
        { heads: [...heads, true], chance: chance * p },
        { heads: [...heads, false], chance: chance * (1 - p) },
    ]);
}

describe('The reserve rule', () => {
    it('is what all sequences of N jobs come to', () => {
        const [delta, reserve, back] = [0.3, 7, 2];
        for (const jobs of [1, 2, 5]) {
            let gain = 0;
            let convicted = 0;
            for (const { heads, chance } of tosses(jobs, delta)) {
                const hits = heads.filter(Boolean).length;
                if (hits > 0) convicted += chance;
                gain += chance * (jobs - hits - (hits > 0 ? reserve + jobs - back : 0));
            }
            expect(caught(jobs, delta)).toBeCloseTo(convicted, 12);
            const window = { jobs, saving: 1, lock: 1, reserve, back };
            expect(windowGain(window, { paid: 1 - delta, convicted: delta })).toBeCloseTo(gain, 12);
        }
    });

    it('needs never more than g / delta + (N - 1) g, and as much for one job', () => {
        for (const delta of [1e-4, 0.002, 0.0157, 0.1, 0.5, 0.99]) {
            expect(neededForfeit(1, 3, delta)).toBeCloseTo(forfeitBound(1, 3, delta), 6);
            for (const jobs of [2, 3, 10, 100, 5_000]) {
                expect(neededForfeit(jobs, 3, delta)).toBeLessThanOrEqual(
                    forfeitBound(jobs, 3, delta) * (1 + 1e-12),
                );
            }
        }
    });

    it('holds for mixed prices and any subset of wrong jobs at the factor that it names', () => {
        const locks = [1, 0.3, 0.05, 0.9, 0.6, 0.2, 1, 0.75];
        for (const delta of [0.01, 0.05, 0.3]) {
            for (const ratio of [1, 0.5, 0.2]) {
                const back = 2;
                const factor = Math.max(neededFactor(ratio, delta, back), 0);
                for (let set = 1; set < 2 ** locks.length; set++) {
                    const wrong = locks.filter((_, at) => (set >> at) & 1);
                    const saved = wrong.reduce((sum, lock) => sum + ratio * lock, 0);
                    const most = Math.max(...wrong);
                    // The reserve backs the largest lock; what comes back is in terms of it too.
                    const lost =
                        (factor - back) * most + wrong.reduce((sum, lock) => sum + lock, 0);
                    const gain = saved - caught(wrong.length, delta) * lost;
                    expect(gain).toBeLessThanOrEqual(1e-9);
                }
            }
        }
    });

    it('fails one step below that factor', () => {
        const [delta, back] = [0.02, 13];
        const lost = neededFactor(1, delta, back) - 0.01 - back + 1;
        expect(1 - caught(1, delta) * lost).toBeGreaterThan(0);
    });

    it('of a cheat that concedes is what all sequences come to', () => {
        const [jobs, mismatch, fine, back] = [5, 0.25, 3, 1];
        const verdicts = { wrong: 0.8, right: 0.15 };
        const ends = { paid: 1 - mismatch, mismatch };
        // A reserve for one concession and a rest, and for two.
        for (const reserve of [4, 6]) {
            let cheaply = 0;
            let gain = 0;
            for (const { heads, chance } of tosses(jobs, mismatch)) {
                const hits = heads.filter(Boolean).length;
                cheaply += chance * (jobs - hits - hits - Math.min(reserve, hits * fine));
                let [left, locks, lost] = [reserve, jobs, 0];
                let judged = 0;
                for (let hit = 0; hit < hits; hit++) {
                    if (left < fine) judged++;
                    else {
                        left -= fine;
                        locks -= 1;
                        lost += fine + 1 - back;
                    }
                }
                for (const found of tosses(judged, verdicts.wrong)) {
                    const guilty = found.heads.filter(Boolean).length;
                    const acquitted = (judged - guilty) * (verdicts.right / (1 - verdicts.wrong));
                    const taken = guilty > 0 ? left + locks : 0;
                    const all = lost + taken - Math.min(back, taken / 4);
                    gain += chance * found.chance * (jobs - hits + acquitted - all);
                }
            }
            const window = { jobs, saving: 1, lock: 1, reserve };
            expect(cheaplyConcedingGain(window, ends, fine)).toBeCloseTo(cheaply, 12);
            expect(concedingGain({ ...window, back }, mismatch, verdicts, fine)).toBeCloseTo(
                gain,
                12,
            );
        }
    });

    it('holds on the main networks with three tenths colluding, whether or not a cheat concedes', () => {
        const { factor, minCheckRate } = MAIN_PARAMETERS;
        const rules = checkRules(MAIN_PARAMETERS);
        const main = { checkRate: minCheckRate / 10_000, factor, lazy: 0, back: 13.007, rules };
        expect(supportedShare(main)).toBeGreaterThanOrEqual(0.3);
        expect(supportedConcedingShare(main)).toBeGreaterThanOrEqual(0.3);
        // And not at 2 %.
        expect(supportedShare({ ...main, checkRate: 0.02 })).toBeLessThan(0.25);
        expect(supportedConcedingShare({ ...main, checkRate: 0.02 })).toBeLessThan(0.2);
    });
});

describe('Chances of juries', () => {
    const SEATS = { jurors: 3, appealJurors: 5 };

    /** By enumeration of all benches, and of who reveals. */
    function enumerated(
        counts: Record<Conduct, number>,
        reliability: number,
        bad: boolean,
    ): { right: number; wrong: number } {
        const stakes = (Object.keys(counts) as Conduct[]).flatMap((conduct) =>
            Array.from({ length: counts[conduct] }, (_, index) => ({ conduct, index })),
        );
        const jury = (from: typeof stakes, seats: number) => {
            const all = combinations(from, seats);
            return all.flatMap((bench) => {
                const honest = bench.filter(({ conduct }) => conduct === 'honest');
                return tosses(honest.length, reliability).map(({ heads, chance }) => {
                    let revealed = 0;
                    const votes = bench.flatMap(({ conduct }) => {
                        if (conduct === 'honest' && !heads[revealed++]) return [];
                        return [voteOf(conduct, bad)];
                    });
                    const count = (said: string) => votes.filter((vote) => vote === said).length;
                    const finding = findingOf(count('right'), count('wrong'), seats);
                    return { bench, finding, chance: chance / all.length };
                });
            });
        };
        let right = 0;
        let wrong = 0;
        for (const first of jury(stakes, SEATS.jurors)) {
            if (first.finding === 'right') right += first.chance;
            if (first.finding !== 'wrong') continue;
            const rest = stakes.filter((stake) => !first.bench.includes(stake));
            for (const second of jury(rest, SEATS.appealJurors)) {
                if (second.finding === 'right') right += first.chance * second.chance;
                if (second.finding === 'wrong') wrong += first.chance * second.chance;
            }
        }
        return { right, wrong };
    }

    it('are what all benches and all silences come to', () => {
        const counts = { honest: 5, lazy: 1, colluding: 3 };
        for (const reliability of [1, 0.7]) {
            for (const bad of [true, false]) {
                const expected = enumerated(counts, reliability, bad);
                const found = verdictChances(
                    { ...counts, reliability },
                    SEATS,
                    bad ? 'bad-leaf' : 'innocent',
                );
                expect(found.right).toBeCloseTo(expected.right, 10);
                expect(found.wrong).toBeCloseTo(expected.wrong, 10);
                expect(found.right + found.wrong + found.void).toBeCloseTo(1, 10);
            }
        }
    });

    it('of an attack are those of a bad leaf with the parts exchanged', () => {
        const attacked = { honest: 12, lazy: 0, colluding: 7, reliability: 1 };
        const exchanged = { honest: 7, lazy: 0, colluding: 12, reliability: 1 };
        expect(verdictChances(attacked, SEATS, 'attacked').wrong).toBeCloseTo(
            verdictChances(exchanged, SEATS, 'bad-leaf').wrong,
            12,
        );
    });

    it('add up over all benches, and are void where too few can sit', () => {
        const pool = { honest: 6, lazy: 2, colluding: 4, reliability: 1 };
        expect(benches(pool, 5).reduce((sum, { chance }) => sum + chance, 0)).toBeCloseTo(1, 12);
        expect(colludingMajority({ ...pool, colluding: 2 }, 5)).toBe(0);
        const few = { honest: 2, lazy: 0, colluding: 0, reliability: 1 };
        expect(verdictChances(few, SEATS, 'bad-leaf')).toEqual({ right: 0, wrong: 0, void: 1 });
        const one = verdictChances({ ...few, honest: 3 }, SEATS, 'bad-leaf');
        expect(one.wrong).toBeCloseTo(1, 12);
    });
});

describe('A check', () => {
    it('ends in each way with the chances of all its rounds', () => {
        const [first, reliability] = [{ honest: 0.6, lazy: 0.1, colluding: 0.3 }, 0.9];
        let passed = 0;
        let mismatch = 0;
        let left = 1;
        for (let round = 0; round < 3; round++) {
            passed += left * 0.4;
            mismatch += left * 0.6 * 0.9;
            left *= 0.6 * 0.1;
        }
        const bad = checkChances(first, reliability, 3, true);
        expect(bad.passed).toBeCloseTo(passed, 12);
        expect(bad.mismatch).toBeCloseTo(mismatch, 12);
        expect(bad.stalled).toBeCloseTo(left, 12);
        const good = checkChances(first, reliability, 3, false);
        expect(good.passed).toBeCloseTo(passed + mismatch, 12);
        expect(checkChances({ honest: 0, lazy: 0, colluding: 0 }, 1, 3, true).void).toBe(1);
    });

    it('gives equal stakes equal chances', () => {
        const shares = firstShares(poolOf({ honest: 60, lazy: 15, colluding: 25 }));
        expect(shares.honest).toBeCloseTo(0.6, 9);
        expect(shares.lazy).toBeCloseTo(0.15, 9);
        expect(shares.colluding).toBeCloseTo(0.25, 9);
    });
});

describe('The race of tickets', () => {
    it('is won by the heavier of two with chance 1 - w / 2W', () => {
        for (const [light, heavy] of [
            [1, 2],
            [100, 1000],
        ] as const) {
            const [won] = firstChances([
                { count: 1, weight: heavy },
                { count: 1, weight: light },
            ]);
            expect(won).toBeCloseTo(1 - light / (2 * heavy), 9);
        }
    });

    it('has one winner, and comes to the limit of one large stake', () => {
        const groups = [
            { count: 1, weight: 300_000 },
            { count: 70_000, weight: 10 },
            { count: 0, weight: 5 },
        ];
        const chances = firstChances(groups);
        expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
        expect(chances[0]).toBeCloseTo(largeStakeChance(0.3), 4);
        expect(largeStakeChance(0.001)).toBeCloseTo(0.001, 5);
    });
});

describe('A steady record', () => {
    it('gains in a month what it loses', () => {
        const n = steadyRecord(1_000, 5, 0.03);
        const checks = 1_000 * (5 / (5 + n));
        expect(n / 2 + n / (4 * checks)).toBeCloseTo(checks, 5);
        expect(steadyRate(100_000, 5, 0.03)).toBe(0.03);
    });
});

describe('Statistics', () => {
    it('know factorials, binomials and their tails', () => {
        expect(logFactorial(20)).toBeCloseTo(Math.log(2432902008176640000), 10);
        expect(choose(100, 5)).toBe(75287520);
        const whole = Array.from({ length: 31 }, (_, at) => binomial(at, 30, 0.3));
        expect(whole.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
        expect(atLeast(12, 30, 0.3)).toBeCloseTo(
            whole.slice(12).reduce((sum, chance) => sum + chance, 0),
            12,
        );
        expect(binomialTail(12, 30, 0.3)).toBeCloseTo(2 * atLeast(12, 30, 0.3), 12);
        // A formula of 0 forbids even one hit, and 0 of 100 says little about one in a thousand.
        expect(binomialTail(1, 1000, 0)).toBe(0);
        expect(binomialTail(0, 100, 0.001)).toBe(1);
        expect(binomialTail(900, 1000, 0.02)).toBe(0);
    });

    it('measure means, and intervals of proportions', () => {
        const sample = new Sample();
        for (const value of [2, 4, 4, 4, 5, 5, 7, 9]) sample.add(value);
        expect(sample.mean).toBeCloseTo(5, 12);
        expect(sample.standardError).toBeCloseTo(Math.sqrt(32 / 7 / 8), 12);
        // Wilson's interval of 8 of 10.
        const [low, high] = wilson(8, 10);
        expect(low).toBeCloseTo(0.4902, 4);
        expect(high).toBeCloseTo(0.9433, 4);
    });
});
