import type { Transaction } from '@ton/core';
import type { AccountSnapshot, TransactionCursor } from './chain';
import { cursorBefore, cursorOf } from './cursor';
import type { Endpoint } from './endpoint';

/** Transactions that are kept; each holds some kilobytes. */
const KEPT = 1_000;

/**
 * An endpoint that many followers read at once, as the jobs of one Escrow do: looks at an account
 * that are asked for in the same turn of the event loop are one request, and a transaction that was
 * seen is not fetched and parsed again.
 *
 * Nobody is told anything older than its own call: a request goes out after all that share it have
 * asked. A transaction is kept under the hash of its own cell, so what comes back for a place is what
 * stands there, whoever sent it. Pages can be shorter than their limit.
 */
export function shareReads(endpoint: Endpoint): Endpoint {
    const accounts = new Map<string, Promise<AccountSnapshot>>();
    const pages = new Map<string, Promise<Transaction[]>>();
    const kept = new Map<string, Transaction>();

    const keep = (address: string, transaction: Transaction) => {
        const key = `${address} ${cursorOf(transaction).hash}`;
        kept.delete(key);
        kept.set(key, transaction);
        for (const oldest of kept.keys()) {
            if (kept.size <= KEPT) break;
            kept.delete(oldest);
        }
    };

    const known = (address: string, from: TransactionCursor, limit: number): Transaction[] => {
        const found: Transaction[] = [];
        for (let hash = from.hash; found.length < limit;) {
            const transaction = kept.get(`${address} ${hash}`);
            if (transaction === undefined) break;
            found.push(transaction);
            ({ hash } = cursorBefore(transaction));
        }
        return found;
    };

    return {
        ...endpoint,
        account: (address) =>
            shared(accounts, address.toRawString(), () => endpoint.account(address)),
        transactions: async (address, { limit, from }) => {
            if (from === undefined) return endpoint.transactions(address, { limit });
            const account = address.toRawString();
            const found = known(account, from, limit);
            if (found.length > 0) return found;
            return shared(pages, `${account} ${from.hash} ${limit}`, async () => {
                const page = await endpoint.transactions(address, { limit, from });
                for (const transaction of page) keep(account, transaction);
                return page;
            });
        },
    };
}

/** Everybody who asks in this turn of the event loop gets the answer of one request. */
function shared<T>(
    waiting: Map<string, Promise<T>>,
    key: string,
    work: () => Promise<T>,
): Promise<T> {
    const running = waiting.get(key);
    if (running !== undefined) return running;
    const request = new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
        waiting.delete(key);
        return work();
    });
    waiting.set(key, request);
    return request;
}
