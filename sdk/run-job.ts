import type { Address, Sender } from '@ton/core';
import type { Deployment } from '../wrappers';
import { acceptResult, tickJob } from './accept-result';
import { announceJob, type Announcement } from './announce-job';
import type { Fetch } from './blobs';
import type { CallOptions, Chain } from './chain';
import type { JobClosing } from '../wrappers';
import { ExternalRefusedError, JobEndedError, ResultsUnavailableError } from './errors';
import { estimateJob, type JobEstimate } from './estimate-job';
import { type FetchedResults, fetchResults } from './fetch-results';
import { endpointOf } from './find-endpoints';
import { type ChainJobEvent, type CommittedJob, followJob } from './follow-job';
import { type JobTicket, postJob } from './post-job';
import type { PreparedJob } from './prepare-job';
import { type ItemResult, verifyResults } from './verify-results';

/** What happens to a job, on chain and off it. Amounts nanoGRAM. */
export type JobEvent =
    | { readonly kind: 'estimated'; readonly estimate: JobEstimate }
    | ({ readonly kind: 'announced' } & Announcement)
    | { readonly kind: 'posted'; readonly ticket: JobTicket }
    | ChainJobEvent
    | { readonly kind: 'fetched'; readonly bytes: number; readonly endpoint: string }
    | { readonly kind: 'verified'; readonly items: readonly ItemResult[] }
    | { readonly kind: 'accepted' };

export interface RunJobRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** The client's wallet. */
    readonly sender: Sender;
    readonly client: Address;
    readonly index?: number;
    /** Its blobs must be served by the sources that its spec names. */
    readonly job: PreparedJob;
    /** Most that all items together may cost, nanoGRAM. */
    readonly ceiling: bigint;
    readonly takePrice?: bigint;
    readonly bidWindowSeconds: number;
    readonly commitWindowSeconds: number;
    /** Nodes that shall hear of the job; none for a job that they know otherwise. */
    readonly endpoints: readonly string[];
    readonly onEvent?: (event: JobEvent) => void;
    readonly fetch?: Fetch;
}

/** A job that ended with results. */
export interface JobResult {
    readonly ticket: JobTicket;
    /** One for each item, in order; an item that failed is an error at its place. */
    readonly items: readonly ItemResult[];
    readonly winner: Address;
    /** Price of the winning bid for all items, nanoGRAM. */
    readonly price: bigint;
    readonly closing: JobClosing;
}

/**
 * Runs a whole job: estimates, announces, posts, follows, fetches, verifies and accepts. The event
 * `verified` hands the results over as soon as they are proved; the promise resolves when the job
 * is settled.
 *
 * @throws JobEndedError when nobody did the work, ResultRefusedError when the results are not
 * those that were committed, ResultsUnavailableError when the node withholds them (nothing is accepted
 * then), and what the single steps throw
 */
export async function runJob(request: RunJobRequest): Promise<JobResult> {
    const { chain, job, signal } = request;
    const tell = request.onEvent ?? (() => undefined);
    const estimate = await estimateJob({ ...request, items: job.inputHashes.length });
    tell({ kind: 'estimated', estimate });
    tell({ kind: 'announced', ...(await announceJob(request)) });
    const ticket = await postJob({ ...request, estimate });
    tell({ kind: 'posted', ticket });

    const { escrow, jobId } = ticket;
    let items: ItemResult[] | undefined;
    let committed: CommittedJob | undefined;
    const following = followJob({ chain, escrow, jobId, since: ticket.since, signal });
    for await (const event of following) {
        tell(event);
        if (event.kind === 'expired') {
            await tickJob({ chain, ticket, signal });
        } else if (event.kind === 'committed') {
            committed = event.job;
            items = await collect(request, ticket, committed, tell);
            await accept(chain, ticket, signal);
            tell({ kind: 'accepted' });
        } else if (event.kind === 'closed') {
            if (items === undefined || committed === undefined) {
                throw new JobEndedError(jobId, event.outcome);
            }
            const { stake: winner, price } = committed.bid;
            return { ticket, items, winner, price, closing: event };
        }
    }
    throw new JobEndedError(jobId, 'cancelled');
}

async function collect(
    request: RunJobRequest,
    { escrow, jobId }: JobTicket,
    { bid, commit, acceptDeadline }: CommittedJob,
    tell: (event: JobEvent) => void,
): Promise<ItemResult[]> {
    const { chain, job, signal } = request;
    const endpoint = await endpointOf(chain, bid.stake, { signal });
    const call = { endpoint, escrow, jobId, spec: job.spec, signal, fetch: request.fetch };
    let results: FetchedResults | undefined;
    while (results === undefined) {
        try {
            results = await fetchResults(call);
        } catch (error) {
            // A node that restarts is given all the time there is.
            const again = error instanceof ResultsUnavailableError;
            if (!again || (await chain.now({ signal })) >= acceptDeadline) throw error;
        }
    }
    tell({ kind: 'fetched', bytes: results.bytes, endpoint });
    const { inputHashes } = job;
    const items = verifyResults({ escrow, jobId, inputHashes, commit, results });
    tell({ kind: 'verified', items });
    return items;
}

/** When the time to accept was over meanwhile the node is paid by the clock: no error. */
async function accept(chain: Chain, ticket: JobTicket, signal?: AbortSignal): Promise<void> {
    try {
        await acceptResult({ chain, ticket, signal });
    } catch (error) {
        if (!(error instanceof ExternalRefusedError)) throw error;
    }
}
