#!/usr/bin/env node
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ISOLATION_LEVELS, type IsolationLevel } from '../../runtime';
import { fuzz, type FuzzReport } from './fuzz';

const program = new Command('cocoon-fuzz')
    .description(
        'Mutates models and their inputs, and runs what is admitted in isolated children. Ends with ' +
            'an error if one of them harms this process.',
    )
    .option('--mutations <number>', 'how many', number, 60_000)
    .option('--seed <number>', 'the same mutations for the same seed', number, 1)
    .addOption(
        new Option('--isolation <level>', 'the strongest that is tried')
            .choices(ISOLATION_LEVELS)
            .default('strict'),
    )
    .option('--json', 'print one JSON document');

interface Flags {
    readonly mutations: number;
    readonly seed: number;
    readonly isolation: IsolationLevel;
    readonly json?: true;
}

function number(text: string): number {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new InvalidArgumentError('It is a whole number.');
}

const PROGRESS = 1_000;

async function main(): Promise<void> {
    const { json, ...flags } = program.parse().opts<Flags>();
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-fuzz-'));
    try {
        const report = await fuzz({
            ...flags,
            folder,
            workerPath: join(__dirname, 'child.js'),
            onFinding: ({ number, source, what, mutation, ending }) => {
                process.stderr.write(`${number}: ${ending} (${source}, ${what}, ${mutation})\n`);
            },
            onProgress: (done) => {
                if (done % PROGRESS === 0) process.stderr.write(`${done} mutations\n`);
            },
        });
        console.log(json ? JSON.stringify(report, null, 2) : render(report));
        if (report.parentErrors.length > 0) process.exitCode = 1;
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Two tables in Markdown. */
export function render(report: FuzzReport): string {
    const { mutations, seed, isolation, seconds, children, parentErrors } = report;
    const rows = (kind: string, counts: Readonly<Record<string, number>>) =>
        Object.entries(counts)
            .sort(([, a], [, b]) => b - a)
            .map(([name, count]) => `| ${kind} | ${name} | ${count} |`);
    const harm = parentErrors.map((one) => `- ${JSON.stringify(one)}`);
    return [
        `${mutations} mutations of seed ${seed}, isolation ${isolation}, in ${seconds.toFixed(0)} s ` +
            `(${(mutations / seconds).toFixed(0)} a second), ${children} children.`,
        '',
        '|  | end | mutations |',
        '| --- | --- | --- |',
        ...rows('refused', report.refused),
        ...rows('admitted', report.admitted),
        `| the node itself | harmed | ${parentErrors.length} |`,
        ...harm,
    ].join('\n');
}

void main();
