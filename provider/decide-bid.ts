import { checkFee, type JobView, lockHorizon, requiredLock, type StakeView } from '../wrappers';
import { PassError } from './errors';
import type { Quote } from './pricing';
import type { JobLimits } from './rules';

/** An open job that takes bids. */
export type BiddingJob = Extract<JobView, { readonly state: 'bidding' }>;

/** What a bid holds; nanoGRAM and UNIX seconds. */
export interface BidTerms {
    readonly price: bigint;
    readonly lock: bigint;
    readonly lockUntil: number;
    /** See `rankOf`. */
    readonly rank: bigint;
}

/**
 * The bid for a job, with the least lock that the Escrow takes: what the node asks for, or less
 * where that wins, but never less than its floor.
 *
 * @throws PassError where it could not win, or would risk more than the operator allows
 */
export function decideBid(
    job: BiddingJob,
    offer: Quote,
    stake: Pick<StakeView, 'checkRate'>,
    limits: Pick<JobLimits, 'maxLockNano' | 'maxPriceNano'>,
): BidTerms {
    const { parameters, terms } = job;
    if (offer.floor > job.ceiling) {
        const detail = `The price ${gram(offer.floor)} is over the ceiling ${gram(job.ceiling)}.`;
        throw new PassError(
            { code: 'over-ceiling', asked: offer.floor, offered: job.ceiling },
            detail,
        );
    }
    const price = bestPrice(job, offer, Number(stake.checkRate));
    const lock = requiredLock(parameters, price, job.ceiling);
    atMost('price', price, limits.maxPriceNano);
    atMost('lock', lock, limits.maxLockNano);
    return {
        price,
        lock,
        rank: rankOf(job, price, Number(stake.checkRate)),
        lockUntil: job.biddingEnd + terms.commitWindowSeconds + lockHorizon(parameters),
    };
}

/**
 * Makes sure that the Escrow takes the lock: unlike what else may be wrong with a bid, the Stake
 * does not check this, and a bid that comes back has cost its gas.
 *
 * @throws PassError
 */
export function checkBacking(
    { lock }: Pick<BidTerms, 'lock'>,
    { parameters }: Pick<BiddingJob, 'parameters'>,
    { reserve }: Pick<StakeView, 'reserve'>,
): void {
    const needed = lock * BigInt(parameters.factor);
    if (reserve >= needed) return;
    const detail =
        `A lock of ${gram(lock)} needs ${gram(needed)} of reserve; the stake has ` +
        `${gram(reserve)}.`;
    throw new PassError({ code: 'reserve-too-small', needed, reserve }, detail);
}

/**
 * Makes sure that a check could not cost the node more than the job brings: it must be able to
 * answer one, and be paid where none comes about.
 *
 * @throws PassError
 */
export function checkTrial(
    { parameters, terms }: Pick<BiddingJob, 'parameters' | 'terms'>,
    stake: Pick<StakeView, 'checkRate'>,
    limits: Pick<JobLimits, 'maxUnpaidCheckRate' | 'minOpenSeconds'>,
): void {
    const { openWindow } = parameters.verification;
    if (openWindow < limits.minOpenSeconds) {
        const detail =
            `A drawn node has ${openWindow} s to open its sketch, or is convicted; this one needs ` +
            `${limits.minOpenSeconds} s.`;
        const needed = limits.minOpenSeconds;
        throw new PassError(
            { code: 'check-terms', term: 'open-seconds', asked: openWindow, needed },
            detail,
        );
    }
    if (terms.payUnverified) return;
    const rate = Math.max(Number(stake.checkRate), parameters.minCheckRate, terms.checkRate);
    if (rate <= limits.maxUnpaidCheckRate) return;
    const detail =
        `The job is checked at ${rate / 100} %, and pays nothing when no verifier comes; this node ` +
        `takes such jobs up to ${limits.maxUnpaidCheckRate / 100} %.`;
    const needed = limits.maxUnpaidCheckRate;
    throw new PassError(
        { code: 'check-terms', term: 'unpaid-check-rate', asked: rate, needed },
        detail,
    );
}

/** What bids are compared by: the price and the check that may be expected, as in the Escrow. */
export function rankOf({ parameters, terms }: BiddingJob, price: bigint, record: number): bigint {
    const rate = Math.max(record, parameters.minCheckRate, terms.checkRate);
    return price + (checkFee(parameters, price, terms.items) * BigInt(rate)) / 10_000n;
}

/** An amount for people. */
export function gram(nano: bigint): string {
    const digits = nano.toString().padStart(10, '0');
    return `${digits.slice(0, -9)}.${digits.slice(-9)} GRAM`;
}

/** The highest price from floor to ask that is within the ceiling and beats the best bid. */
function bestPrice(job: BiddingJob, { ask, floor }: Quote, record: number): bigint {
    const wins = (price: bigint) => beats(job, rankOf(job, price, record));
    const most = ask < job.ceiling ? ask : job.ceiling;
    if (wins(most)) return most;
    if (!wins(floor)) {
        const rank = rankOf(job, floor, record);
        const detail = `The best bid has rank ${job.bid?.rank}; this node's lowest is ${rank}.`;
        throw new PassError(
            {
                code: 'outbid',
                winner: job.bid?.stake,
                winnerPrice: job.bid?.price,
                winnerRank: job.bid?.rank,
                ownPrice: floor,
                ownRank: rank,
            },
            detail,
        );
    }
    // Ranks grow with prices.
    let low = floor;
    let high = most;
    while (high - low > 1n) {
        const middle = (low + high) / 2n;
        if (wins(middle)) low = middle;
        else high = middle;
    }
    return low;
}

function beats({ bid, parameters }: BiddingJob, rank: bigint): boolean {
    if (bid === undefined) return true;
    return rank < bid.rank && rank * BigInt(10_000 + parameters.minStep) <= bid.rank * 10_000n;
}

function atMost(limit: 'price' | 'lock', asked: bigint, most: bigint): void {
    if (asked <= most) return;
    const detail = `The ${limit} would be ${gram(asked)}, over the limit of ${gram(most)}.`;
    throw new PassError({ code: 'over-limits', limit, asked, most }, detail);
}
