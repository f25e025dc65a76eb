#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import pino from 'pino';
import { isCocoonError } from '../../protocol';
import { type FinishedDemo, runDemo } from './demo';
import { createNarrator } from './narrate';
import { renderReport } from './render';

interface Flags {
    readonly json?: true;
    readonly keep?: true;
    readonly http?: true;
    readonly verbose?: true;
    readonly frames: number;
    readonly blockMs: number;
}

const program = new Command('cocoon-demo')
    .description(
        'Paid jobs on an embedded chain: real models read a picture and judge a recording.',
    )
    .option('--frames <number>', 'frames of audio in the last job', wholeNumber(1, 100_000), 500)
    .option('--block-ms <ms>', 'milliseconds between blocks', wholeNumber(1, 60_000), 400)
    .option(
        '--http',
        'nodes with URLs, and all data over HTTP instead of from peer to peer; quicker',
    )
    .option('--keep', 'leave chain and nodes running until Ctrl-C')
    .option('--json', 'print one JSON document and nothing else on standard output')
    .option('--verbose', 'log to standard error');

async function main(): Promise<void> {
    const flags = program.parse().opts<Flags>();
    const say = flags.json ? progressToError : (line: string) => console.log(line);
    const narrator = createNarrator(say);
    const interrupted = new AbortController();
    const interrupt = () => interrupted.abort(new Interruption());
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const { signal } = interrupted;
    const demo = await runDemo({
        frames: flags.frames,
        blockIntervalMs: flags.blockMs,
        ...(flags.http && { http: true }),
        signal,
        onStep: narrator.step,
        onJobEvent: narrator.job,
        onProviderEvent: narrator.provider,
        onVerifierEvent: narrator.verifier,
        ...(flags.verbose && {
            logger: pino({ name: 'demo', level: 'debug' }, pino.destination(2)),
        }),
    });
    try {
        const { report } = demo;
        narrator.end();
        console.log(flags.json ? JSON.stringify(report, plain, 2) : `\n${renderReport(report)}`);
        if (!report.books.balanced) process.exitCode = 1;
        if (flags.keep) await keep(demo, say, signal);
    } finally {
        await demo.stage.stop();
        process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    }
}

/** Somebody pressed Ctrl-C. */
class Interruption extends Error {}

/** Leaves everything running until the first signal. */
async function keep(
    { stage, report }: FinishedDemo,
    say: (line: string) => void,
    signal: AbortSignal,
): Promise<void> {
    const { devnet, market, operators } = stage;
    const [job] = report.jobs;
    say(
        [
            '',
            'Everything is left running.',
            `  chain   ${devnet.endpoint}`,
            `  market  ${market.address.toString()}`,
            `  escrow  ${job?.escrow}`,
            ...operators.map(
                ({ name, stake, endpoint }) =>
                    `  ${name}   stake ${stake.address.toString()}, node ${endpoint}`,
            ),
            ...(stage.meeting === undefined ? [] : [`  peers   meet at ${stage.meeting}`]),
            '',
            'Ask a node how it is, or for the results of the first job; on this machine, at its port:',
            `  curl ${operators[0]?.provider.url}/health`,
            `  curl ${winnerUrl(stage, job?.winner)}/results/${job?.escrow}/${job?.jobId}`,
            'Ask the faucet for money:',
            `  curl -X POST ${devnet.url}/devnet/faucet -H 'Content-Type: application/json' \\`,
            `    -d '{"address": "<address>", "amount": "10000000000"}'`,
            '',
            'Stop it with Ctrl-C.',
        ].join('\n'),
    );
    // The chain makes blocks all the time, so that the process stays.
    if (!signal.aborted) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
}

function winnerUrl({ operators }: FinishedDemo['stage'], winner: string | undefined): string {
    return operators.find(({ name }) => name === winner)?.provider.url ?? '';
}

/** JSON has no bigints: amounts are written as decimal strings. */
function plain(_key: string, value: unknown): unknown {
    return typeof value === 'bigint' ? value.toString() : value;
}

function progressToError(line: string): void {
    process.stderr.write(`${line}\n`);
}

function wholeNumber(min: number, max: number): (text: string) => number {
    return (text) => {
        const value = Number(text);
        if (/^\d{1,9}$/.test(text) && value >= min && value <= max) return value;
        throw new InvalidArgumentError(`Not a whole number from ${min} to ${max}.`);
    };
}

main().catch((error: unknown) => {
    if (error instanceof Interruption) console.error('Interrupted.');
    else if (isCocoonError(error)) console.error(`${error.message} ${error.hint}`);
    else console.error(error);
    process.exitCode = 1;
});
