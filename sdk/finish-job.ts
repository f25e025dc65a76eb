import type { JobClosing } from '../wrappers';
import { acceptResult, tickJob } from './accept-result';
import type { Chain } from './chain';
import { type Collected, type CollectOptions, collectResults } from './collect-results';
import { ExternalRefusedError, JobEndedError } from './errors';
import { followJob } from './follow-job';
import type { JobResult } from './job-event';
import { type CommittedResult, readJobHistory } from './job-history';
import type { PreparedJob } from './prepare-job';
import type { JobTicket } from './ticket';

export interface FinishJobRequest extends CollectOptions {
    readonly chain: Chain;
    readonly ticket: JobTicket;
    readonly job: Pick<PreparedJob, 'spec' | 'inputHashes'>;
}

/** Results of a job that has ended already are asked for this long, seconds. */
const AFTER_END_SECONDS = 10;

/**
 * Takes a posted job to its end, from wherever it is: follows it, lets time decide where it has to,
 * fetches and proves results, and accepts when every committed output is here.
 *
 * @throws as `runJob`
 */
export async function finishJob(request: FinishJobRequest): Promise<JobResult> {
    const { chain, ticket, signal } = request;
    const tell = request.onEvent ?? (() => undefined);
    const { escrow, jobId, since } = ticket;
    let result: CommittedResult | undefined;
    let collected: Collected | undefined;
    for await (const event of followJob({ chain, escrow, jobId, since, signal })) {
        tell(event);
        if (event.kind === 'expired') {
            await tickJob({ chain, ticket, signal });
        } else if (event.kind === 'committed') {
            const { bid, commit, acceptDeadline: until } = event.job;
            result = { stake: bid.stake, price: bid.price, commit };
            collected = await collectResults({ ...request, result, until });
            // Acceptance waives recourse, so it waits for the last output.
            const complete = collected.missing.length === 0;
            if (complete && (await accept(chain, ticket, signal))) tell({ kind: 'accepted' });
        } else if (event.kind === 'closed') {
            const { stake: winner, price } = (result ??= await committedBefore(request, event));
            const until = event.at + AFTER_END_SECONDS;
            collected ??= await collectResults({ ...request, result, until });
            return { ...collected, ticket, winner, price, closing: event };
        }
    }
    throw new JobEndedError(jobId, 'cancelled');
}

/**
 * The result of a job that ended before it was looked at.
 *
 * @throws JobEndedError where there is none
 */
async function committedBefore(
    request: FinishJobRequest,
    { outcome }: JobClosing,
): Promise<CommittedResult> {
    const { chain, ticket, signal } = request;
    const { commit } = await readJobHistory({ chain, ...ticket, signal });
    if (commit === undefined) throw new JobEndedError(ticket.jobId, outcome);
    return commit;
}

/**
 * @returns whether it was still to be accepted: when the time was over meanwhile, the node is paid
 * by the clock, which is no error
 */
async function accept(chain: Chain, ticket: JobTicket, signal?: AbortSignal): Promise<boolean> {
    try {
        await acceptResult({ chain, ticket, signal });
        return true;
    } catch (error) {
        if (!(error instanceof ExternalRefusedError)) throw error;
        return false;
    }
}
