import { capitalRows } from './experiments/capital';
import { detectionRows } from './experiments/detection';
import { juryRows } from './experiments/juries';
import { lazinessRows } from './experiments/laziness';
import { marketRows, type MarketSize, runMarket } from './experiments/markets';
import { networkRows } from './experiments/networks';
import { recordRows } from './experiments/records';
import { ticketRows } from './experiments/tickets';
import { windowRows } from './experiments/windows';
import type { Tally } from './market/tally';
import type { Row } from './row';
import { defaultExperiment, type Experiment } from './setting';

/** The market of a run of about two minutes. */
export const USUAL_MARKET: MarketSize = { nodes: 10_000, jobs: 200_000 };
export const FULL_MARKET: MarketSize = { nodes: 100_000, jobs: 1_000_000 };

/** Markets of a tenth of the size that are played beside: few cheats, many cheats, few who are honest. */
const OTHER_MARKETS = [{ cheats: 0.01 }, { cheats: 0.5 }, { colluding: 0.4 }] as const;

export interface SimulateOptions {
    readonly seed: number;
    /** Multiplies the number of trials of each experiment. */
    readonly scale: number;
    readonly market: MarketSize;
    readonly onTopic?: (topic: string, elapsedMs: number) => void;
    /** Milliseconds; the clock of this machine unless set. */
    readonly now?: () => number;
}

export interface Simulated {
    readonly rows: readonly Row[];
    readonly tally: Tally;
}

const TOPICS: readonly (readonly [string, (experiment: Experiment) => readonly Row[]])[] = [
    ['draw', ticketRows],
    ['jury', juryRows],
    ['detection', detectionRows],
    ['reserve', windowRows],
    ['network', networkRows],
    ['lazy', lazinessRows],
    ['record', recordRows],
    ['capital', capitalRows],
];

/** All experiments, the same for the same seed, scale and market. */
export function simulate(options: SimulateOptions): Simulated {
    const { seed, scale, market, onTopic, now = Date.now } = options;
    const experiment = defaultExperiment(seed, scale);
    const rows: Row[] = [];
    let start = now();
    const done = (topic: string) => {
        onTopic?.(topic, now() - start);
        start = now();
    };
    for (const [topic, play] of TOPICS) {
        rows.push(...play(experiment));
        done(topic);
    }
    const tally = runMarket(experiment, market);
    rows.push(...marketRows(tally, market));
    for (const other of OTHER_MARKETS) {
        const nodes = Math.max(100, Math.round(market.nodes / 10));
        const jobs = Math.max(1_000, Math.round(market.jobs / 10));
        const smaller = { ...market, nodes, jobs, ...other };
        rows.push(...marketRows(runMarket(experiment, smaller), smaller));
    }
    done('market');
    return { rows, tally };
}
