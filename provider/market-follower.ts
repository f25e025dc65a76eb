import type { Address } from '@ton/core';
import {
    type Chain,
    type Listing,
    readListings,
    type TransactionCursor,
    watchAccount,
} from '../sdk';

export interface FollowMarketOptions {
    readonly chain: Chain;
    readonly market: Address;
    /** Jobs listed up to this long before the start are found too, seconds. */
    readonly lookBackSeconds: number;
    readonly signal: AbortSignal;
}

const PAGE = 50;

/**
 * Finds work: yields each job that the Market lists, by following this one account. A job may be
 * yielded again after a restart, and whenever it is listed anew.
 *
 * @throws what `connect` throws, or the reason of the signal
 */
export async function* followMarket(
    options: FollowMarketOptions,
): AsyncGenerator<Listing, never, void> {
    const { chain, market, signal } = options;
    const after = await startingPoint(options);
    for await (const { transactions } of watchAccount(chain, market, { after, signal })) {
        for (const transaction of transactions) yield* readListings(transaction);
    }
    throw new TypeError('An account was no longer watched.');
}

/** The last transaction of the Market that is too old to matter. */
async function startingPoint({
    chain,
    market,
    lookBackSeconds,
    signal,
}: FollowMarketOptions): Promise<TransactionCursor | undefined> {
    const { last, chainTime } = await chain.account(market, { signal });
    for (let from = last; from !== undefined;) {
        const page = await chain.transactions(market, { limit: PAGE, from, signal });
        const old = page.find(({ now }) => now < chainTime - lookBackSeconds);
        if (old !== undefined) return { lt: old.lt, hash: old.hash().toString('base64') };
        const oldest = page.at(-1);
        if (oldest === undefined || oldest.prevTransactionLt === 0n) return undefined;
        const hash = oldest.prevTransactionHash.toString(16).padStart(64, '0');
        from = {
            lt: oldest.prevTransactionLt,
            hash: Buffer.from(hash, 'hex').toString('base64'),
        };
    }
    return undefined;
}
