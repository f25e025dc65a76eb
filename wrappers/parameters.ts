import { beginCell, type Cell, toNano } from '@ton/core';
import {
    loadParameters,
    loadVerificationParameters,
    storeParameters,
    storeVerificationParameters,
} from '../build/Market/Market_Market';

/** Windows are seconds, amounts nanoGRAM, rates basis points. docs/contracts.md explains each. */
export interface MarketParameters {
    readonly version: number;
    readonly bidWindowMax: number;
    readonly declineWindow: number;
    readonly commitWindowMax: number;
    readonly acceptWindow: number;
    readonly backing: number;
    readonly factor: number;
    readonly minLock: bigint;
    readonly minStep: number;
    readonly protocolFee: number;
    readonly checkFee: number;
    readonly checkGas: bigint;
    readonly minCheckRate: number;
    readonly verification: VerificationWindows;
}

/** Parameters of checks and juries. */
export interface VerificationWindows {
    readonly claimWindow: number;
    readonly sealWindow: number;
    readonly openWindow: number;
    readonly revealWindow: number;
    readonly appealWindow: number;
    readonly juryClaimWindow: number;
    readonly jurySealWindow: number;
    readonly juryRevealWindow: number;
    readonly rounds: number;
    readonly jurors: number;
    readonly appealJurors: number;
    readonly verifierStake: bigint;
    readonly verifierAge: number;
    readonly bucket: number;
    readonly unbonding: number;
    /** A Stake with n passed checks is checked at trial / (trial + n), never below the least rate. */
    readonly trial: number;
}

const DAY = 86_400;
const HOUR = 3_600;

/** Starting values for mainnet and testnet. */
export const MAIN_PARAMETERS: MarketParameters = {
    version: 1,
    bidWindowMax: HOUR,
    declineWindow: 60,
    commitWindowMax: DAY,
    acceptWindow: 30 * 60,
    backing: 7 * DAY,
    factor: 85,
    minLock: toNano('0.01'),
    minStep: 100,
    protocolFee: 100,
    checkFee: 12_000,
    checkGas: toNano('0.007'),
    minCheckRate: 300,
    verification: {
        claimWindow: 20,
        sealWindow: 30 * 60,
        openWindow: 6 * HOUR,
        revealWindow: HOUR,
        appealWindow: 6 * HOUR,
        juryClaimWindow: 5 * 60,
        jurySealWindow: 2 * HOUR,
        juryRevealWindow: 2 * HOUR,
        rounds: 3,
        jurors: 5,
        appealJurors: 15,
        verifierStake: toNano('100'),
        verifierAge: DAY,
        bucket: DAY,
        unbonding: 14 * DAY,
        trial: 5,
    },
};

/** Short windows for the embedded chain. */
export const DEVNET_PARAMETERS: MarketParameters = {
    ...MAIN_PARAMETERS,
    bidWindowMax: 60,
    declineWindow: 5,
    commitWindowMax: 30 * 60,
    acceptWindow: 10,
    backing: 10 * 60,
    verification: {
        ...MAIN_PARAMETERS.verification,
        claimWindow: 2,
        sealWindow: 20,
        openWindow: 20,
        revealWindow: 20,
        appealWindow: 20,
        juryClaimWindow: 3,
        jurySealWindow: 20,
        juryRevealWindow: 20,
        verifierStake: toNano('10'),
        verifierAge: 0,
        bucket: 60,
        unbonding: 20 * 60,
    },
};

/** The same for a network without verifiers: no job that its client accepts is drawn for a check. */
export function withoutChecks(parameters: MarketParameters): MarketParameters {
    return {
        ...parameters,
        minCheckRate: 0,
        verification: { ...parameters.verification, trial: 0 },
    };
}

/** The first 64 bits of the hash of the parameters, by which listings and Escrows name them. */
export function parametersTag(parameters: MarketParameters): bigint {
    return BigInt(`0x${encodeParameters(parameters).hash().subarray(0, 8).toString('hex')}`);
}

/**
 * Seconds from the commit deadline to the end of the last window that a lock may have to back:
 * acceptance, all rounds of the check, both appeals with their juries, and `backing` (W).
 */
export function lockHorizon(parameters: MarketParameters): number {
    return convictionTime(parameters) + parameters.backing;
}

/** The longest way from the commit to a conviction in seconds; `backing` must be longer. */
export function convictionTime(parameters: MarketParameters): number {
    const v = parameters.verification;
    const round = v.claimWindow + v.sealWindow + v.openWindow + v.revealWindow;
    const jury = v.juryClaimWindow + v.jurySealWindow + v.juryRevealWindow;
    return parameters.acceptWindow + v.rounds * round + 2 * (v.appealWindow + jury);
}

