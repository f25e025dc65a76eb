import type { Address, Sender } from '@ton/core';
import { type Deployment, Escrow, Market, Stake } from '../wrappers';
import type { CallOptions, Chain } from './chain';
import { JobNotOpenError, NotConvictedError } from './errors';
import { readOpenJob } from './open-job';

export interface ReportConvictionRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** Any wallet; what is left of the gas goes to the client. */
    readonly sender: Sender;
    readonly job: { readonly escrow: Address; readonly jobId: number };
}

/** Gas of both steps in units of `getCosts().close`, with the way between them. */
const VALUE_FACTOR = 3n;

/**
 * Takes a job back whose node was convicted for another one: its Stake tells the Escrow so, and all
 * that the job holds goes back to its client. Follow the job for its end.
 *
 * @throws JobNotOpenError, NotConvictedError, what the sender throws, what
 * `connect` throws
 */
export async function reportConviction(request: ReportConvictionRequest): Promise<void> {
    const { chain, deployment, sender, signal } = request;
    const { escrow: address, jobId } = request.job;
    const { job } = await readOpenJob(chain, request.job, { signal });
    if (job === undefined) throw new JobNotOpenError(jobId);
    const provider = 'bid' in job ? job.bid?.stake : undefined;
    if (provider === undefined || !(await isConvicted(chain, provider, { signal }))) {
        throw new NotConvictedError(provider?.toString() ?? 'of nobody');
    }
    const escrow = chain.open(Escrow.fromAddress(address), { signal });
    const { client, index } = await escrow.getEscrow();
    const { close } = await chain
        .open(Market.fromAddress(deployment.market), { signal })
        .getCosts();
    const stake = chain.open(Stake.fromAddress(provider), { signal });
    const report = { jobId, client, index: Number(index) };
    await stake.sendReportConviction(sender, VALUE_FACTOR * close, report);
}

/** Whether a Stake was convicted; it works no more. */
export async function isConvicted(
    chain: Chain,
    stake: Address,
    { signal }: CallOptions = {},
): Promise<boolean> {
    return (await chain.open(Stake.fromAddress(stake), { signal }).getStanding()).convicted;
}
