import { firstShares, juryVerdicts } from '../formulas/detection';
import { honestIncome, lazyIncome, workingShare } from '../formulas/verifying';
import { playCheck } from '../model/check';
import { checkMoney, type CheckMoney } from '../model/costs';
import { poolOf } from '../model/verifiers';
import { meanRow, type Row } from '../row';
import { checkRules } from '../model/rules';
import { type Experiment, percent, streamOf, trialsOf } from '../setting';
import { Sample } from '../statistics';

const TOPIC = 'lazy';
const PRICE = 1_000_000_000n;
const ITEMS = 10;
const WORK_SHARE = 0.8;

/** What verifiers earn that execute, and that copy, by the share of bad leaves they are drawn for. */
export function lazinessRows(experiment: Experiment): readonly Row[] {
    const rules = checkRules(experiment.parameters);
    const money = checkMoney(experiment.parameters, PRICE, ITEMS, WORK_SHARE);
    const pool = poolOf({ honest: 70, lazy: 30 });
    const alpha = juryVerdicts(pool, rules, true).wrong;
    const even = workingShare(money, alpha, money.bond);
    const rows: Row[] = [];
    for (const bad of [0.01, even, 0.2]) {
        const incomes = play(experiment, money, bad);
        const setting = `${percent(bad)} of drawn leaves bad${bad === even ? ' (break-even)' : ''}`;
        rows.push(
            meanRow(
                { topic: TOPIC, quantity: 'income a check, executing, GRAM', setting },
                honestIncome(money, bad, alpha, money.bond),
                incomes.honest,
            ),
            meanRow(
                { topic: TOPIC, quantity: 'income a check, copying, GRAM', setting },
                lazyIncome(money),
                incomes.lazy,
            ),
        );
    }
    const first = firstShares(pool);
    const random = streamOf(experiment, 'lazy slot');
    const slot = new Sample();
    for (let trial = 0; trial < trialsOf(experiment, 200_000); trial++) {
        const { kind } = playCheck(pool, { bad: true, concedes: false }, rules, random);
        slot.add(kind === 'passed' ? 1 : 0);
    }
    rows.push(
        meanRow(
            { topic: TOPIC, quantity: 'bad leaf passes', setting: '30 % of verifiers copy' },
            first.lazy,
            slot,
        ),
    );
    return rows;
}

function play(
    experiment: Experiment,
    money: CheckMoney,
    badShare: number,
): { readonly honest: Sample; readonly lazy: Sample } {
    const rules = checkRules(experiment.parameters);
    const pool = poolOf({ honest: 70, lazy: 30 });
    const random = streamOf(experiment, `lazy ${badShare}`);
    const honest = new Sample();
    const lazy = new Sample();
    for (let trial = 0; trial < trialsOf(experiment, 200_000); trial++) {
        const bad = random.chance(badShare);
        const end = playCheck(pool, { bad, concedes: false }, rules, random);
        const conduct = pool.groups[end.verifier ?? -1]?.conduct;
        if (conduct === 'lazy') lazy.add(money.fee - money.claim);
        else honest.add(earned(money, end.accused, end.kind === 'wrong'));
    }
    return { honest, lazy };
}

function earned(money: CheckMoney, accused: boolean, convicted: boolean): number {
    const spent = money.claim + money.work;
    if (!accused) return money.fee - spent;
    return convicted ? 10 * money.fee - spent : -money.bond - spent;
}
