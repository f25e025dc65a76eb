import { checkFee, MAIN_PARAMETERS, type MarketParameters, requiredLock } from '../../wrappers';
import { juryVerdicts, wrongJob } from '../formulas/detection';
import {
    caught,
    cheaplyConcedingGain,
    concedingGain,
    forfeitBound,
    neededForfeit,
    windowGain,
} from '../formulas/reserve';
import { CATCHER_FEES, concessionFine, priceFine } from '../model/forfeits';
import { poolOf, type VerifierPool } from '../model/verifiers';
import { playWindow, type WindowPlan, type WrongJobPlan } from '../model/window';
import type { Random } from '../random';
import { meanRow, proportionRow, type Row } from '../row';
import { checkRules } from '../model/rules';
import { type Experiment, leastRate, percent, streamOf, trialsOf } from '../setting';
import { Sample } from '../statistics';

const TOPIC = 'reserve';
/** A price at which gas matters little; nanoGRAM. */
const PRICE = 10_000_000_000n;
const NANO = 1e9;
/** Trials: one in fifty cheats of the longest window escapes, and decides the mean. */
const FEWEST = 1_000;

interface Pool {
    readonly name: string;
    readonly pool: VerifierPool;
}

export const WINDOW_POOLS = {
    honest: { name: 'all honest', pool: poolOf({ honest: 100 }) },
    fifth: { name: '20 % collude', pool: poolOf({ honest: 80, colluding: 20 }) },
    third: { name: '30 % collude', pool: poolOf({ honest: 70, colluding: 30 }) },
    tenth: { name: '10 % collude', pool: poolOf({ honest: 90, colluding: 10 }) },
} as const satisfies Record<string, Pool>;

/** N wrong jobs in one window against the reserve rule, the worst check rate and prices alike. */
export function windowRows(experiment: Experiment): readonly Row[] {
    const { honest, fifth, third, tenth } = WINDOW_POOLS;
    const rows: Row[] = [];
    for (const jobs of [1, 10, 50, 130]) {
        for (const pool of [honest, fifth, third]) rows.push(...gainRows(experiment, pool, jobs));
    }
    const { parameters } = experiment;
    for (const [pool, changes] of [
        [fifth, { factor: 50 }],
        [third, { minCheckRate: 200 }],
        [third, { minCheckRate: 200, factor: 120 }],
        [third, { minCheckRate: 500 }],
    ] as const) {
        rows.push(
            ...gainRows({ ...experiment, parameters: { ...parameters, ...changes } }, pool, 10),
        );
    }
    for (const jobs of [1, 10, 100]) {
        rows.push(concedingRow(experiment, third, jobs));
        rows.push(cheaplyConcedingRow(experiment, tenth, jobs));
    }
    return [...rows, ...mixedRows(experiment)];
}

/** Equal wrong jobs, each of one item whose whole price is saved. */
export function planOf(
    experiment: Experiment,
    { pool }: Pool,
    jobs: readonly WrongJobPlan[],
    options: Partial<Pick<WindowPlan, 'concession' | 'league' | 'otherLocks'>> = {},
): WindowPlan {
    const { parameters } = experiment;
    const largest = jobs.reduce((most, { lock }) => (lock > most ? lock : most), 0n);
    return {
        jobs,
        reserve: BigInt(parameters.factor) * largest,
        otherLocks: 0n,
        checkRate: parameters.minCheckRate,
        concession: 'never',
        league: false,
        pool,
        rules: checkRules(parameters),
        parameters,
        ...options,
    };
}

function equalJobs(experiment: Experiment, count: number): readonly WrongJobPlan[] {
    const lock = requiredLock(experiment.parameters, PRICE, PRICE);
    return Array.from({ length: count }, () => ({ price: PRICE, lock, items: 1, wrongItems: 1 }));
}

function chances(experiment: Experiment, { pool }: Pool, badShare = 1) {
    return wrongJob({
        checkRate: leastRate(experiment.parameters),
        badShare,
        pool,
        rules: checkRules(experiment.parameters),
    });
}

/** The friends' share of a conviction in prices: price and ten check fees, below the quarter. */
export function planBack(parameters: MarketParameters): number {
    const most = PRICE + CATCHER_FEES * checkFee(parameters, PRICE, 1);
    return Number(most) / Number(PRICE);
}

function gainRows(experiment: Experiment, pool: Pool, count: number): readonly Row[] {
    const formula = chances(experiment, pool);
    const plan = planOf(experiment, pool, equalJobs(experiment, count), { league: true });
    const { factor, minCheckRate } = experiment.parameters;
    const random = streamOf(experiment, `window ${pool.name} ${count} ${factor} ${minCheckRate}`);
    const trials = trialsOf(experiment, 3_000_000 / (count + 20), FEWEST);
    const gain = new Sample();
    let convictions = 0;
    for (let trial = 0; trial < trials; trial++) {
        const end = playWindow(plan, random);
        gain.add(Number(end.stolen - end.lost) / Number(PRICE));
        if (end.convicted) convictions++;
    }
    const rate = percent(leastRate(experiment.parameters));
    const setting = `N ${count}, p ${rate}, factor ${factor}, ${pool.name}`;
    const usual =
        factor === MAIN_PARAMETERS.factor && minCheckRate === MAIN_PARAMETERS.minCheckRate;
    const back = planBack(experiment.parameters);
    const needed = neededForfeit(count, 1, formula.convicted);
    const bound = forfeitBound(count, 1, formula.convicted);
    const expected = windowGain(
        { jobs: count, saving: 1, lock: 1, reserve: factor, back },
        formula,
    );
    return [
        proportionRow(
            { topic: TOPIC, quantity: 'caught, 1-(1-delta)^N', setting },
            caught(count, formula.convicted),
            convictions,
            trials,
        ),
        meanRow(
            {
                topic: TOPIC,
                ...(usual ? { plot: { plot: 'reserve', series: pool.name, x: count } } : {}),
                quantity: `gain in prices (must lose ${needed.toFixed(0)}, bound ${bound.toFixed(0)})`,
                setting,
            },
            expected,
            gain,
        ),
    ];
}

