#!/usr/bin/env node
import { join } from 'node:path';
import { Command } from 'commander';
import { table } from '../cli/terminal/table';
import { marketFacts, type MarketSize } from './experiments/markets';
import { drawPlots } from './plots';
import { renderRows } from './report';
import { FULL_MARKET, simulate, USUAL_MARKET } from './simulate';
import { documentTables } from './tables';

const program = new Command('cocoon-sim')
    .description(
        'Plays checks, juries, forfeits and a market of many nodes against closed formulas.',
    )
    .option('--nodes <number>', 'nodes of the market', String(USUAL_MARKET.nodes))
    .option('--jobs <number>', 'jobs of the market; 20 for each node unless set')
    .option('--seed <number>', 'fixes all random numbers', '1')
    .option('--runs <number>', 'multiplies the trials of each experiment', '1')
    .option('--cheats <share>', 'of the nodes of the market')
    .option('--colluding <share>', 'of its verifying nodes')
    .option('--lazy <share>', 'of its verifying nodes')
    .option('--online <share>', 'of its verifying nodes that do not collude')
    .option('--full', `the market with ${FULL_MARKET.nodes} nodes and ${FULL_MARKET.jobs} jobs`)
    .option('--plots', 'draw the plots of docs/economics.md into docs/plots')
    .option('--tables', 'print the tables of docs/economics.md by the formulas, and nothing else')
    .option('--json', 'print one JSON document and nothing else on standard output');

interface Flags {
    readonly nodes: string;
    readonly jobs?: string;
    readonly seed: string;
    readonly runs: string;
    readonly cheats?: string;
    readonly colluding?: string;
    readonly lazy?: string;
    readonly online?: string;
    readonly full?: true;
    readonly plots?: true;
    readonly tables?: true;
    readonly json?: true;
}

function main(): void {
    const flags = program.parse().opts<Flags>();
    if (flags.tables) {
        for (const [name, text] of documentTables()) console.log(`${name}\n\n${text}\n`);
        return;
    }
    const market = marketOf(flags);
    const { rows, tally } = simulate({
        seed: number(flags.seed, 0),
        scale: number(flags.runs, 0.001),
        market,
        onTopic: (topic, elapsedMs) => {
            if (!flags.json) console.error(`${topic}: ${(elapsedMs / 1000).toFixed(1)} s`);
        },
    });
    const apart = rows.filter(({ agrees }) => !agrees);
    if (flags.json) {
        console.log(JSON.stringify({ market, rows, tally }, null, 2));
    } else {
        console.log(renderRows(rows));
        console.log(`\nThe market of ${market.nodes} nodes and ${market.jobs} jobs\n`);
        console.log(table([{ title: 'what' }, { title: '', right: true }], marketFacts(tally)));
        console.log(`\n${rows.length} rows, ${apart.length} outside of their formula.`);
    }
    if (flags.plots) {
        for (const path of drawPlots(rows, join(__dirname, '..', '..', 'docs', 'plots'))) {
            console.error(`Drawn: ${path}`);
        }
    }
    if (apart.length > 0) process.exitCode = 1;
}

function marketOf(flags: Flags): MarketSize {
    const nodes = number(flags.nodes, 10);
    const jobs = flags.jobs === undefined ? 20 * nodes : number(flags.jobs, 1);
    const shares = (['cheats', 'colluding', 'lazy', 'online'] as const).flatMap((name) => {
        const text = flags[name];
        return text === undefined ? [] : [[name, Math.min(1, number(text, 0))] as const];
    });
    return { ...(flags.full ? FULL_MARKET : { nodes, jobs }), ...Object.fromEntries(shares) };
}

/** A number from `least`. */
function number(text: string, least: number): number {
    const value = Number(text);
    return Number.isFinite(value) ? Math.max(least, value) : least;
}

main();
