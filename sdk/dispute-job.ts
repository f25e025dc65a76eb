import type { Address, Sender } from '@ton/core';
import { checkFee, type Deployment, Escrow, juryBond, Market } from '../wrappers';
import type { CallOptions, Chain } from './chain';
import { NotDisputableError } from './errors';
import { readOpenJob } from './open-job';

export interface QuoteDisputeRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    readonly job: { readonly escrow: Address; readonly jobId: number };
}

/** What a dispute takes; amounts nanoGRAM. */
export interface DisputeQuote {
    /** Comes back when the jury, or the one on appeal, finds otherwise than what is disputed. */
    readonly bond: bigint;
    readonly gas: bigint;
    /** Both: what is sent. */
    readonly value: bigint;
    /** How many jurors will execute the leaf. */
    readonly jurors: number;
    /** Until when the finding can be disputed, UNIX seconds. */
    readonly until: number;
    readonly items: number;
    /** The only result that may be disputed: an appeal against "wrong" is about the same one. */
    readonly onlyLeaf: number | undefined;
}

/**
 * Says what it takes to doubt what a check or a jury has found.
 *
 * @throws NotDisputableError, what `connect` throws
 */
export async function quoteDispute(request: QuoteDisputeRequest): Promise<DisputeQuote> {
    const { chain, deployment, signal } = request;
    const { jobId } = request.job;
    const { job, chainTime } = await readOpenJob(chain, request.job, { signal });
    if (job?.state !== 'appeal' || chainTime >= job.phaseEnd) {
        throw new NotDisputableError(jobId, job?.state);
    }
    const costs = await chain.open(Market.fromAddress(deployment.market), { signal }).getCosts();
    const { verification } = job.parameters;
    const first = job.jury === undefined;
    const jurors = first ? verification.jurors : verification.appealJurors;
    const fee = checkFee(job.parameters, job.bid.price, job.terms.items);
    const bond = juryBond(jurors, fee, first ? costs.jury : costs.appealJury);
    const gas = costs.dispute;
    const { phaseEnd: until, terms } = job;
    const onlyLeaf = job.finding === 'right' ? undefined : job.jury?.leaf;
    return { bond, gas, value: bond + gas, jurors, until, items: terms.items, onlyLeaf };
}

export interface DisputeJobRequest extends QuoteDisputeRequest {
    /** The wallet that puts up the bond; anybody may dispute. */
    readonly sender: Sender;
    /** Which result the jury shall execute, from 0. */
    readonly leaf: number;
}

/**
 * Doubts what was found about a job: a jury executes one of its results. Follow the job for what
 * it finds.
 *
 * @returns what was sent
 * @throws NotDisputableError, RangeError for a leaf that cannot be disputed, what the sender
 * throws, what `connect` throws
 */
export async function disputeJob(request: DisputeJobRequest): Promise<DisputeQuote> {
    const { chain, job, leaf, sender, signal } = request;
    const quote = await quoteDispute(request);
    const { items, onlyLeaf = leaf } = quote;
    if (!Number.isInteger(leaf) || leaf < 0 || leaf >= items) {
        throw new RangeError(`The job has results 0 to ${items - 1}, and none ${leaf}.`);
    }
    if (leaf !== onlyLeaf) throw new RangeError(`The appeal is about result ${onlyLeaf} alone.`);
    const escrow = chain.open(Escrow.fromAddress(job.escrow), { signal });
    await escrow.sendDispute(sender, quote.value, { jobId: job.jobId, leaf });
    return quote;
}
