#!/usr/bin/env node
import { Command } from 'commander';
import { printFees } from './fees';
import { LATENCY_GOAL_MS, measureLatency, renderLatency } from './latency';
import { runLives } from './lives';

const program = new Command('cocoon-bench')
    .description('Measures what the market costs, in fees and in time.')
    .option('--runs <number>', 'jobs for each measurement', '15')
    .option('--json', 'print one JSON document and nothing else on standard output');

async function main(): Promise<void> {
    const flags = program.parse().opts<{ runs: string; json?: true }>();
    const runs = Math.max(1, Math.floor(Number(flags.runs)) || 1);
    if (!flags.json) {
        await printFees((line) => console.log(line));
        console.log('');
    }
    const latency = [
        await measureLatency({ blockIntervalMs: 400, pollMs: 100, runs }),
        await measureLatency({ blockIntervalMs: 0, pollMs: 20, runs }),
    ];
    if (flags.json) {
        const fees = await runLives('current');
        const plain = (_key: string, value: unknown) =>
            typeof value === 'bigint' ? value.toString() : value;
        console.log(JSON.stringify({ fees, latency }, plain, 2));
        return;
    }
    console.log(`Latency of a one-item job, medians of ${runs} runs\n`);
    console.log(renderLatency(latency));
    console.log(`\n  The goal with blocks of 400 ms is a median of ${LATENCY_GOAL_MS / 1000} s.`);
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
