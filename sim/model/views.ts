import type { BiddingJob } from '../../provider/decide-bid';
import type { CheckingJob } from '../../verifier/eligibility';
import {
    accountAddress,
    type JobTerms,
    lockHorizon,
    type MarketParameters,
    requiredLock,
} from '../../wrappers';

/** Jobs as a node reads them from a chain, for the code that decides about them. */

const COMMIT_WINDOW = 600;

function termsOf(items: number, checkRate: number): JobTerms {
    return {
        spec: 0n,
        model: 0n,
        seedHash: 0n,
        items,
        takePrice: 0n,
        bidWindowSeconds: 30,
        commitWindowSeconds: COMMIT_WINDOW,
        checkRate,
        payUnverified: true,
        keep: false,
        rule: null,
    };
}

export interface Standing {
    readonly price: bigint;
    readonly lock: bigint;
    readonly lockUntil: number;
    readonly checkRate: number;
    readonly rank: bigint;
}

/** An open job with the best bid that stands. */
export function biddingJob(
    parameters: MarketParameters,
    options: {
        readonly ceiling: bigint;
        readonly items: number;
        readonly biddingEnd: number;
        readonly best?: Standing | undefined;
    },
): BiddingJob {
    const { ceiling, items, biddingEnd, best } = options;
    return {
        state: 'bidding',
        id: 0,
        held: ceiling,
        terms: termsOf(items, 0),
        ceiling,
        parameters,
        biddingEnd,
        bid:
            best === undefined ? undefined : { ...best, stake: accountAddress(0n), commitment: 0n },
    };
}

/** A drawn job whose verifiers may claim. */
export function checkingJob(
    parameters: MarketParameters,
    price: bigint,
    items: number,
): CheckingJob {
    return {
        state: 'checking',
        phase: 'claim',
        id: 0,
        held: price,
        terms: termsOf(items, 0),
        parameters,
        bid: {
            stake: accountAddress(0n),
            price,
            lock: requiredLock(parameters, price, price),
            lockUntil: COMMIT_WINDOW + lockHorizon(parameters),
        },
        commit: { root: 0n, providerSeed: 0n, faulty: 0 },
        committedAt: 0,
        accepted: true,
        draw: 0n,
        round: 0,
        verifier: undefined,
        opened: undefined,
        phaseEnd: parameters.verification.claimWindow,
    };
}
