import { checkBacking, decideBid, rankOf } from '../../provider/decide-bid';
import { PassError } from '../../provider/errors';
import { DEFAULT_LIMITS } from '../../provider/options';
import { quote } from '../../provider/pricing';
import type { MarketParameters } from '../../wrappers';
import { recordRate } from '../model/record';
import { biddingJob, type Standing } from '../model/views';
import type { PostedJob } from './jobs';
import type { MarketNode } from './nodes';

const BID_WINDOW = 30;

/** The winner of an auction. */
export interface Sale extends Standing {
    readonly node: number;
    readonly assignedAt: number;
}

/**
 * Sells a job among the nodes that consider it, in their order, by the provider's own code: each bids
 * what it asks for, or as much less as it takes to win, where its reserve and its collateral bear the
 * lock. Only the best bid is kept, and who is outbid has its lock back.
 */
export function sell(
    parameters: MarketParameters,
    job: PostedJob,
    bidders: readonly { readonly index: number; readonly node: MarketNode }[],
    now: number,
): Sale | undefined {
    const biddingEnd = now + BID_WINDOW;
    let best: Sale | undefined;
    for (const { index, node } of bidders) {
        if (!node.mayBid(now)) continue;
        const view = biddingJob(parameters, {
            ceiling: job.ceiling,
            items: job.items,
            biddingEnd,
            best,
        });
        const checkRate = recordRate(node.record, parameters.verification.trial, now);
        const offer = quote(
            { kind: 'per-core-hour', nano: node.coreHour, minimum: 1n },
            { items: job.items, coreMsPerItem: job.coreMsPerItem, feesNano: 0n, load: 0 },
        );
        try {
            const bid = decideBid(view, offer, { checkRate: BigInt(checkRate) }, DEFAULT_LIMITS);
            checkBacking(bid, view, node);
            if (node.locked(now) + bid.lock > node.collateral) continue;
            best = {
                ...bid,
                node: index,
                assignedAt: biddingEnd,
                checkRate: Math.max(checkRate, parameters.minCheckRate),
                rank: rankOf(view, bid.price, checkRate),
            };
        } catch (error) {
            if (!(error instanceof PassError)) throw error;
        }
    }
    return best;
}