/** A cheat that concedes by the rule of the contracts, with friends. */
function concedingRow(experiment: Experiment, pool: Pool, count: number): Row {
    const { parameters } = experiment;
    const { mismatch } = chances(experiment, pool);
    const lock = requiredLock(parameters, PRICE, PRICE);
    return meanRow(
        {
            topic: TOPIC,
            plot: { plot: 'reserve', series: `${pool.name}, concedes`, x: count },
            quantity: 'gain in prices, conceding what the reserve covers',
            setting: `N ${count}, p ${percent(leastRate(parameters))}, ${pool.name}`,
        },
        concedingGain(
            {
                jobs: count,
                saving: 1,
                lock: 1,
                reserve: parameters.factor,
                back: planBack(parameters),
            },
            mismatch,
            juryVerdicts(pool.pool, checkRules(parameters), true),
            Number(concessionFine(parameters, lock)) / Number(lock),
        ),
        concedingSample(experiment, pool, count, { concession: 'by-factor', league: true }),
    );
}

/** A cheat that concedes each mismatch under the cheaper rule, without friends. */
function cheaplyConcedingRow(experiment: Experiment, pool: Pool, count: number): Row {
    const { parameters } = experiment;
    const { mismatch } = chances(experiment, pool);
    return meanRow(
        {
            topic: TOPIC,
            plot: { plot: 'reserve', series: `${pool.name}, concedes at price / p`, x: count },
            quantity: 'gain in prices, if conceding took price / p',
            setting: `N ${count}, p ${percent(leastRate(parameters))}, ${pool.name}`,
        },
        cheaplyConcedingGain(
            { jobs: count, saving: 1, lock: 1, reserve: parameters.factor },
            { paid: 1 - mismatch, mismatch },
            Number(priceFine(parameters, PRICE)) / Number(PRICE),
        ),
        concedingSample(experiment, pool, count, { concession: 'by-price' }),
    );
}

function concedingSample(
    experiment: Experiment,
    pool: Pool,
    count: number,
    options: Pick<WindowPlan, 'concession'> & Partial<Pick<WindowPlan, 'league'>>,
): Sample {
    const plan = planOf(experiment, pool, equalJobs(experiment, count), options);
    const random = streamOf(experiment, `conceding ${options.concession} ${count}`);
    const gain = new Sample();
    for (let trial = 0; trial < trialsOf(experiment, 3_000_000 / (count + 20), FEWEST); trial++) {
        const end = playWindow(plan, random);
        gain.add(Number(end.stolen - end.lost) / Number(PRICE));
    }
    return gain;
}

/** Wrong only where it is dear, wrong in one item of many, prices under the least lock. */
function mixedRows(experiment: Experiment): readonly Row[] {
    const { parameters } = experiment;
    const rows: Row[] = [];
    const dear = equalJobs(experiment, 1);
    const cheap = PRICE / 10n;
    const name = WINDOW_POOLS.fifth.name;
    const p = percent(leastRate(parameters));
    const full = chances(experiment, WINDOW_POOLS.fifth);
    const mean = (plan: WindowPlan, stream: string, unit: bigint, trials: number): Sample => {
        const random: Random = streamOf(experiment, stream);
        const gain = new Sample();
        for (let trial = 0; trial < trialsOf(experiment, trials, FEWEST); trial++) {
            const end = playWindow(plan, random);
            gain.add(Number(end.stolen - end.lost) / Number(unit));
        }
        return gain;
    };
    rows.push(
        meanRow(
            {
                topic: TOPIC,
                quantity: 'gain in prices of the dear job',
                setting: `1 dear job wrong, 20 at a tenth right, p ${p}, ${name}`,
            },
            full.paid - full.convicted * (parameters.factor + 1 + 2),
            mean(
                planOf(experiment, WINDOW_POOLS.fifth, dear, { otherLocks: 20n * cheap }),
                'dear',
                PRICE,
                400_000,
            ),
        ),
    );
    const batch = 10;
    const part = chances(experiment, WINDOW_POOLS.fifth, 1 / batch);
    const jobs = equalJobs(experiment, 20).map((job) => ({ ...job, items: batch }));
    rows.push(
        meanRow(
            {
                topic: TOPIC,
                quantity: 'gain in prices',
                setting: `N 20, 1 item of ${batch} wrong, p ${p}, ${name}`,
            },
            windowGain(
                { jobs: 20, saving: 1 / batch, lock: 1, reserve: parameters.factor, back: 0 },
                part,
            ),
            mean(planOf(experiment, WINDOW_POOLS.fifth, jobs), 'partial', PRICE, 200_000),
        ),
    );
    const tiny = parameters.minLock / 5n;
    const small = Array.from({ length: 20 }, () => ({
        price: tiny,
        lock: requiredLock(parameters, tiny, tiny),
        items: 1,
        wrongItems: 1,
    }));
    rows.push(
        meanRow(
            {
                topic: TOPIC,
                quantity: 'gain in prices',
                setting: `N 20 at ${Number(tiny) / NANO} GRAM (least lock), p ${p}, ${name}`,
            },
            windowGain(
                { jobs: 20, saving: 1, lock: 5, reserve: 5 * parameters.factor, back: 0 },
                full,
            ),
            mean(planOf(experiment, WINDOW_POOLS.fifth, small), 'small', tiny, 200_000),
        ),
    );
    return rows;
}
