import { type JobSpec, jobSpecHash, hashToBigInt } from '../protocol';
import type { JobTerms } from '../wrappers';
import type { Chain } from './chain';
import { TicketMismatchError } from './errors';
import { finishJob, type FinishOptions } from './finish-job';
import type { JobResult } from './job-event';
import { readJobHistory } from './job-history';
import type { PreparedJob } from './prepare-job';
import { seedHash } from './seed';
import type { JobTicket } from './ticket';

export interface ResumeJobRequest extends FinishOptions {
    readonly chain: Chain;
    /** What `postJob` gave before it sent anything; see `encodeTicket`. */
    readonly ticket: JobTicket;
    /** The job that the ticket is for. */
    readonly job: Pick<PreparedJob, 'inputHashes'> & { readonly spec: JobSpec };
}

/** A job that was taken to its end, or the finding that it never began. */
export type ResumedJob = ({ readonly posted: true } & JobResult) | NeverPosted;

/** No Escrow holds or held the job of a ticket. */
export interface NeverPosted {
    readonly posted: false;
    readonly ticket: JobTicket;
    /**
     * `unseen`: the chain knows nothing of it. The message was never sent, or is still on its way,
     * or was refused by the Market: post it again with this ticket, which never pays twice.
     * `refused`: the Escrow sent it back. `id-taken`: another job has its id. In both cases it can
     * not appear any more: post it anew, without the ticket.
     */
    readonly reason: 'unseen' | 'refused' | 'id-taken';
}

/**
 * Goes on with a job whose client ended at any moment after it had its ticket: finds out from the
 * chain what happened, and does the rest. Results of a job that has ended are fetched as long as
 * its node keeps them. With the `store` of the process before, no output is downloaded again.
 *
 * @example
 * const ticket = decodeTicket(await readFile(path, 'utf8'));
 * const resumed = await resumeJob({ chain, ticket, job, store });
 * if (!resumed.posted && resumed.reason === 'unseen') await runJob({ ...request, ticket });
 *
 * @throws TicketMismatchError when the ticket is for another spec, and as `runJob`
 */
export async function resumeJob(request: ResumeJobRequest): Promise<ResumedJob> {
    const { chain, ticket, job, signal } = request;
    const { terms, refused } = await readJobHistory({ chain, ...ticket, signal });
    const ours = seedHash(ticket.seed);
    if (terms?.seedHash !== ours) {
        const wasRefused = refused.some((posting) => posting.seedHash === ours);
        const taken = terms === undefined ? 'unseen' : 'id-taken';
        return { posted: false, ticket, reason: wasRefused ? 'refused' : taken };
    }
    checkJob(job, terms, ticket);
    request.onEvent?.({ kind: 'resumed', ticket });
    return { posted: true, ...(await finishJob(request)) };
}

/** Wrong inputs would look like a node that lies. */
function checkJob(
    { spec, inputHashes }: ResumeJobRequest['job'],
    terms: JobTerms,
    { jobId }: JobTicket,
): void {
    const same = hashToBigInt(jobSpecHash(spec)) === terms.spec;
    if (!same || inputHashes.length !== terms.items) throw new TicketMismatchError(jobId);
}
