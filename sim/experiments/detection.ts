import {
    paidBeforeConviction,
    theftBeforeDetection,
    wrongJob,
    type WrongJob,
} from '../formulas/detection';
import { playCheck } from '../model/check';
import type { CheckRules } from '../model/rules';
import { poolOf, type VerifierPool } from '../model/verifiers';
import type { Random } from '../random';
import { meanRow, proportionRow, type Row } from '../row';
import { checkRules } from '../model/rules';
import { type Experiment, leastRate, percent, streamOf, trialsOf } from '../setting';
import { Sample } from '../statistics';

const TOPIC = 'detection';

interface Setting {
    readonly name: string;
    readonly checkRate: number;
    readonly badShare: number;
    readonly pool: VerifierPool;
    /** Of colluding stake, where it stands in the plot. */
    readonly share?: number;
}

function settings(least: number): readonly Setting[] {
    const pools: readonly (readonly [string, VerifierPool, number?])[] = [
        ['all honest', poolOf({ honest: 100 }), 0],
        ['10 % collude', poolOf({ honest: 90, colluding: 10 }), 0.1],
        ['20 % collude', poolOf({ honest: 80, colluding: 20 }), 0.2],
        ['30 % collude', poolOf({ honest: 70, colluding: 30 }), 0.3],
        ['half of the honest offline, 20 % collude', poolOf({ honest: 40, colluding: 20 })],
        ['30 % lazy', poolOf({ honest: 70, lazy: 30 })],
        ['20 % collude, 80 % keep their word', poolOf({ honest: 80, colluding: 20 }, 0.8)],
        ['20 % collude, in one stake', oneLargeStake()],
    ];
    return [
        ...pools.map(([name, pool, share]) => ({
            name: `p ${percent(least)}, ${name}`,
            checkRate: least,
            badShare: 1,
            pool,
            ...(share === undefined ? {} : { share }),
        })),
        {
            name: 'p 10 %, 20 % collude, 1 item of 4 wrong',
            checkRate: 0.1,
            badShare: 0.25,
            pool: poolOf({ honest: 80, colluding: 20 }),
        },
        {
            name: 'a silent client: p 100 %, 20 % collude',
            checkRate: 1,
            badShare: 1,
            pool: poolOf({ honest: 80, colluding: 20 }),
        },
    ];
}

/** 2,000 of 10,000 GRAM in one stake; it may hold the slot, and one seat. */
function oneLargeStake(): VerifierPool {
    return {
        groups: [
            { conduct: 'honest', count: 80, weight: 100 },
            { conduct: 'colluding', count: 1, weight: 2000 },
        ],
        reliability: 1,
    };
}

/** delta, and what is stolen before a cheat that works on one job at a time is convicted. */
export function detectionRows(experiment: Experiment): readonly Row[] {
    const rules = checkRules(experiment.parameters);
    const rows: Row[] = [];
    for (const { name, checkRate, badShare, pool, share } of settings(
        leastRate(experiment.parameters),
    )) {
        const formula = chancesOf(checkRate, badShare, pool, rules);
        const random = streamOf(experiment, `delta ${name}`);
        const trials = trialsOf(experiment, 1_500_000);
        let convicted = 0;
        for (let trial = 0; trial < trials; trial++) {
            if (playWrongJob(checkRate, badShare, pool, rules, random) === 'convicted') convicted++;
        }
        const head = { topic: TOPIC, setting: name };
        rows.push(
            proportionRow(
                { ...head, quantity: 'delta: a wrong job convicts' },
                formula.convicted,
                convicted,
                trials,
            ),
        );
        const stolen = new Sample();
        const careers = trialsOf(experiment, 4_000, 400);
        const other = streamOf(experiment, `theft ${name}`);
        for (let career = 0; career < careers; career++) {
            stolen.add(playCareer(checkRate, badShare, pool, rules, other));
        }
        const exact = paidBeforeConviction(formula);
        const simple = theftBeforeDetection(formula.convicted);
        rows.push(
            meanRow(
                {
                    ...head,
                    ...(share === undefined
                        ? {}
                        : { plot: { plot: 'theft', series: percent(checkRate), x: share } }),
                    quantity: `wrong jobs paid before conviction (1/delta-1: ${simple.toFixed(1)})`,
                },
                exact,
                stolen,
            ),
        );
    }
    return rows;
}

/** Juries of one large stake are small ones but for a seat: exact with its weight as one stake. */
function chancesOf(
    checkRate: number,
    badShare: number,
    pool: VerifierPool,
    rules: CheckRules,
): WrongJob {
    const setting = { checkRate, badShare, pool, rules };
    const formula = wrongJob(setting);
    const weights = new Set(
        pool.groups.filter(({ count }) => count > 0).map(({ weight }) => weight),
    );
    if (weights.size === 1) return formula;
    // One colluding juror of five or fifteen never decides among jurors that all keep their word.
    const accused = formula.mismatch;
    return { ...formula, convicted: accused, paid: 1 - accused };
}

function playWrongJob(
    checkRate: number,
    badShare: number,
    pool: VerifierPool,
    rules: CheckRules,
    random: Random,
): 'paid' | 'convicted' | 'unpaid' {
    if (!random.chance(checkRate)) return 'paid';
    const bad = random.chance(badShare);
    const { kind } = playCheck(pool, { bad, concedes: false }, rules, random);
    if (kind === 'wrong') return 'convicted';
    return kind === 'passed' || kind === 'right' ? 'paid' : 'unpaid';
}

/** Wrong jobs that are paid until one convicts. */
function playCareer(
    checkRate: number,
    badShare: number,
    pool: VerifierPool,
    rules: CheckRules,
    random: Random,
): number {
    let paid = 0;
    for (;;) {
        const end = playWrongJob(checkRate, badShare, pool, rules, random);
        if (end === 'convicted') return paid;
        if (end === 'paid') paid++;
    }
}
