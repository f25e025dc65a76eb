#!/usr/bin/env node
import { Command } from 'commander';
import { LATENCY_GOAL_MS, measureLatency, renderLatency } from './latency';

const program = new Command('cocoon-bench')
    .description('Measures what the market costs in time.')
    .option('--runs <number>', 'jobs for each measurement', '15')
    .option('--json', 'print one JSON document and nothing else on standard output');

async function main(): Promise<void> {
    const flags = program.parse().opts<{ runs: string; json?: true }>();
    const runs = Math.max(1, Math.floor(Number(flags.runs)) || 1);
    const latency = [
        await measureLatency({ blockIntervalMs: 400, pollMs: 100, runs }),
        await measureLatency({ blockIntervalMs: 0, pollMs: 20, runs }),
    ];
    if (flags.json) {
        console.log(JSON.stringify({ latency }, null, 2));
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
