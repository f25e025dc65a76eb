import { checkChances, firstShares, juryVerdicts } from '../formulas/detection';
import type { MarketParameters } from '../../wrappers';
import { incomePerJob } from '../formulas/verifying';
import { playCheck } from '../model/check';
import { checkMoney, type CheckMoney } from '../model/costs';
import { poolOf, type VerifierPool } from '../model/verifiers';
import { meanRow, proportionRow, type Row } from '../row';
import { checkRules } from '../model/rules';
import { type Experiment, leastRate, streamOf, trialsOf } from '../setting';
import { Sample } from '../statistics';

const TOPIC = 'network';
/** Of these chances an honest verifier keeps its word. */
const RELIABILITY = 0.95;
/** nanoGRAM; of ten items. */
const PRICE = 1_000_000_000n;
const ITEMS = 10;
/** What executing an item costs, as a share of its price. */
const WORK_SHARE = 0.8;

export const NETWORK_SIZES = [0, 1, 2, 5, 6, 21] as const;

/** Honest verifiers of equal weight. */
export function network(verifiers: number): VerifierPool {
    return poolOf({ honest: verifiers }, RELIABILITY);
}

/** The same that always keep their word, each a group of its own, so that it can be told who earns. */
function individuals(verifiers: number): VerifierPool {
    return {
        groups: Array.from({ length: verifiers }, () => ({
            conduct: 'honest' as const,
            count: 1,
            weight: 100,
        })),
        reliability: 1,
    };
}

/** How a network fares with few verifiers online beside the provider. */
export function networkRows(experiment: Experiment): readonly Row[] {
    return NETWORK_SIZES.flatMap((verifiers) => [
        ...checkedRows(experiment, verifiers),
        incomeRow(experiment, verifiers),
    ]);
}

function checkedRows(experiment: Experiment, verifiers: number): readonly Row[] {
    const rules = checkRules(experiment.parameters);
    const pool = network(verifiers);
    const first = firstShares(pool);
    const trials = trialsOf(experiment, 40_000);
    const setting = `${verifiers} verifiers online, 95 % keep their word`;
    return [true, false].map((bad) => {
        const random = streamOf(experiment, `network ${verifiers} ${bad}`);
        let hits = 0;
        for (let trial = 0; trial < trials; trial++) {
            const { kind } = playCheck(pool, { bad, concedes: false }, rules, random);
            if (kind === 'wrong' || (!bad && (kind === 'passed' || kind === 'right'))) hits++;
        }
        const chances = checkChances(first, RELIABILITY, rules.rounds, bad);
        const verdict = juryVerdicts(pool, rules, bad);
        const formula = bad
            ? (chances.mismatch + chances.stalled) * verdict.wrong
            : chances.passed + chances.stalled * verdict.right;
        const quantity = bad ? 'checked, bad leaf: convicted' : 'checked, good leaf: paid';
        const plot = { plot: 'network', series: bad ? 'convicted' : 'paid', x: verifiers };
        return proportionRow({ topic: TOPIC, quantity, setting, plot }, formula, hits, trials);
    });
}

/** What a check of the jobs of this experiment brings and takes. */
export function networkMoney(parameters: MarketParameters): CheckMoney {
    return checkMoney(parameters, PRICE, ITEMS, WORK_SHARE);
}

/** GRAM that one verifier earns by 1,000 jobs of the network. */
function incomeRow(experiment: Experiment, verifiers: number): Row {
    const { parameters } = experiment;
    const rules = checkRules(parameters);
    const money = networkMoney(parameters);
    const rate = leastRate(parameters);
    const pool = individuals(verifiers);
    const random = streamOf(experiment, `income ${verifiers}`);
    const income = new Sample();
    for (let run = 0; run < trialsOf(experiment, 400); run++) {
        let earned = 0;
        for (let job = 0; job < 1000; job++) {
            if (!money.worthwhile || !random.chance(rate)) continue;
            const { verifier } = playCheck(pool, { bad: false, concedes: false }, rules, random);
            if (verifier === 0) earned += money.fee - money.claim - money.work;
        }
        income.add(earned);
    }
    return meanRow(
        {
            topic: TOPIC,
            plot: { plot: 'income', series: 'income', x: verifiers },
            quantity: 'a verifier earns by 1,000 jobs, GRAM',
            setting: `${verifiers} verifiers, all honest providers, 1 GRAM for ${ITEMS} items`,
        },
        1000 * incomePerJob(money, rate, verifiers),
        income,
    );
}
