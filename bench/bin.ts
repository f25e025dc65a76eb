#!/usr/bin/env node
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { measureBlobs, renderBlobs } from './blobs';
import { printFees } from './fees';
import { firstCoin, renderFirstCoin } from './first-coin';
import { LATENCY_GOAL_MS, measureLatency, renderLatency } from './latency';
import { runLives } from './lives';
import { measurePage, renderPage } from './page';
import { measureProbeModels, renderProbeModels } from './probe-models';
import { measureRuntimeCosts, renderRuntimeCosts } from './runtime-costs';
import { measureRecogniser, RATIO_GOAL, renderRecogniser } from './recogniser';

const program = new Command('cocoon-bench')
    .description('Measures what the market costs, in fees and in time.')
    .option('--runs <number>', 'jobs for each measurement', '15')
    .option('--items <number>', 'items of the job with large outputs', '1000')
    .option('--rounds <number>', 'how often that job is measured', '2')
    .option('--processes <number>', 'child processes that execute it', String(cpus().length))
    .addOption(
        new Option('--only <part>', 'measure one part').choices([
            'fees',
            'latency',
            'recogniser',
            'runtime',
            'page',
            'first-coin',
            'blobs',
            'probes',
        ]),
    )
    .option('--mib <number>', 'size of the blob that is transferred, MiB', '1024')
    .option('--json', 'print one JSON document and nothing else on standard output');

interface Flags {
    readonly runs: string;
    readonly items: string;
    readonly rounds: string;
    readonly processes: string;
    readonly mib: string;
    readonly only?:
        'fees' | 'latency' | 'recogniser' | 'runtime' | 'page' | 'first-coin' | 'blobs' | 'probes';
    readonly json?: true;
}

const PAGES = 7;
/** A round takes seconds, and machines are not equally fast in all of them. */
const RUNTIME_ROUNDS = 8;
const BLOB_ROUNDS = 5;

async function main(): Promise<void> {
    const flags = program.parse().opts<Flags>();
    const print = (line: string) => {
        if (!flags.json) console.log(line);
    };
    const wanted = (part: Flags['only']) => flags.only === undefined || flags.only === part;
    const facts: Record<string, unknown> = {};
    if (wanted('fees')) {
        if (flags.json) facts['fees'] = await runLives('current');
        else await printFees(print);
        print('');
    }
    if (wanted('latency')) {
        const runs = count(flags.runs);
        const latency = [
            await measureLatency({ blockIntervalMs: 400, pollMs: 100, runs }),
            await measureLatency({ blockIntervalMs: 0, pollMs: 20, runs }),
        ];
        facts['latency'] = latency;
        print(`Latency of a one-item job, medians of ${runs} runs\n`);
        print(renderLatency(latency));
        print(`\n  The goal with blocks of 400 ms is a median of ${LATENCY_GOAL_MS / 1000} s.\n`);
    }
    if (wanted('recogniser')) {
        const recogniser = await measureRecogniser({
            items: count(flags.items),
            rounds: count(flags.rounds),
            processes: count(flags.processes),
        });
        facts['recogniser'] = recogniser;
        print('A job of the OCR recogniser, about 1 MB of output for each item\n');
        print(renderRecogniser(recogniser));
        print(`  The goal is ${100 * RATIO_GOAL} % of the bare loop.`);
    }
    if (wanted('runtime')) {
        const costs = await measureRuntimeCosts({
            processes: count(flags.processes),
            rounds: RUNTIME_ROUNDS,
        });
        facts['runtime'] = costs;
        print('\nWhat a node adds to ONNX Runtime\n');
        print(renderRuntimeCosts(costs));
    }
    const project = join(__dirname, '..', '..');
    const picture = join(project, 'examples', 'ocr', 'receipt.jpg');
    if (wanted('page')) {
        const page = await measurePage(picture, PAGES);
        facts['page'] = page;
        print('\nReading the text of the picture in examples/ocr\n');
        print(renderPage(page));
    }
    if (wanted('first-coin')) {
        const coin = await firstCoin({ project, picture });
        facts['firstCoin'] = coin;
        print('\nFrom an empty folder to the first coin, on an embedded chain\n');
        print(renderFirstCoin(coin));
    }
    if (wanted('blobs')) {
        const blobs = await measureBlobs(count(flags.mib) * 1024 ** 2, BLOB_ROUNDS);
        facts['blobs'] = blobs;
        print('\nA blob from one process to another, over loopback\n');
        print(renderBlobs(blobs));
    }
    if (wanted('probes')) {
        const probes = await measureProbeModels(RUNTIME_ROUNDS);
        facts['probes'] = probes;
        print('\nModels that show how fast a computer is\n');
        print(renderProbeModels(probes));
    }
    if (flags.json) {
        const plain = (_key: string, value: unknown) =>
            typeof value === 'bigint' ? value.toString() : value;
        console.log(JSON.stringify(facts, plain, 2));
    }
}

/** A whole number from 1. */
function count(text: string): number {
    return Math.max(1, Math.floor(Number(text)) || 1);
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
