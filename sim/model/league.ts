import type { MarketParameters } from '../../wrappers';
import { convict } from './forfeits';

/**
 * What comes back to a cheat whose client and catcher are its friends when one job of one item
 * convicts it, in locks: at most its price and ten check fees, and a quarter of the forfeit. One item
 * makes the check fee largest; the price is at most the lock.
 *
 * @param lock - nanoGRAM
 * @param locks - how many of them stand
 */
export function leagueShare(parameters: MarketParameters, lock: bigint, locks = 1): number {
    const reserve = BigInt(parameters.factor) * lock;
    const standing = { reserve, locks: lock * BigInt(locks), unbonding: 0n };
    const job = { price: lock, items: 1, lock, costs: 0n };
    const { compensation, reward } = convict(standing, job, parameters);
    return Number(compensation + reward) / Number(lock);
}
