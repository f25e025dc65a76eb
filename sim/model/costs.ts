import { worthOf, type MarketCosts } from '../../verifier/worth';
import type { MarketParameters } from '../../wrappers';
import { checkingJob } from './views';

/**
 * What the Market of the main networks says that claims and bonds take in gas; nanoGRAM at prices of
 * November 2026. A test holds them against the contract.
 */
export const MARKET_COSTS: MarketCosts = {
    claim: 4_418_004n,
    jury: 51_866_813n,
    juror: 19_783_209n,
};

/** What a verifier reckons with: `DEFAULT_RISK_BASIS_POINTS` of verifier/options.ts. */
const RISK_BASIS_POINTS = 10;

/** What a check brings and takes, in GRAM. */
export interface CheckMoney {
    readonly fee: number;
    readonly bond: number;
    /** Gas of the claim. */
    readonly claim: number;
    /** The work, at what the item's share of the price is. */
    readonly work: number;
    /** Whether an honest node claims at all: `checkWorth` of the verifier. */
    readonly worthwhile: boolean;
}

/**
 * The money of one check, by the verifier's own reckoning.
 *
 * @param workShare - what executing an item costs, as a share of the item's price
 */
export function checkMoney(
    parameters: MarketParameters,
    price: bigint,
    items: number,
    workShare: number,
): CheckMoney {
    const work = (Number(price) / items) * workShare;
    const worth = worthOf(
        checkingJob(parameters, price, items),
        { role: 'verifier', turn: 0 },
        {
            costs: MARKET_COSTS,
            pricing: { kind: 'per-item', nano: BigInt(Math.round(work)) },
            coreMsPerItem: 0,
            riskBasisPoints: RISK_BASIS_POINTS,
        },
    );
    return {
        fee: Number(worth.fee) / 1e9,
        bond: Number(worth.bond) / 1e9,
        claim: Number(MARKET_COSTS.claim) / 1e9,
        work: work / 1e9,
        worthwhile: worth.fee >= worth.cost,
    };
}
