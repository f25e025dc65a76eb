import type { Address } from '@ton/core';
import type { Deployment } from '../wrappers';
import { announceJob } from './announce-job';
import type { Chain } from './chain';
import { estimateJob } from './estimate-job';
import { finishJob, type FinishOptions } from './finish-job';
import type { JobResult } from './job-event';
import { postJob, type PostJobRequest } from './post-job';
import type { PreparedJob } from './prepare-job';

export interface RunJobRequest
    extends
        FinishOptions,
        Pick<
            PostJobRequest,
            | 'sender'
            | 'postingKey'
            | 'onTicket'
            | 'ticket'
            | 'seed'
            | 'checkRate'
            | 'payUnverified'
            | 'keep'
        > {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** Address of the client's wallet. */
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
}

/**
 * Runs a whole job: estimates, announces, posts, follows, fetches, verifies and accepts. The event
 * `verified` hands the results over as soon as they are proved, `onItem` each item; the promise
 * resolves when the job is settled, or, where it is drawn for a check, as `settlement` says. A node that delivers only a part is not accepted: what came is
 * handed over, and `missing` names the rest. With a ticket from `onTicket` another process can go
 * on with `resumeJob` at any moment.
 *
 * @throws JobEndedError when nobody did the work or a check found it wrong, ResultRefusedError when the results are not
 * those that were committed, ResultsUnavailableError when the node withholds them (nothing is
 * accepted then), and what the single steps throw
 */
export async function runJob(request: RunJobRequest): Promise<JobResult> {
    const { job } = request;
    const tell = request.onEvent ?? (() => undefined);
    const estimate = await estimateJob({ ...request, items: job.inputHashes.length });
    tell({ kind: 'estimated', estimate });
    tell({ kind: 'announced', ...(await announceJob(request)) });
    const ticket = await postJob({ ...request, estimate });
    tell({ kind: 'posted', ticket });
    return finishJob({ ...request, ticket });
}
