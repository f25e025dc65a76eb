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
    done('market');
    return { rows, tally };
}
