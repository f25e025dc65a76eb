import { MARKET_DEFAULTS, type MarketOptions } from '../market/options';
import { playMarket } from '../market/market';
import type { Book, Tally } from '../market/tally';
import { countRow, type Row } from '../row';
import { type Experiment, percent } from '../setting';

const TOPIC = 'market';

/** The size of a market, and in what it differs from `MARKET_DEFAULTS`. */
export type MarketSize = Pick<MarketOptions, 'nodes' | 'jobs'> &
    Partial<Omit<MarketOptions, 'parameters'>>;

export function runMarket({ parameters, seed }: Experiment, size: MarketSize): Tally {
    return playMarket({ ...MARKET_DEFAULTS, parameters, ...size }, seed);
}

/** What the formulas expect job by job, against what happened. */
export function marketRows(tally: Tally, size: MarketSize): readonly Row[] {
    const { nodes, jobs, cheats, colluding } = { ...MARKET_DEFAULTS, ...size };
    const setting =
        `${nodes} nodes, ${jobs} jobs, ${percent(cheats)} cheat, ` +
        `${percent(colluding)} of verifiers collude`;
    const row = (quantity: string, book: Book) =>
        countRow({ topic: TOPIC, quantity, setting }, book, book.count);
    return [
        row('jobs that are drawn, or silent', tally.drawn),
        row('checks of a wrong job that draw a bad leaf', tally.badLeaf),
        row('bad leaves that pass', tally.badChecks.passed),
        row('bad leaves that juries convict', tally.badChecks.convicted),
        row('good leaves that honest verifiers pass', tally.goodChecks.honest),
        row('good leaves that pass', tally.goodChecks.passed),
        row('good leaves that juries convict', tally.goodChecks.convicted),
    ];
}

/** What a market came to, for people; there is no formula for these. */
export function marketFacts(tally: Tally): readonly (readonly [string, string])[] {
    const { convictions } = tally;
    const cheats = convictions.every + convictions.dear + convictions.item;
    return [
        ['jobs sold, unsold', `${tally.sold}, ${tally.unsold}`],
        ['paid for them, GRAM', tally.volume.toFixed(1)],
        ['wrong jobs, paid of them', `${tally.wrong}, ${tally.wrongPaid}`],
        ['saved by what was not computed, GRAM', tally.stolen.toFixed(1)],
        ['convicted cheats, honest nodes', `${cheats}, ${convictions.honest}`],
        [
            'forfeited, burnt of it, GRAM',
            `${tally.forfeited.toFixed(1)}, ${tally.burnt.toFixed(1)}`,
        ],
        ['saved for each GRAM that was burnt', (tally.stolen / tally.burnt).toFixed(3)],
        ['void jobs', String(tally.voids)],
    ];
}
