import { Escrow } from '../wrappers';
import type { CallOptions, Chain } from './chain';
import { ExternalRefusedError } from './errors';
import type { JobTicket } from './ticket';

export interface AcceptResultRequest extends CallOptions {
    readonly chain: Chain;
    readonly ticket: Pick<JobTicket, 'escrow' | 'jobId' | 'seed'>;
}

/**
 * Accepts a committed result by revealing the client's seed: no wallet is needed, the job's gas
 * pays. Accept only what `verifyResults` passed: acceptance waives recourse. Follow the job for
 * its end.
 *
 * @throws ExternalRefusedError when the job is not committed or its time to accept is over
 */
export async function acceptResult(request: AcceptResultRequest): Promise<void> {
    const { chain, signal } = request;
    const { escrow, jobId, seed } = request.ticket;
    await chain.open(Escrow.fromAddress(escrow), { signal }).sendAccept({ jobId, seed });
}

export interface TickJobRequest extends CallOptions {
    readonly chain: Chain;
    readonly ticket: Pick<JobTicket, 'escrow' | 'jobId'>;
}

/**
 * Carries out what time has decided about a job: anybody may, and the job's gas pays. That
 * somebody else was faster is no error.
 */
export async function tickJob({ chain, ticket, signal }: TickJobRequest): Promise<void> {
    const escrow = chain.open(Escrow.fromAddress(ticket.escrow), { signal });
    try {
        await escrow.sendTick(ticket.jobId);
    } catch (error) {
        if (!(error instanceof ExternalRefusedError)) throw error;
    }
}
