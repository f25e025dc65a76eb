import { Address } from '@ton/core';
import { Command, InvalidArgumentError } from 'commander';
import { disputeJob, quoteDispute, readOpenJob, sleep } from '../../sdk';
import type { ConfigFlags } from '../config';
import { type CommandContext, formatGram, formatTime, UsageError } from '../terminal';
import { type Client, openClient } from './client';
import { NeverPostedError } from './jobs/errors';
import { jobInWords } from './jobs/look-at-job';
import { namedJob } from './jobs/named-job';
import { readSteps } from './jobs/submission';
import { checkNetwork } from './tell-finished';

interface Flags extends ConfigFlags {
    readonly leaf: number;
}

const WAIT_MS = 60_000;

/** `cocoon dispute`: doubts what a check or a jury has found. */
export function disputeCommand(context: CommandContext): Command {
    const command = new Command('dispute')
        .description('doubt what a check or a jury found: a jury executes a result again')
        .argument('<job>', 'its number in this home, or <escrow>:<job id>')
        .requiredOption('--leaf <number>', 'which result the jury shall execute, from 0', leafOf)
        .addHelpText(
            'after',
            `
The bond pays for the jury. It comes back when the jury finds otherwise than what is disputed; else it
is lost. Anybody may dispute, until the appeal ends; "cocoon status <job>" says when that is. A job
whose results you accepted and that passed its check is paid at once: nothing is left to dispute.

Examples:
  $ cocoon dispute 7 --leaf 0
  $ cocoon dispute EQ…:3 --leaf 12 --yes --json`,
        );
    return command.action(async (job: string) => {
        const flags = command.optsWithGlobals<Flags>();
        const client = await openClient(flags, context);
        await dispute(placeOf(job, client), flags.leaf, client);
    });
}

function leafOf(text: string): number {
    if (/^\d{1,7}$/.test(text)) return Number(text);
    throw new InvalidArgumentError('It is the number of a result, from 0.');
}

interface Place {
    readonly escrow: Address;
    readonly jobId: number;
}

function placeOf(job: string, client: Client): Place {
    const named = namedJob(client.config.home, job);
    if (named.kind === 'chain') return named;
    const { submission } = named;
    checkNetwork(submission, client);
    // What is disputed is the last step that is open.
    const last = readSteps(submission).findLast(({ escrow }) => escrow !== '');
    if (last === undefined) throw new NeverPostedError(submission.id);
    return { escrow: Address.parse(last.escrow), jobId: last.jobId };
}

async function dispute(job: Place, leaf: number, client: Client): Promise<void> {
    const { network, context } = client;
    const { terminal, signal } = context;
    const { chain, deployment } = network;
    const quote = await quoteDispute({ chain, deployment, job, signal });
    if (leaf >= quote.items) {
        throw new UsageError(
            `The job has results 0 to ${quote.items - 1}, and none ${leaf}.`,
            'Name one of them with --leaf.',
        );
    }
    if (leaf !== (quote.onlyLeaf ?? leaf)) {
        throw new UsageError(
            `The appeal is about result ${quote.onlyLeaf} alone.`,
            `Name it with --leaf ${quote.onlyLeaf}.`,
        );
    }
    terminal.note(
        `A jury of ${quote.jurors} executes result ${leaf}. The bond of ${formatGram(quote.bond)} pays ` +
            'for it, and comes back when the jury finds otherwise; ' +
            `${formatGram(quote.gas)} are gas. Possible until ${formatTime(quote.until)}.`,
    );
    await terminal.confirm(`Dispute, with a bond of ${formatGram(quote.bond)}?`);
    const sender = await client.wallet();
    terminal.progress('Disputing…');
    await disputeJob({ chain, deployment, sender, job, leaf, signal });
    const view = await opened(job, client);
    const { state, next } =
        view === undefined ? { state: 'not seen before a jury yet', next: '' } : jobInWords(view);
    terminal.result(
        { escrow: job.escrow, jobId: job.jobId, leaf, ...quote, state },
        `Job ${job.escrow.toString()}:${job.jobId} is ${state}. ${next}`.trimEnd(),
    );
}

async function opened(place: Place, { network, context }: Client) {
    const { chain } = network;
    const { signal } = context;
    for (const end = performance.now() + WAIT_MS; performance.now() < end;) {
        const { job: view } = await readOpenJob(chain, place, { signal });
        if (view?.state !== 'appeal') return view;
        await sleep(chain.pollMs, signal);
    }
    return undefined;
}
