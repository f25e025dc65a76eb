import { checkFee, type JobView, lockHorizon, requiredLock, type StakeView } from '../wrappers';
import { hashFromBigInt, type HashHex, hashToHex, type JobSpec } from '../protocol';
import { PassError } from './errors';

/** An open job that takes bids. */
export type BiddingJob = Extract<JobView, { readonly state: 'bidding' }>;

/** What an operator allows. */
export interface BidLimits {
    /** Hashes of manifests; `any` for all that the runtime admits. */
    readonly models: ReadonlySet<HashHex> | 'any';
    /** Memory of one child, bytes. */
    readonly maxMemoryBytes: number;
    /** Outputs of one job together, which the node holds in memory, bytes. */
    readonly maxResultBytes: number;
}

/**
 * Checks a job against what the operator allows.
 *
 * @throws PassError
 */
export function checkAllowed(job: JobView, limits: BidLimits): void {
    const model = hashToHex(hashFromBigInt(job.terms.model));
    if (limits.models !== 'any' && !limits.models.has(model)) {
        throw new PassError('model-not-allowed', `The model ${model} is not allowed here.`);
    }
}

/**
 * Checks what a job may take against what the operator gives.
 *
 * @throws PassError
 */
export function checkDemands(spec: JobSpec, limits: BidLimits): void {
    const { memoryBytes, outputBytesPerItem } = spec.limits;
    if (memoryBytes > limits.maxMemoryBytes) {
        throw new PassError('over-limits', `The job may take ${memoryBytes} bytes of memory.`);
    }
    const outputBytes = outputBytesPerItem * spec.inputs.count;
    if (outputBytes > limits.maxResultBytes) {
        throw new PassError('over-limits', `The job may give ${outputBytes} bytes of outputs.`);
    }
}

/** What a bid holds; nanoGRAM and UNIX seconds. */
export interface BidTerms {
    readonly price: bigint;
    readonly lock: bigint;
    readonly lockUntil: number;
}

/**
 * The bid for a job at a price, with the least lock that the Escrow takes.
 *
 * @throws PassError where it could not win
 */
export function decideBid(
    job: BiddingJob,
    price: bigint,
    stake: Pick<StakeView, 'checkRate'>,
): BidTerms {
    if (price > job.ceiling) {
        throw new PassError('over-ceiling', `The price ${price} is over ${job.ceiling}.`);
    }
    const { parameters, terms } = job;
    if (job.bid !== undefined) {
        const rank = rankOf(job, price, Number(stake.checkRate));
        const enough = rank * BigInt(10_000 + parameters.minStep) <= job.bid.rank * 10_000n;
        if (rank >= job.bid.rank || !enough) {
            throw new PassError('outbid', `The best bid has rank ${job.bid.rank}, not ${rank}.`);
        }
    }
    return {
        price,
        lock: requiredLock(parameters, price, job.ceiling),
        lockUntil: job.biddingEnd + terms.commitWindowSeconds + lockHorizon(parameters),
    };
}

/** What bids are compared by: the price and the check that may be expected, as in the Escrow. */
function rankOf({ parameters, terms }: BiddingJob, price: bigint, record: number): bigint {
    const rate = Math.max(record, parameters.minCheckRate, terms.checkRate);
    return price + (checkFee(parameters, price, terms.items) * BigInt(rate)) / 10_000n;
}
