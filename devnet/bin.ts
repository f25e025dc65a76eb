#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import pino from 'pino';
import { CocoonError } from '../protocol';
import type { FeeTable } from './fees';
import type { Interleave } from './queue';
import { DEFAULT_BLOCK_INTERVAL_MS, type Devnet, type DevnetOptions, startDevnet } from './start';

interface Flags {
    readonly port: number;
    readonly host: string;
    readonly blockMs: number;
    readonly fees?: FeeTable;
    readonly state?: string;
    readonly interleave: Interleave;
    readonly seed: number;
    readonly market: boolean;
    readonly json?: true;
    readonly verbose?: true;
}

const program = new Command('cocoon-devnet')
    .description('An embedded TON chain behind the HTTP interface of toncenter v2.')
    .option('--port <number>', 'port to listen on, 0 for any free one', wholeNumber, 8081)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
        '--block-ms <ms>',
        'milliseconds between blocks, 0 for a block at once for each message',
        wholeNumber,
        DEFAULT_BLOCK_INTERVAL_MS,
    )
    .addOption(
        new Option('--fees <table>', "today's mainnet prices, or those of @ton/sandbox").choices([
            'current',
            'sandbox',
        ]),
    )
    .option('--state <file>', 'keep the chain in this file and resume it from there')
    .addOption(
        new Option('--interleave <mode>', 'order of the messages in a block')
            .choices(['shard', 'random'])
            .default('shard'),
    )
    .option('--seed <number>', 'seed of the random order', wholeNumber, 0)
    .option('--no-market', 'start without the contracts of a market')
    .option('--json', 'print one line of JSON instead of text')
    .option('--verbose', 'log to standard error');

async function main(): Promise<void> {
    const flags = program.parse().opts<Flags>();
    const options: DevnetOptions = {
        port: flags.port,
        host: flags.host,
        blockIntervalMs: flags.blockMs,
        interleave: flags.interleave,
        seed: flags.seed,
        market: flags.market,
        ...(flags.fees && { fees: flags.fees }),
        ...(flags.state !== undefined && { statePath: flags.state }),
        ...(flags.verbose && { logger: pino({ name: 'devnet' }, pino.destination(2)) }),
    };
    const devnet = await startDevnet(options);
    stopOnSignal(devnet);
    if (flags.json) {
        const { endpoint, url, port } = devnet;
        console.log(JSON.stringify({ endpoint, url, port, ...devnet.status() }));
    } else {
        console.log(greeting(devnet));
    }
}

function greeting(devnet: Devnet): string {
    const { endpoint, url } = devnet;
    const { fees, seqno, blockIntervalMs } = devnet.status();
    const { market } = devnet;
    return [
        `TON devnet listening on ${url}`,
        `  fees ${fees}, a block ${blockIntervalMs === 0 ? 'for each message' : `every ${blockIntervalMs} ms`}, at block ${seqno}`,
        ...(market === undefined ? [] : [`  market ${market.toString({ testOnly: true })}`]),
        '',
        'Ask it for money and use it:',
        `  curl -X POST ${url}/devnet/faucet -H 'Content-Type: application/json' \\`,
        `    -d '{"address": "<address>", "amount": "10000000000"}'`,
        `  npx blueprint run --custom ${endpoint} --custom-version v2 --custom-type testnet --mnemonic`,
        '',
        'Stop it with Ctrl-C.',
    ].join('\n');
}

function stopOnSignal(devnet: Devnet): void {
    const stop = () => {
        devnet.stop().catch(fail);
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
}

function wholeNumber(text: string): number {
    if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Not a whole number from 0 up.');
    return Number(text);
}

function fail(error: unknown): void {
    if (error instanceof CocoonError) console.error(`${error.message} ${error.hint}`);
    else console.error(error);
    process.exitCode = 1;
}

main().catch(fail);
