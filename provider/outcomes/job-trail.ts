import type { Address, Transaction } from '@ton/core';
import { exitCodeOf, type JobClosing, readClosings, readEscrowNote } from '../../sdk';
import type { JobOutcome, JobTerms } from '../../wrappers';
import type { JobFate } from '../state';

/** How jobs end that nobody was to do. */
export const UNSOLD: ReadonlySet<JobOutcome> = new Set(['cancelled', 'no-bid', 'refused']);

/** What transactions of an Escrow tell of one job. */
export interface JobTrail {
    readonly jobId: number;
    readonly terms?: JobTerms;
    /** UNIX seconds of the chain. */
    readonly postedAt?: number;
    /** Bids that the Escrow took. */
    readonly bids: number;
    /** The best one that stands. */
    readonly best?: { readonly stake: Address; readonly price: bigint } | undefined;
    readonly committed: boolean;
    readonly closing?: JobClosing;
}

/** What one more transaction of the Escrow adds, in the order of the chain. */
export function followTrail(trail: JobTrail, transaction: Transaction): JobTrail {
    const { jobId } = trail;
    const closing = readClosings(transaction).find(
        (end) => end.jobId === jobId && end.outcome !== 'refused',
    );
    const closed = closing === undefined ? trail : { ...trail, closing };
    const note = readEscrowNote(transaction);
    if (note?.jobId !== jobId || exitCodeOf(transaction) !== 0) return closed;
    switch (note.kind) {
        case 'posted': {
            // A second posting under the id of an open job is sent back.
            if (trail.terms !== undefined) return closed;
            return { ...closed, terms: note.terms, postedAt: transaction.now };
        }
        case 'bid':
            // Only a better one is taken.
            return { ...closed, bids: closed.bids + 1, best: note };
        case 'decline':
            return { ...closed, best: undefined };
        case 'commit':
            return { ...closed, committed: true };
        case 'claim':
            return closed;
    }
}

/** What is known of the fate of a job, and when to look again where it is not final. */
export type TrailVerdict =
    | { readonly final: true; readonly fate: JobFate }
    /** UNIX seconds of the chain; undefined: nobody knows. */
    | { readonly final: false; readonly lookAt: number | undefined };

/**
 * Concludes from a trail.
 *
 * @param chainTime - UNIX seconds
 * @param untilClosed - whether only the end of the job counts, as for those of this node
 */
export function concludeTrail(
    trail: JobTrail,
    chainTime: number,
    { knownAt, untilClosed }: { readonly knownAt: number; readonly untilClosed: boolean },
): TrailVerdict {
    const { closing, best, bids, terms, postedAt, committed } = trail;
    const sold = { winner: best?.stake, price: best?.price };
    if (closing !== undefined) {
        const { outcome, paid } = closing;
        const fate: JobFate = UNSOLD.has(outcome)
            ? { kind: 'unsold', bids, outcome, knownAt }
            : { kind: 'sold', bids, ...sold, outcome, paid, knownAt };
        return { final: true, fate };
    }
    if (untilClosed || terms === undefined || postedAt === undefined) {
        return { final: false, lookAt: undefined };
    }
    const biddingEnd = postedAt + terms.bidWindowSeconds;
    const taken = best !== undefined && best.price <= terms.takePrice;
    if (!committed && !taken && chainTime < biddingEnd) return { final: false, lookAt: biddingEnd };
    return best === undefined
        ? { final: true, fate: { kind: 'unsold', bids, knownAt } }
        : { final: true, fate: { kind: 'sold', bids, ...sold, knownAt } };
}
