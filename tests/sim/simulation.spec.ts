import { toNano } from '@ton/core';
import { lowestRealTicket } from '../../sim/experiments/tickets';
import { runMarket } from '../../sim/experiments/markets';
import { concede, convict } from '../../sim/model/forfeits';
import { lowestTickets } from '../../sim/model/race';
import { credited, recordNow, recordRate, RECORD_HALF_LIFE } from '../../sim/model/record';
import { renderChart } from '../../sim/plots/chart';
import { figures } from '../../sim/plots/figures';
import { randomOf } from '../../sim/random';
import { countRow, meanRow, proportionRow } from '../../sim/row';
import { defaultExperiment } from '../../sim/setting';
import { simulate } from '../../sim/simulate';
import { Sample } from '../../sim/statistics';
import { MAIN_PARAMETERS } from '../../wrappers';

const TINY = { seed: 7, scale: 0.005, market: { nodes: 200, jobs: 1_500 } };

describe('Random numbers', () => {
    it('are those of their seed and name', () => {
        const draw = (seed: number, name: string) => {
            const random = randomOf(seed, name);
            return Array.from({ length: 5 }, () => random.uniform());
        };
        expect(draw(1, 'a')).toEqual(draw(1, 'a'));
        expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
        expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
        const normal = new Sample();
        const exponential = new Sample();
        const random = randomOf(3, 'moments');
        for (let at = 0; at < 100_000; at++) {
            normal.add(random.normal());
            exponential.add(random.exponential());
        }
        expect(Math.abs(normal.mean)).toBeLessThan(4 * normal.standardError);
        expect(normal.standardError * Math.sqrt(100_000)).toBeCloseTo(1, 1);
        expect(Math.abs(exponential.mean - 1)).toBeLessThan(4 * exponential.standardError);
    });
});

describe('The fast draw of tickets', () => {
    const groups = [
        { count: 3, weight: 100 },
        { count: 2, weight: 250 },
        { count: 1, weight: 900 },
    ];

    it('seats groups as often as the contracts’ tickets do (chi-square)', () => {
        const trials = 1_500;
        const real = [0, 0, 0];
        const fast = [0, 0, 0];
        const [one, other] = [randomOf(11, 'real'), randomOf(11, 'fast')];
        for (let trial = 0; trial < trials; trial++) {
            const lowest = lowestRealTicket(groups, one);
            real[lowest] = (real[lowest] ?? 0) + 1;
            const [seated = 0] = lowestTickets(groups, 1, other);
            fast[seated] = (fast[seated] ?? 0) + 1;
        }
        let chi = 0;
        for (const [at, count] of real.entries()) {
            const mean = (count + (fast[at] ?? 0)) / 2;
            chi += (count - mean) ** 2 / mean + ((fast[at] ?? 0) - mean) ** 2 / mean;
        }
        // Two degrees of freedom: beyond 18.4 with a chance of 1e-4.
        expect(chi).toBeLessThan(18.4);
    });

    it('seats each stake once, and all of them where there are no more', () => {
        const random = randomOf(5, 'seats');
        for (let trial = 0; trial < 100; trial++) {
            const seated = lowestTickets(groups, 10, random);
            expect([...seated].sort()).toEqual([0, 0, 0, 1, 1, 2]);
        }
        expect(lowestTickets([{ count: 0, weight: 100 }], 3, random)).toEqual([]);
    });

    it('gives later seats as sorting all tickets would', () => {
        const random = randomOf(6, 'sorted');
        const trials = 20_000;
        const second = { sorted: 0, fast: 0 };
        for (let trial = 0; trial < trials; trial++) {
            const tickets = groups.flatMap(({ count, weight }, at) =>
                Array.from({ length: count }, () => ({ at, ticket: random.uniform() / weight })),
            );
            tickets.sort((a, b) => a.ticket - b.ticket);
            if (tickets[1]?.at === 2) second.sorted++;
            if (lowestTickets(groups, 3, random)[1] === 2) second.fast++;
        }
        const p = (second.sorted + second.fast) / (2 * trials);
        const spread = Math.sqrt((2 * p * (1 - p)) / trials);
        expect(Math.abs(second.sorted - second.fast) / trials).toBeLessThan(4 * spread);
    });
});

