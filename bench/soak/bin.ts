#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { isSound, renderSoak } from './report';
import { soak } from './soak';

const program = new Command('cocoon-soak')
    .description(
        'Posts jobs of all kinds on an embedded chain while the nodes that do them are killed and ' +
            'pestered at random. Ends with an error unless every job was settled or refunded, the ' +
            'books balance, and no honest node was convicted.',
    )
    .option('--jobs <number>', 'jobs at least', whole, 5_000)
    .option('--minutes <number>', 'minutes of posting at least', whole, 30)
    .option('--nodes <number>', 'nodes that provide and verify', whole, 5)
    .option('--clients <number>', 'wallets that post', whole, 8)
    .option('--seed <number>', 'of what is drawn', whole, 1)
    .option('--json', 'print one JSON document');

interface Flags {
    readonly jobs: number;
    readonly minutes: number;
    readonly nodes: number;
    readonly clients: number;
    readonly seed: number;
    readonly json?: true;
}

function whole(text: string): number {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new InvalidArgumentError('It is a whole number.');
}

async function main(): Promise<void> {
    const { json, ...options } = program.parse().opts<Flags>();
    const onStep = (step: string) => process.stderr.write(`${step}\n`);
    const report = await soak({ ...options, onStep });
    const plain = (_key: string, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value;
    console.log(json ? JSON.stringify(report, plain, 2) : renderSoak(report));
    if (!isSound(report)) process.exitCode = 1;
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
