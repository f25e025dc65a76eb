import type { Address, Transaction } from '@ton/core';
import type { AccountSnapshot, CallOptions, Chain, TransactionCursor } from './chain';
import { cursorBefore } from './cursor';
import { sleep } from './retry';

const PAGE = 50;
/** Since the last look little has happened, and every transaction is kilobytes to send and parse. */
const FIRST_PAGE = 6;

/**
 * All transactions of an account after one of them, oldest first.
 *
 * @param after - undefined for the whole history
 * @param last - the newest to return; the account's newest unless set
 */
export async function transactionsAfter(
    chain: Chain,
    address: Address,
    after: TransactionCursor | undefined,
    last: TransactionCursor,
    { signal }: CallOptions = {},
): Promise<Transaction[]> {
    const found: Transaction[] = [];
    let from: TransactionCursor = last;
    let limit = after === undefined ? PAGE : FIRST_PAGE;
    while (from.lt > (after?.lt ?? 0n)) {
        const page = await chain.transactions(address, { limit, from, signal });
        limit = PAGE;
        const fresh = page.filter(({ lt }) => lt > (after?.lt ?? 0n));
        found.push(...fresh);
        const oldest = fresh.at(-1);
        if (oldest === undefined || fresh.length < page.length) break;
        from = cursorBefore(oldest);
    }
    return found.reverse();
}

/**
 * The newest transactions of an account, newest first.
 *
 * @param depth - how many at most
 */
export async function historyBackwards(
    chain: Chain,
    address: Address,
    depth: number,
    { signal }: CallOptions = {},
): Promise<Transaction[]> {
    const found: Transaction[] = [];
    let from = (await chain.account(address, { signal })).last;
    while (from !== undefined && found.length < depth) {
        const limit = Math.min(PAGE, depth - found.length);
        const page = await chain.transactions(address, { limit, from, signal });
        found.push(...page);
        const oldest = page.at(-1);
        if (oldest === undefined || oldest.prevTransactionLt === 0n) break;
        from = cursorBefore(oldest);
    }
    return found;
}

/** What one look at an account gave. */
export interface AccountNews {
    readonly account: AccountSnapshot;
    /** Those that were not seen before, oldest first. */
    readonly transactions: readonly Transaction[];
}

export interface WatchOptions extends CallOptions {
    /** The last transaction that was seen; undefined for the whole history. */
    readonly after?: TransactionCursor | undefined;
    /** Milliseconds between two looks; that of the chain unless set. */
    readonly pollMs?: number | undefined;
}

/**
 * Looks at an account again and again, with one request a look as long as nothing happens. Every
 * look is yielded, since time alone may have changed what the account means.
 *
 * @throws what the chain throws, or the reason of the signal
 */
export async function* watchAccount(
    chain: Chain,
    address: Address,
    options: WatchOptions = {},
): AsyncGenerator<AccountNews, never, void> {
    const { signal, pollMs = chain.pollMs } = options;
    let { after } = options;
    for (;;) {
        const account = await chain.account(address, { signal });
        const { last } = account;
        const transactions =
            last === undefined || last.lt <= (after?.lt ?? 0n)
                ? []
                : await transactionsAfter(chain, address, after, last, { signal });
        after = last ?? after;
        yield { account, transactions };
        await sleep(untilTurn(address, pollMs), signal);
    }
}

/**
 * Milliseconds until it is an account's turn to be looked at. All who watch it come at the same
 * time, so that one request serves them; different accounts have different turns.
 */
function untilTurn(address: Address, pollMs: number): number {
    const turn = ((address.hash[0] ?? 0) / 256) * pollMs;
    return pollMs - ((((performance.now() - turn) % pollMs) + pollMs) % pollMs);
}
