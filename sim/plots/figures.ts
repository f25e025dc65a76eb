import { MAIN_PARAMETERS } from '../../wrappers';
import { network } from '../experiments/networks';
import { planBack, WINDOW_POOLS } from '../experiments/windows';
import {
    checkChances,
    firstShares,
    juryVerdicts,
    paidBeforeConviction,
    wrongJob,
    type WrongJob,
    wrongJobLimit,
} from '../formulas/detection';
import { colludingMajority, verdictChances } from '../formulas/jury';
import { cheaplyConcedingGain, concedingGain, neededFactor, windowGain } from '../formulas/reserve';
import { incomePerJob } from '../formulas/verifying';
import type { VerifierPool } from '../model/verifiers';
import { networkMoney } from '../experiments/networks';
import type { Row } from '../row';
import { checkRules } from '../model/rules';
import { leastRate, percent } from '../setting';
import type { Chart, Mark, Series } from './chart';

/** The plots of docs/economics.md: lines by the formulas, points by the simulation. */

const PARAMETERS = MAIN_PARAMETERS;
const RULES = checkRules(PARAMETERS);
const LEAST = leastRate(PARAMETERS);
const plain = (value: number) => String(value);

/** Charts by the name of their file. */
export function figures(rows: readonly Row[]): ReadonlyMap<string, Chart> {
    return new Map([
        ['theft', theft(rows)],
        ['reserve', reserve(rows)],
        ['factor', factor()],
        ['jury', jury(rows)],
        ['network', fewVerifiers(rows)],
        ['income', income(rows)],
    ]);
}

function marksOf(rows: readonly Row[], plot: string, series: string): readonly Mark[] {
    return rows
        .filter((row) => row.plot?.plot === plot && row.plot.series === series)
        .map(({ plot: place, simulated, interval }) => ({
            x: place?.x ?? 0,
            y: simulated,
            interval,
        }));
}

function range(from: number, to: number, step: number): readonly number[] {
    const count = Math.round((to - from) / step);
    return Array.from({ length: count + 1 }, (_, index) => from + index * step);
}

const SHARE_AXIS = (to: number) => ({
    label: 'share of colluding stake',
    kind: 'linear' as const,
    domain: [0, to] as const,
    ticks: range(0, to, 0.1),
    format: percent,
});

function theft(rows: readonly Row[]): Chart {
    const rates = [LEAST, 0.1, 0.5, 1];
    return {
        title: 'Wrong jobs that are paid before one convicts',
        x: SHARE_AXIS(0.4),
        y: {
            label: 'wrong jobs, one at a time',
            kind: 'log',
            domain: [0.1, 300],
            ticks: [0.1, 1, 10, 100],
            format: plain,
        },
        series: rates.map((rate) => ({
            name: `checked at ${percent(rate)}`,
            points: range(rate === 1 ? 0.01 : 0, 0.4, 0.01).map((colluding) => {
                const shares = { colluding, lazy: 0, reliability: 1 };
                return [colluding, paidBeforeConviction(wrongJobLimit(rate, shares, RULES))];
            }),
            marks: marksOf(rows, 'theft', percent(rate)),
        })),
    };
}

function reserve(rows: readonly Row[]): Chart {
    const counts = range(0, 40, 1).map((step) => Math.round(200 ** (step / 40)));
    const window = { saving: 1, lock: 1, reserve: PARAMETERS.factor };
    const chances = (pool: VerifierPool) =>
        wrongJob({ checkRate: LEAST, badShare: 1, pool, rules: RULES });
    const { honest, fifth, third, tenth } = WINDOW_POOLS;
    const found = chances(third.pool).mismatch;
    const verdicts = juryVerdicts(third.pool, RULES, true);
    const cheaply = chances(tenth.pool).mismatch;
    const one = (
        label: string,
        gain: (jobs: number) => number,
        marks: string,
        dashed = false,
    ): Series => ({
        name: label,
        dashed,
        points: counts.map((jobs) => [jobs, gain(jobs) / jobs]),
        marks: marksOf(rows, 'reserve', marks).map(({ x, y, interval: [low, high] }) => ({
            x,
            y: y / x,
            interval: [low / x, high / x],
        })),
    });
    const back = planBack(PARAMETERS);
    const gainOf = (job: WrongJob) => (jobs: number) => windowGain({ ...window, jobs, back }, job);
    const series = [
        ...[honest, fifth, third].map(({ pool, name }) => one(name, gainOf(chances(pool)), name)),
        one(
            `${third.name}, concedes`,
            (jobs) => concedingGain({ ...window, jobs, back }, found, verdicts, PARAMETERS.factor),
            `${third.name}, concedes`,
            true,
        ),
        one(
            'a fine of price / p, 10 %',
            (jobs) =>
                cheaplyConcedingGain(
                    { ...window, jobs },
                    { paid: 1 - cheaply, mismatch: cheaply },
                    1 / LEAST,
                ),
            `${tenth.name}, concedes at price / p`,
            true,
        ),
    ];
    return {
        title: `Expected gain of a cheat, checked at ${percent(LEAST)}, factor ${PARAMETERS.factor}`,
        x: {
            label: 'wrong jobs in one window',
            kind: 'log',
            domain: [1, 200],
            ticks: [1, 2, 5, 10, 20, 50, 100, 200],
            format: plain,
        },
        y: {
            label: 'gain for each wrong job, in prices',
            kind: 'linear',
            domain: [-1.6, 1.2],
            ticks: range(-1.6, 1.2, 0.4),
            format: (value) => value.toFixed(1),
        },
        series,
        rule: { y: 0, label: 'break-even' },
    };
}

