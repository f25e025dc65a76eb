import { checkFee, type MarketParameters } from '../../wrappers';

/** What stands in a Stake when it pays for a fault; nanoGRAM. */
export interface Standing {
    readonly reserve: bigint;
    /** Locks that have not ended. */
    readonly locks: bigint;
    readonly unbonding: bigint;
}

/** Where a forfeit goes; nanoGRAM. */
export interface Forfeit {
    readonly forfeited: bigint;
    /** To the client. */
    readonly compensation: bigint;
    /** To the catcher, its costs included. */
    readonly reward: bigint;
    readonly burnt: bigint;
}

/** What a catcher gets at most, in check fees: `CatcherFees` in contracts/escrow/jury.tact. */
export const CATCHER_FEES = 10n;

/** The job that a fault is about. */
export interface FaultyJob {
    readonly price: bigint;
    readonly items: number;
    readonly lock: bigint;
    /** What the catcher's bond lost; nanoGRAM. */
    readonly costs: bigint;
}

/** A conviction takes all: `receive(msg: Penalize)` in contracts/stake.tact. */
export function convict(
    { reserve, locks, unbonding }: Standing,
    job: FaultyJob,
    parameters: MarketParameters,
): Forfeit {
    return split(reserve + locks + unbonding, job, parameters);
}

/**
 * A concession takes the lock and `factor * lock` out of the reserve, and convicts where the reserve has
 * less: the concession in contracts/escrow/jury.tact, and `receive(msg: Penalize)` in contracts/stake.tact.
 */
export function concede(
    standing: Standing,
    job: FaultyJob,
    parameters: MarketParameters,
): Forfeit & { readonly convicted: boolean } {
    const fine = concessionFine(parameters, job.lock);
    if (fine > standing.reserve) {
        return { ...convict(standing, job, parameters), convicted: true };
    }
    return { ...split(job.lock + fine, job, parameters), convicted: false };
}

/** What a concession takes out of the reserve; nanoGRAM. */
export function concessionFine(parameters: MarketParameters, lock: bigint): bigint {
    return BigInt(parameters.factor) * lock;
}

/**
 * The fine of a rule that the contracts do not have: what one wrong answer is expected to bring before
 * it is found out, `price / p_min`; nanoGRAM. docs/economics.md says why it would not hold.
 */
export function priceFine(parameters: MarketParameters, price: bigint): bigint {
    return (price * 10_000n) / BigInt(Math.max(1, parameters.minCheckRate));
}

/** The client at most its price, the catcher at most ten check fees and its costs, a quarter in all. */
function split(forfeited: bigint, job: FaultyJob, parameters: MarketParameters): Forfeit {
    const most = forfeited / 4n;
    const compensation = least(job.price, most);
    const asked = job.costs + CATCHER_FEES * checkFee(parameters, job.price, job.items);
    const reward = least(asked, most - compensation);
    return { forfeited, compensation, reward, burnt: forfeited - compensation - reward };
}

function least(a: bigint, b: bigint): bigint {
    return a < b ? a : b;
}