describe('Forfeits', () => {
    const job = { price: toNano('1'), items: 1, lock: toNano('1'), costs: 0n };

    it('give client and catcher what they may have, and burn the rest', () => {
        const standing = { reserve: toNano('85'), locks: toNano('3'), unbonding: toNano('2') };
        const { forfeited, compensation, reward, burnt } = convict(standing, job, MAIN_PARAMETERS);
        expect(forfeited).toBe(toNano('90'));
        expect(compensation).toBe(toNano('1'));
        expect(reward).toBe(toNano('12.07'));
        expect(burnt).toBe(toNano('76.93'));
        const small = convict(
            { reserve: toNano('4'), locks: 0n, unbonding: 0n },
            job,
            MAIN_PARAMETERS,
        );
        expect([small.compensation, small.reward, small.burnt]).toEqual([
            toNano('1'),
            0n,
            toNano('3'),
        ]);
    });

    it('of a concession are those of the lock, and of all where the reserve has too little', () => {
        const standing = { reserve: toNano('85'), locks: toNano('3'), unbonding: 0n };
        const fined = concede(standing, job, MAIN_PARAMETERS);
        expect([fined.convicted, fined.forfeited]).toEqual([false, toNano('86')]);
        expect([fined.compensation, fined.reward]).toEqual([toNano('1'), toNano('12.07')]);
        const short = { ...standing, reserve: standing.reserve - 1n };
        expect(concede(short, job, MAIN_PARAMETERS)).toEqual({
            ...convict(short, job, MAIN_PARAMETERS),
            convicted: true,
        });
    });
});

describe('The record', () => {
    it('is that of a Stake, as tests/contracts/check-record.spec.ts finds it', () => {
        const one = credited({ units: 0, at: 0 }, toNano('0.5'), toNano('0.01'), 0);
        expect(one).toEqual({ units: 1000, at: 0 });
        expect(recordRate({ units: 0, at: 0 }, 5, 0)).toBe(10_000);
        expect(recordRate(one, 5, 0)).toBe(8333);
        expect(recordRate({ units: 2000, at: 0 }, 5, 1)).toBe(7143);
        expect(credited({ units: 0, at: 0 }, toNano('0.004'), toNano('0.01'), 0).units).toBe(400);
        expect(recordNow(one, RECORD_HALF_LIFE / 2)).toBe(750);
        expect(recordNow(one, RECORD_HALF_LIFE)).toBe(500);
        expect(recordNow(one, 10 * RECORD_HALF_LIFE)).toBe(0);
    });
});

describe('A row', () => {
    const head = { topic: 't', quantity: 'q', setting: 's' };

    it('agrees within four standard errors and not beyond', () => {
        expect(proportionRow(head, 0.5, 530, 1000).agrees).toBe(true);
        expect(proportionRow(head, 0.5, 570, 1000).agrees).toBe(false);
        expect(proportionRow(head, 0, 1, 1000).agrees).toBe(false);
        const sample = new Sample();
        for (let at = 0; at < 100; at++) sample.add(at % 2);
        expect(meanRow(head, 0.6, sample).agrees).toBe(true);
        expect(meanRow(head, 0.8, sample).agrees).toBe(false);
        const expected = { sum: 100, variance: 90, trials: 1000 };
        expect(countRow(head, expected, 130).agrees).toBe(true);
        expect(countRow(head, expected, 145).agrees).toBe(false);
        expect(countRow(head, { sum: 0.01, variance: 0.01, trials: 1000 }, 3).agrees).toBe(false);
    });
});

describe('The simulation', () => {
    const first = simulate(TINY);

    it('agrees with its formulas', () => {
        expect(first.rows.filter(({ agrees }) => !agrees)).toEqual([]);
        expect(new Set(first.rows.map(({ topic }) => topic)).size).toBe(9);
    });

    it('is the same for the same seed, and another for another', () => {
        const experiment = defaultExperiment(TINY.seed, TINY.scale);
        expect(runMarket(experiment, TINY.market)).toEqual(first.tally);
        expect(runMarket({ ...experiment, seed: 8 }, TINY.market)).not.toEqual(first.tally);
    });

    it('sells, checks, convicts cheats and nobody else', () => {
        const { tally } = first;
        expect(tally.sold + tally.unsold).toBe(TINY.market.jobs);
        expect(tally.wrong).toBeGreaterThan(0);
        expect(tally.drawn.count).toBeGreaterThan(0);
        expect(tally.convictions.honest).toBe(0);
        expect(tally.burnt).toBeLessThanOrEqual(tally.forfeited);
    });

    it('draws plots that hold all its points', () => {
        const charts = figures(first.rows);
        const places = new Set(first.rows.flatMap(({ plot }) => (plot ? [plot.plot] : [])));
        for (const place of places) {
            const chart = charts.get(place);
            const marks = chart?.series.flatMap((series) => series.marks) ?? [];
            const rows = first.rows.filter(({ plot }) => plot?.plot === place);
            expect(marks).toHaveLength(rows.length);
        }
        for (const chart of charts.values()) expect(renderChart(chart)).not.toMatch(/NaN|Infinity/);
    });
});