function factor(): Chart {
    const cases = [
        { name: 'the rest online, working', lazy: 0, reliability: 1 },
        { name: '95 % keep their word', lazy: 0, reliability: 0.95 },
        { name: '10 % lazy', lazy: 0.1, reliability: 1 },
        { name: '20 % lazy', lazy: 0.2, reliability: 1 },
    ];
    const back = planBack(PARAMETERS);
    return {
        title: `Factor that no wrong job outweighs, at ${percent(LEAST)}, the price saved whole`,
        x: SHARE_AXIS(0.4),
        y: {
            label: 'reserve, in locks',
            kind: 'linear',
            domain: [0, 250],
            ticks: range(0, 250, 50),
            format: plain,
        },
        series: cases.map(({ name, ...rest }) => ({
            name,
            points: range(0, 0.4, 0.01).map((colluding) => [
                colluding,
                neededFactor(
                    1,
                    wrongJobLimit(LEAST, { colluding, ...rest }, RULES).convicted,
                    back,
                ),
            ]),
            marks: [],
        })),
        rule: { y: PARAMETERS.factor, label: `factor ${PARAMETERS.factor}` },
    };
}

function jury(rows: readonly Row[]): Chart {
    const stakes = 100;
    const shares = range(0.02, 0.5, 0.01);
    const pool = (share: number) => {
        const colluding = Math.round(share * stakes);
        return { honest: stakes - colluding, lazy: 0, colluding, reliability: 1 };
    };
    const one = (name: string, chance: (share: number) => number): Series => ({
        name,
        points: shares.map((share) => [share, chance(share)]),
        marks: marksOf(rows, 'jury', name),
    });
    const { jurors, appealJurors } = RULES;
    return {
        title: `Bad juries among ${stakes} equal stakes`,
        x: SHARE_AXIS(0.5),
        y: {
            label: 'chance',
            kind: 'log',
            domain: [1e-6, 1],
            ticks: [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1],
            format: (value) => (value < 0.01 ? `1e${Math.round(Math.log10(value))}` : plain(value)),
        },
        series: [
            one(`majority of ${jurors}`, (share) => colludingMajority(pool(share), jurors)),
            one(`majority of ${appealJurors}`, (share) =>
                colludingMajority(pool(share), appealJurors),
            ),
            one(
                'guilty, not convicted',
                (share) => 1 - verdictChances(pool(share), RULES, 'bad-leaf').wrong,
            ),
            one(
                'innocent, convicted',
                (share) => verdictChances(pool(share), RULES, 'attacked').wrong,
            ),
        ],
    };
}

const VERIFIERS = {
    label: 'verifiers online beside the provider',
    kind: 'linear',
    domain: [0, 25],
    ticks: [0, 1, 2, 5, 6, 10, 15, 21, 25],
    format: plain,
} as const;

function fewVerifiers(rows: readonly Row[]): Chart {
    const chance = (verifiers: number, bad: boolean) => {
        const pool = network(verifiers);
        const check = checkChances(firstShares(pool), pool.reliability, RULES.rounds, bad);
        const verdict = juryVerdicts(pool, RULES, bad);
        return bad
            ? (check.mismatch + check.stalled) * verdict.wrong
            : check.passed + check.stalled * verdict.right;
    };
    const one = (name: string, bad: boolean, key: string): Series => ({
        name,
        steps: true,
        points: range(0, 25, 1).map((verifiers) => [verifiers, chance(verifiers, bad)]),
        marks: marksOf(rows, 'network', key),
    });
    return {
        title: 'A drawn job by the number of honest verifiers',
        x: VERIFIERS,
        y: {
            label: 'chance',
            kind: 'linear',
            domain: [0, 1],
            ticks: range(0, 1, 0.25),
            format: percent,
        },
        series: [
            one('good leaf: paid', false, 'paid'),
            one('bad leaf: convicted', true, 'convicted'),
        ],
    };
}

function income(rows: readonly Row[]): Chart {
    const money = networkMoney(PARAMETERS);
    return {
        title: 'What one verifier earns by 1,000 jobs of 1 GRAM for ten items',
        x: { ...VERIFIERS, domain: [1, 25], ticks: [1, 2, 5, 6, 10, 15, 21, 25] },
        y: {
            label: 'GRAM, gas and work deducted',
            kind: 'linear',
            domain: [0, 1],
            ticks: range(0, 1, 0.25),
            format: plain,
        },
        series: [
            {
                name: `checked at ${percent(LEAST)}`,
                points: range(1, 25, 1).map((verifiers) => [
                    verifiers,
                    1000 * incomePerJob(money, LEAST, verifiers),
                ]),
                marks: marksOf(rows, 'income', 'income'),
            },
        ],
    };
}
