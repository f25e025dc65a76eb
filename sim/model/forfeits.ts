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
 * A concession takes the lock and a fine out of the reserve, or what is left of it: `price` over the
 * least check rate (`concession` in contracts/escrow/jury.tact). It may happen any number of times.
 */
export function concede(
    { reserve }: Pick<Standing, 'reserve'>,
    job: FaultyJob,
    parameters: MarketParameters,
): Forfeit & { readonly fine: bigint } {
    const full = concessionFine(parameters, job.price);
    const fine = full < reserve ? full : reserve;
    return { ...split(job.lock + fine, job, parameters), fine };
}

export function concessionFine(parameters: MarketParameters, price: bigint): bigint {
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
