import { accountAddress, drawnLeaf, drawOf, isDrawn, ticketOf } from '../../wrappers';
import { firstChances, largeStakeChance } from '../formulas/race';
import { lowestTickets, type Racers } from '../model/race';
import type { Random } from '../random';
import { proportionRow, type Row } from '../row';
import { type Experiment, leastRate, percent, streamOf, trialsOf } from '../setting';

const TOPIC = 'draw';
const NANO = 1_000_000_000n;

/** The draw and the tickets of the contracts' own functions, against what they are taken for. */
export function ticketRows(experiment: Experiment): readonly Row[] {
    return [...drawRows(experiment), ...raceRows(experiment)];
}

function drawRows(experiment: Experiment): readonly Row[] {
    const random = streamOf(experiment, 'draw');
    const trials = trialsOf(experiment, 40_000);
    const items = 4;
    const escrow = accountAddress(wide(random));
    let checked = 0;
    let first = 0;
    for (let jobId = 0; jobId < trials; jobId++) {
        const draw = drawOf({
            clientSeed: wide(random) >> 128n,
            root: wide(random),
            providerSeed: wide(random) >> 128n,
            escrow,
            jobId,
        });
        if (isDrawn(draw, experiment.parameters.minCheckRate)) checked++;
        if (drawnLeaf(draw, items) === 0) first++;
    }
    const rate = leastRate(experiment.parameters);
    return [
        proportionRow(
            { topic: TOPIC, quantity: 'job is checked (drawOf)', setting: `p ${percent(rate)}` },
            rate,
            checked,
            trials,
        ),
        proportionRow(
            { topic: TOPIC, quantity: 'leaf 0 is drawn (drawnLeaf)', setting: `${items} items` },
            1 / items,
            first,
            trials,
        ),
    ];
}

/** Settings of the race for a check: one stake against others. */
const RACES: readonly { readonly name: string; readonly groups: readonly Racers[] }[] = [
    {
        name: '100 GRAM of 1,100 in 11',
        groups: [
            { count: 1, weight: 100 },
            { count: 10, weight: 100 },
        ],
    },
    {
        name: '200 GRAM against 100',
        groups: [
            { count: 1, weight: 200 },
            { count: 1, weight: 100 },
        ],
    },
    {
        name: '30 % in one stake, 14 others',
        groups: [
            { count: 1, weight: 600 },
            { count: 14, weight: 100 },
        ],
    },
];

function raceRows(experiment: Experiment): readonly Row[] {
    const rows: Row[] = [];
    for (const { name, groups } of RACES) {
        const formula = firstChances(groups)[0] ?? 0;
        const real = streamOf(experiment, `ticketOf ${name}`);
        const trials = trialsOf(experiment, 6_000);
        let hits = 0;
        for (let trial = 0; trial < trials; trial++)
            hits += lowestRealTicket(groups, real) === 0 ? 1 : 0;
        const head = { topic: TOPIC, setting: name };
        rows.push(
            proportionRow({ ...head, quantity: 'lowest ticket (ticketOf)' }, formula, hits, trials),
        );
        const fast = streamOf(experiment, `race ${name}`);
        const many = trialsOf(experiment, 400_000);
        hits = 0;
        for (let trial = 0; trial < many; trial++)
            hits += lowestTickets(groups, 1, fast)[0] === 0 ? 1 : 0;
        rows.push(
            proportionRow({ ...head, quantity: 'lowest ticket (fast draw)' }, formula, hits, many),
        );
    }
    const random = streamOf(experiment, 'large stake');
    const groups = [
        { count: 1, weight: 30_000 },
        { count: 70_000, weight: 1 },
    ];
    const trials = trialsOf(experiment, 400_000);
    let hits = 0;
    for (let trial = 0; trial < trials; trial++)
        hits += lowestTickets(groups, 1, random)[0] === 0 ? 1 : 0;
    rows.push(
        proportionRow(
            {
                topic: TOPIC,
                quantity: 'lowest ticket, s/(1-s)*(1-e^(-(1-s)/s))',
                setting: '30 % in one stake, 70,000 others',
            },
            largeStakeChance(0.3),
            hits,
            trials,
        ),
    );
    return rows;
}

/** The group of the lowest ticket of fresh stakes under a fresh seed, by the contracts' function. */
export function lowestRealTicket(groups: readonly Racers[], random: Random): number {
    const seed = wide(random);
    let best = -1;
    let lowest: bigint | undefined;
    for (const [at, { count, weight }] of groups.entries()) {
        for (let stake = 0; stake < count; stake++) {
            const ticket = ticketOf(seed, 0, accountAddress(wide(random)), BigInt(weight) * NANO);
            if (lowest === undefined || ticket < lowest) {
                best = at;
                lowest = ticket;
            }
        }
    }
    return best;
}

/** 256 random bits. */
export function wide(random: Random): bigint {
    let value = 0n;
    for (let word = 0; word < 8; word++) value = (value << 32n) | BigInt(random.below(2 ** 32));
    return value;
}
