import type { Sender } from '@ton/core';
import { type Deployment, Escrow, Market } from '../wrappers';
import type { CallOptions, Chain } from './chain';
import type { JobTicket } from './ticket';

export interface CancelJobRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** The client's wallet. */
    readonly sender: Sender;
    readonly ticket: Pick<JobTicket, 'escrow' | 'jobId'>;
}

/**
 * Takes back a job that nobody has won yet. The money comes with the end of the job: follow it.
 * Where a bid has won meanwhile, the Escrow refuses and the job goes on.
 */
export async function cancelJob(request: CancelJobRequest): Promise<void> {
    const { chain, deployment, sender, ticket, signal } = request;
    const { close } = await chain
        .open(Market.fromAddress(deployment.market), { signal })
        .getCosts();
    await chain
        .open(Escrow.fromAddress(ticket.escrow), { signal })
        .sendCancel(sender, close, ticket.jobId);
}
