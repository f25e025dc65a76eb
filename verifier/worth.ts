import { gram } from '../provider/decide-bid';
import { type Pricing, quote } from '../provider/pricing';
import {
    checkFee,
    jurorBond,
    juryBond,
    type Market,
    type MarketParameters,
    type StakeView,
} from '../wrappers';
import { AbstainError } from './errors';
import type { CheckedJob } from './eligibility';
import type { Duty } from './state';

/** What the Market says that things cost, nanoGRAM. */
export type MarketCosts = Pick<Awaited<ReturnType<Market['getCosts']>>, 'claim' | 'jury' | 'juror'>;

/**
 * A juror executes in two classes, of which WebAssembly takes about three times as long as the
 * native one on the models that were measured (docs/provider.md).
 */
const JUROR_ITEMS = 4;
const BASIS = 10_000n;

/** What a claim brings and takes; nanoGRAM. */
export interface ClaimWorth {
    /** Paid when the claim is kept and was right. */
    readonly fee: bigint;
    readonly bond: bigint;
    /** What the claim takes in gas, the work at the operator's price, and the risk for the bond. */
    readonly cost: bigint;
}

export interface WorthOptions {
    readonly costs: MarketCosts;
    readonly pricing: Pricing;
    /** Measured, or the limit of the job. */
    readonly coreMsPerItem: number;
    /** The chance that an honest claim loses its bond, in the operator's estimate. */
    readonly riskBasisPoints: number;
}

/** What a claim on a job is worth. */
export function worthOf(job: CheckedJob, { role }: Duty, options: WorthOptions): ClaimWorth {
    const { costs, pricing, coreMsPerItem, riskBasisPoints } = options;
    const fee = feeOf(job);
    const bond = bondOf(job.parameters, role, fee, costs);
    const work = quote(
        { ...pricing, perJob: 0n, minimum: 1n, loadMarginPercent: 0 },
        {
            items: role === 'juror' ? JUROR_ITEMS : 1,
            coreMsPerItem,
            feesNano: 0n,
            load: 0,
        },
    ).floor;
    const risk = (bond * BigInt(riskBasisPoints)) / BASIS;
    return { fee, bond, cost: costs.claim + work + risk };
}

/** What a check of a job, or a seat in its jury, is paid with. */
export function feeOf({ parameters, bid, terms }: CheckedJob): bigint {
    return checkFee(parameters, bid.price, terms.items);
}

function bondOf(
    { verification }: MarketParameters,
    role: Duty['role'],
    fee: bigint,
    costs: MarketCosts,
): bigint {
    return role === 'verifier'
        ? juryBond(verification.jurors, fee, costs.jury)
        : jurorBond(fee, costs.juror);
}

/**
 * Makes sure that a claim pays, and that the operator allows its risk.
 *
 * @throws AbstainError `not-worth`, `bonds`, `balance`
 */
export function checkWorth(
    { fee, bond, cost }: ClaimWorth,
    at: {
        readonly stake: Pick<StakeView, 'operating' | 'rent'>;
        readonly costs: MarketCosts;
        /** Of other claims. */
        readonly bondsAtStake: bigint;
        readonly maxBonds: bigint;
    },
): void {
    if (fee < cost) {
        const detail = `The fee of ${gram(fee)} does not cover ${gram(cost)} for gas, work and risk.`;
        throw new AbstainError('not-worth', detail);
    }
    const total = at.bondsAtStake + bond;
    if (total > at.maxBonds) {
        const detail = `Bonds would come to ${gram(total)}, over ${gram(at.maxBonds)}.`;
        throw new AbstainError('bonds', detail);
    }
    const spare = at.stake.operating - at.stake.rent;
    const needed = bond + at.costs.claim;
    if (spare < needed) {
        const detail = `A claim takes ${gram(needed)}; the operating balance has ${gram(spare)}.`;
        throw new AbstainError('balance', detail);
    }
}
