import { colludingMajority, verdictChances } from '../formulas/jury';
import { majorityOf, sitJury, sitJuries } from '../model/jury';
import { lowestTickets } from '../model/race';
import { poolOf, without } from '../model/verifiers';
import { proportionRow, type Row } from '../row';
import { checkRules } from '../model/rules';
import { type Experiment, percent, streamOf, trialsOf } from '../setting';

const TOPIC = 'jury';
/** Stakes of equal weight that may sit. */
const STAKES = 100;

/** Bad juries by the share of colluding stake, and what becomes of the guilty and the innocent. */
export function juryRows(experiment: Experiment): readonly Row[] {
    const rules = checkRules(experiment.parameters);
    const rows: Row[] = [];
    for (const share of [0.1, 0.2, 0.3, 0.4, 0.5]) {
        const colluding = Math.round(share * STAKES);
        const honest = STAKES - colluding;
        const pool = poolOf({ honest, colluding });
        const counts = { honest, lazy: 0, colluding, reliability: 1 };
        const setting = `${percent(share)} of ${STAKES} stakes collude`;
        for (const seats of [rules.jurors, rules.appealJurors]) {
            const random = streamOf(experiment, `majority ${share} ${seats}`);
            const trials = trialsOf(experiment, 200_000);
            let hits = 0;
            for (let trial = 0; trial < trials; trial++) {
                const seated = lowestTickets(pool.groups, seats, random);
                const bad = seated.filter((at) => pool.groups[at]?.conduct === 'colluding');
                if (bad.length >= majorityOf(seats)) hits++;
            }
            rows.push(
                proportionRow(
                    {
                        topic: TOPIC,
                        quantity: `colluding majority of ${seats}`,
                        setting,
                        plot: place(`majority of ${seats}`, share),
                    },
                    colludingMajority(counts, seats),
                    hits,
                    trials,
                ),
            );
        }
        const random = streamOf(experiment, `verdict ${share}`);
        const trials = trialsOf(experiment, 100_000);
        let acquitted = 0;
        for (let trial = 0; trial < trials; trial++) {
            if (sitJuries(pool, true, rules, random) !== 'wrong') acquitted++;
        }
        rows.push(
            proportionRow(
                {
                    topic: TOPIC,
                    quantity: 'guilty and not convicted',
                    setting,
                    plot: place('guilty, not convicted', share),
                },
                1 - verdictChances(counts, rules, 'bad-leaf').wrong,
                acquitted,
                trials,
            ),
        );
        rows.push(attackedRow(experiment, share));
    }
    return [...rows, ...reliabilityRows(experiment)];
}

/**
 * An innocent provider whom colluding stakes attack: they say "wrong", which is what honest ones
 * say of a bad leaf. So the model is played with the parts exchanged.
 */
function attackedRow(experiment: Experiment, share: number): Row {
    const rules = checkRules(experiment.parameters);
    const colluding = Math.round(share * STAKES);
    const honest = STAKES - colluding;
    const random = streamOf(experiment, `attacked ${share}`);
    const trials = trialsOf(experiment, 100_000);
    // Those who say "wrong" stand in the first group, those who say "right" in the third.
    const exchanged = poolOf({ honest: colluding, colluding: honest });
    let hits = 0;
    for (let trial = 0; trial < trials; trial++) {
        if (sitJuries(exchanged, true, rules, random) === 'wrong') hits++;
    }
    return proportionRow(
        {
            topic: TOPIC,
            quantity: 'innocent and convicted',
            setting: `${percent(share)} of ${STAKES} stakes attack`,
            plot: place('innocent, convicted', share),
        },
        verdictChances({ honest, lazy: 0, colluding, reliability: 1 }, rules, 'attacked').wrong,
        hits,
        trials,
    );
}

function place(series: string, x: number) {
    return { plot: 'jury', series, x };
}

/** Jurors that fail to reveal, and lazy ones that say "missing". */
function reliabilityRows(experiment: Experiment): readonly Row[] {
    const rules = checkRules(experiment.parameters);
    const rows: Row[] = [];
    const trials = trialsOf(experiment, 100_000);
    for (const reliability of [0.95, 0.8, 0.6]) {
        const pool = poolOf({ honest: 80, colluding: 20 }, reliability);
        const random = streamOf(experiment, `reliability ${reliability}`);
        let acquitted = 0;
        for (let trial = 0; trial < trials; trial++) {
            if (sitJuries(pool, true, rules, random) !== 'wrong') acquitted++;
        }
        const counts = { honest: 80, lazy: 0, colluding: 20, reliability };
        rows.push(
            proportionRow(
                {
                    topic: TOPIC,
                    quantity: 'guilty and not convicted',
                    setting: `20 % collude, ${percent(reliability)} of the rest reveal`,
                },
                1 - verdictChances(counts, rules, 'bad-leaf').wrong,
                acquitted,
                trials,
            ),
        );
    }
    const pool = poolOf({ honest: 70, lazy: 30 });
    const random = streamOf(experiment, 'lazy jurors');
    let convicted = 0;
    for (let trial = 0; trial < trials; trial++) {
        const first = sitJury(pool, false, rules.jurors, random);
        if (first.finding !== 'wrong') continue;
        const appeal = sitJury(without(pool, first.seated), false, rules.appealJurors, random);
        if (appeal.finding === 'wrong') convicted++;
    }
    const counts = { honest: 70, lazy: 30, colluding: 0, reliability: 1 };
    rows.push(
        proportionRow(
            {
                topic: TOPIC,
                quantity: 'innocent and convicted',
                setting: '30 % of jurors say "missing" without a look',
            },
            verdictChances(counts, rules, 'innocent').wrong,
            convicted,
            trials,
        ),
    );
    return rows;
}
