import { Command } from 'commander';
import { CocoonError } from '../../protocol';
import {
    cancelJob,
    decodeTicket,
    isConvicted,
    JobEndedError,
    reportConviction,
    sleep,
} from '../../sdk';
import type { ConfigFlags } from '../config';
import { type CommandContext, formatGram } from '../terminal';
import { type Client, openClient } from './client';
import { jobInWords, lookAtStep } from './jobs/look-at-job';
import { JobUnknownError, NeverPostedError } from './jobs/errors';
import { takeLock } from './jobs/lock';
import { namedJob } from './jobs/named-job';
import { readStep, readSteps, type StoredSubmission, submissionIds } from './jobs/submission';
import { checkNetwork } from './tell-finished';

/** Time or a bid has decided already. */
export class TooLateToCancelError extends CocoonError {
    override readonly name = 'TooLateToCancelError';
    readonly code = 'TOO_LATE_TO_CANCEL';

    constructor(id: string, state: string, next: string) {
        super(`Job ${id} can be cancelled no more: it is ${state}.`, { hint: next });
    }
}

const CANCEL_WAIT_MS = 60_000;

/** `cocoon cancel`: takes a job back that nobody has won. */
export function cancelCommand(context: CommandContext): Command {
    const command = new Command('cancel')
        .description('take back a job that nobody has won yet; its money comes back')
        .argument('<job>', 'its number in this home')
        .addHelpText(
            'after',
            `
After the award a job cannot be taken back, unless the stake of its node was convicted for another
job: it says then when its money comes back by itself.

Examples:
  $ cocoon cancel 7
  $ cocoon cancel 7 --yes --json`,
        );
    return command.action(async (job: string) => {
        const client = await openClient(command.optsWithGlobals<ConfigFlags>(), context);
        const { home } = client.config;
        const named = namedJob(home, job);
        if (named.kind === 'chain') throw new JobUnknownError(job, submissionIds(home));
        checkNetwork(named.submission, client);
        await cancel(named.submission, client);
    });
}

async function cancel(submission: StoredSubmission, client: Client): Promise<void> {
    const { network, context } = client;
    const { terminal, signal } = context;
    const { id } = submission;
    const number = readSteps(submission).length - 1;
    const before = await lookAtStep(network, submission, number, signal);
    if (before === undefined) throw new NeverPostedError(id);
    const { view } = before;
    if (view === undefined) {
        const { closing } = before.history;
        if (closing === undefined) throw new NeverPostedError(id);
        if (before.ticked) return tellEnd(submission, number, client);
        throw new JobEndedError(before.jobId, closing.outcome);
    }
    const open = view.state === 'bidding';
    const convicted =
        'bid' in view &&
        view.bid !== undefined &&
        view.state !== 'appeal' &&
        view.state !== 'jury' &&
        (await isConvicted(network.chain, view.bid.stake, { signal }));
    if (!open && !convicted) {
        const { state, next } = jobInWords(view);
        throw new TooLateToCancelError(id, state, next);
    }
    if (!open) terminal.note('The stake of its node was convicted for another job.');
    await terminal.confirm(`Take back job ${id}? ${formatGram(view.held)} come back.`);
    const step = readStep(submission, number);
    if (step === undefined) throw new NeverPostedError(id);
    const wallet = await client.wallet();
    const lock = await takeLock(client.postingLock, {
        what: 'posts from the same wallet',
        waitMs: CANCEL_WAIT_MS,
        signal,
    });
    try {
        terminal.progress('Cancelling…');
        const { chain, deployment } = network;
        const ticket = decodeTicket(step.ticket);
        if (open) await cancelJob({ chain, deployment, sender: wallet, ticket, signal });
        else await reportConviction({ chain, deployment, sender: wallet, job: ticket, signal });
    } finally {
        await lock.release();
    }
    for (const end = performance.now() + CANCEL_WAIT_MS; ;) {
        const sight = await lookAtStep(network, submission, number, signal);
        if (sight?.view === undefined) return tellEnd(submission, number, client);
        const taken = open && sight.view.state !== 'bidding';
        if (taken || performance.now() > end) {
            const { state, next } = jobInWords(sight.view);
            throw new TooLateToCancelError(id, state, next);
        }
        await sleep(network.chain.pollMs, signal);
    }
}

function tellEnd(submission: StoredSubmission, number: number, client: Client): void {
    const end = readStep(submission, number)?.end;
    client.context.terminal.result(
        { job: submission.id, outcome: end?.outcome, returned: end?.refund, paid: end?.paid },
        `Job ${submission.id} has ended (${end?.outcome ?? 'unknown'}); ${formatGram(end?.refund ?? 0n)} came back.`,
    );
}
