import type { Address, Transaction } from '@ton/core';
import { type Chain, cursorBefore, cursorOf, type Listing, readListing, sleep } from '../sdk';
import type { Deployment } from '../wrappers';
import { EndpointLiesError, HistoryReplacedError } from './errors';
import type { MarketCursor } from './state';

export interface FollowMarketOptions {
    readonly chain: Chain;
    readonly market: Address;
    /** Which Escrows are genuine. */
    readonly deployment: Deployment;
    /** Where to go on; undefined at the first start. */
    readonly cursor: MarketCursor | undefined;
    /**
     * What was listed longer ago than this before the newest transaction is not looked at, seconds:
     * not at the first start, nor after a long sleep, since jobs do not wait that long for bids.
     */
    readonly lookBackSeconds: number;
    /** Returns when it is worth while to look again, at the latest after this time; sleeps unless set. */
    readonly pause?: ((mostMs: number, signal: AbortSignal) => Promise<void>) | undefined;
    readonly signal: AbortSignal;
}

/** What one look at the Market gave. */
export interface MarketNews {
    /** Oldest first. */
    readonly listings: readonly Listing[];
    /** To be kept once the listings have been dealt with. */
    readonly cursor: MarketCursor | undefined;
    /** UNIX times of the chain between which listings were too old to be looked at. */
    readonly skipped: { readonly from: number; readonly to: number } | undefined;
}

const PAGE = 50;
/** Most looks find few listings, and every transaction is kilobytes to send and parse. */
const FIRST_PAGE = 6;

/**
 * Finds work of all stages by following the Market's account. Transactions are linked by their hashes up to the
 * cursor, so that an endpoint can hide or invent none of them in between.
 *
 * @throws EndpointLiesError, what the chain throws, the reason of the signal
 */
export async function* followMarket(
    options: FollowMarketOptions,
): AsyncGenerator<MarketNews, never, void> {
    const { chain, market, deployment, pause = sleep, signal } = options;
    let { cursor } = options;
    for (;;) {
        const { last, chainTime } = await chain.account(market, { signal });
        if (last !== undefined && last.lt > (cursor?.lt ?? 0n)) {
            const { transactions, skipped } = await walkBack(options, last, cursor, chainTime);
            const listings = transactions.flatMap((one) => readListing(one, deployment) ?? []);
            const at = transactions.at(-1)?.now ?? chainTime;
            cursor = { ...last, chainTime: at };
            yield { listings, cursor, skipped };
        } else if (cursor !== undefined && (last?.lt ?? 0n) < cursor.lt) {
            throw new HistoryReplacedError('the market has lost transactions that this node saw.');
        } else {
            yield { listings: [], cursor, skipped: undefined };
        }
        await pause(chain.pollMs, signal);
    }
}

interface Place {
    readonly lt: bigint;
    /** base64 */
    readonly hash: string;
}

/** From the newest transaction to the cursor, or to what is too old; the result oldest first. */
async function walkBack(
    { chain, market, lookBackSeconds, signal }: FollowMarketOptions,
    last: Place,
    cursor: MarketCursor | undefined,
    chainTime: number,
): Promise<{ transactions: Transaction[]; skipped: MarketNews['skipped'] }> {
    const found: Transaction[] = [];
    const done = (skipped?: MarketNews['skipped']) => ({ transactions: found.reverse(), skipped });
    let next: Place = last;
    let limit = cursor === undefined ? PAGE : FIRST_PAGE;
    // By the newest transaction too: a clock that is wrong alone must not skip anything.
    let oldest = chainTime - lookBackSeconds;
    while (next.lt > (cursor?.lt ?? 0n)) {
        const page = await chain.transactions(market, { limit, from: next, signal });
        limit = PAGE;
        if (page.length === 0) throw new EndpointLiesError('it lacks transactions of the market.');
        for (const transaction of page) {
            if (next.lt <= (cursor?.lt ?? 0n)) break;
            checkPlace(transaction, next);
            if (found.length === 0) oldest = Math.min(oldest, transaction.now - lookBackSeconds);
            if (transaction.now < oldest) {
                const { now } = transaction;
                return done(cursor && { from: cursor.chainTime, to: now });
            }
            found.push(transaction);
            next = cursorBefore(transaction);
        }
    }
    // The walk ends at the very transaction that was seen before.
    if (cursor !== undefined && (next.lt !== cursor.lt || next.hash !== cursor.hash)) {
        throw new HistoryReplacedError('the history of the market is not the one seen before.');
    }
    return done();
}

function checkPlace(transaction: Transaction, { lt, hash }: Place): void {
    const place = cursorOf(transaction);
    if (place.lt === lt && place.hash === hash) return;
    throw new EndpointLiesError(`the market's transactions are not linked at ${lt}.`);
}
