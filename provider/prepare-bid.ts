import type { Address } from '@ton/core';
import type { Chain } from '../sdk';
import { Escrow } from '../wrappers';
import {
    type BiddingJob,
    type BidLimits,
    type BidTerms,
    checkAllowed,
    checkDemands,
    decideBid,
} from './decide-bid';
import { PassError } from './errors';
import { bytesToFetch, type JobMaterials } from './job-materials';
import type { NodeActions } from './node-actions';
import { type Pricing, priceOf } from './pricing';

/** Left of a window for a message to reach the chain, milliseconds. */
export const MESSAGE_MS = 1_500;
/** What was read longer ago than that is read again before money depends on it, milliseconds. */
const STALE_MS = 500;

export interface PrepareBidOptions {
    readonly chain: Chain;
    readonly escrow: Address;
    /** The job as it was read at `now`, UNIX seconds of the chain. */
    readonly job: BiddingJob;
    readonly now: number;
    readonly actions: NodeActions;
    readonly materials: JobMaterials;
    readonly pricing: Pricing;
    readonly limits: BidLimits;
    /** Inputs and model up to this size are fetched before the bid, bytes. */
    readonly prefetchBytes: number;
    readonly signal: AbortSignal;
}

/**
 * Gathers what a bid rests on, and decides it.
 *
 * @throws PassError where the node does not bid
 */
export async function prepareBid(options: PrepareBidOptions): Promise<BidTerms> {
    const { job, limits, actions, signal } = options;
    checkAllowed(job, limits);
    const startedAt = performance.now();
    const price = await gatherAndPrice(options);
    const late = performance.now() - startedAt > STALE_MS;
    const open = late ? await stillBidding(options) : job;
    return decideBid(open, price, await actions.view({ signal }));
}

async function gatherAndPrice(options: PrepareBidOptions): Promise<bigint> {
    const { job, now, materials, limits, pricing, prefetchBytes } = options;
    const { terms, biddingEnd } = job;
    const documents = await materials.documents(terms);
    checkDemands(documents.spec, limits);
    if (bytesToFetch(documents) <= prefetchBytes) {
        // A client without inputs would make each winner pay for declining.
        const leftMs = Math.max((biddingEnd - now) * 1000 - MESSAGE_MS, STALE_MS);
        await withinMs(materials.inputs(terms), leftMs);
    }
    const measured = pricing.kind === 'per-item' ? 0 : await materials.measure(terms);
    return priceOf(pricing, terms.items, measured);
}

async function stillBidding(options: PrepareBidOptions): Promise<BiddingJob> {
    const { chain, escrow, job, signal } = options;
    const { chainTime } = await chain.account(escrow, { signal });
    const now = await chain
        .open(Escrow.fromAddress(escrow), { signal })
        .getOpenJob(job.id, chainTime);
    if (now?.state === 'bidding') return now;
    throw new PassError('over', 'The time for bids was over before this node was ready.');
}

/** @throws PassError `inputs-unavailable` when the work takes longer */
export function withinMs<T>(work: Promise<T>, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
        const late = () =>
            reject(new PassError('inputs-unavailable', `The inputs are not here in ${ms} ms.`));
        const timer = setTimeout(late, ms);
        work.finally(() => clearTimeout(timer)).then(resolve, reject);
    });
}