/** What one check of a job at `price` costs, in nanoGRAM: the same formula as in the Escrow. */
export function checkFee(parameters: MarketParameters, price: bigint, items: number): bigint {
    return (price * BigInt(parameters.checkFee)) / (BigInt(items) * 10_000n) + parameters.checkGas;
}

/** The least that a bid must lock: max(price, half the ceiling, the minimum). */
export function requiredLock(parameters: MarketParameters, price: bigint, ceiling: bigint): bigint {
    return [price, (ceiling + 1n) / 2n, parameters.minLock].reduce((a, b) => (a > b ? a : b));
}

/** The parameters as the cell that the Market and each job carry. */
export function encodeParameters(parameters: MarketParameters): Cell {
    const v = parameters.verification;
    const verification = beginCell()
        .store(
            storeVerificationParameters({
                $$type: 'VerificationParameters',
                claimWindow: BigInt(v.claimWindow),
                sealWindow: BigInt(v.sealWindow),
                openWindow: BigInt(v.openWindow),
                revealWindow: BigInt(v.revealWindow),
                appealWindow: BigInt(v.appealWindow),
                juryClaimWindow: BigInt(v.juryClaimWindow),
                jurySealWindow: BigInt(v.jurySealWindow),
                juryRevealWindow: BigInt(v.juryRevealWindow),
                rounds: BigInt(v.rounds),
                jurors: BigInt(v.jurors),
                appealJurors: BigInt(v.appealJurors),
                verifierStake: v.verifierStake,
                verifierAge: BigInt(v.verifierAge),
                bucket: BigInt(v.bucket),
                unbonding: BigInt(v.unbonding),
                trial: BigInt(v.trial),
            }),
        )
        .endCell();
    return beginCell()
        .store(
            storeParameters({
                $$type: 'Parameters',
                ending: {
                    $$type: 'EndingParameters',
                    acceptWindow: BigInt(parameters.acceptWindow),
                    backing: BigInt(parameters.backing),
                    protocolFee: BigInt(parameters.protocolFee),
                },
                bidding: {
                    $$type: 'BiddingParameters',
                    declineWindow: BigInt(parameters.declineWindow),
                    horizon: BigInt(lockHorizon(parameters)),
                    factor: BigInt(parameters.factor),
                    minLock: parameters.minLock,
                    minStep: BigInt(parameters.minStep),
                    minCheckRate: BigInt(parameters.minCheckRate),
                    checkFee: BigInt(parameters.checkFee),
                    checkGas: parameters.checkGas,
                },
                listing: {
                    $$type: 'ListingParameters',
                    bidWindowMax: BigInt(parameters.bidWindowMax),
                    commitWindowMax: BigInt(parameters.commitWindowMax),
                },
                version: BigInt(parameters.version),
                verification,
            }),
        )
        .endCell();
}

/** Reads the parameters from their cell. */
export function decodeParameters(cell: Cell): MarketParameters {
    const p = loadParameters(cell.beginParse());
    const v = loadVerificationParameters(p.verification.beginParse());
    return {
        version: Number(p.version),
        bidWindowMax: Number(p.listing.bidWindowMax),
        declineWindow: Number(p.bidding.declineWindow),
        commitWindowMax: Number(p.listing.commitWindowMax),
        acceptWindow: Number(p.ending.acceptWindow),
        backing: Number(p.ending.backing),
        factor: Number(p.bidding.factor),
        minLock: p.bidding.minLock,
        minStep: Number(p.bidding.minStep),
        protocolFee: Number(p.ending.protocolFee),
        checkFee: Number(p.bidding.checkFee),
        checkGas: p.bidding.checkGas,
        minCheckRate: Number(p.bidding.minCheckRate),
        verification: {
            claimWindow: Number(v.claimWindow),
            sealWindow: Number(v.sealWindow),
            openWindow: Number(v.openWindow),
            revealWindow: Number(v.revealWindow),
            appealWindow: Number(v.appealWindow),
            juryClaimWindow: Number(v.juryClaimWindow),
            jurySealWindow: Number(v.jurySealWindow),
            juryRevealWindow: Number(v.juryRevealWindow),
            rounds: Number(v.rounds),
            jurors: Number(v.jurors),
            appealJurors: Number(v.appealJurors),
            verifierStake: v.verifierStake,
            verifierAge: Number(v.verifierAge),
            bucket: Number(v.bucket),
            unbonding: Number(v.unbonding),
            trial: Number(v.trial),
        },
    };
}

/** What opens a jury puts up: each juror's fee, and its gas (`getCosts().jury` or `.appealJury`). */
export function juryBond(jurors: number, fee: bigint, gas: bigint): bigint {
    return BigInt(jurors) * fee + gas;
}

/** What a juror puts up; `base` is `getCosts().juror`. */
export function jurorBond(fee: bigint, base: bigint): bigint {
    return 3n * fee + base;
}
