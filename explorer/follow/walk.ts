import { Address, Cell, loadTransaction, type Transaction } from '@ton/core';
import { hashFromBigInt } from '../../protocol';
import {
    type CallOptions,
    type Chain,
    EndpointReplyError,
    type TransactionCursor,
} from '../../sdk';
import type { Deployment } from '../../wrappers';
import { HistoryForeignError, HistoryUnlinkedError, IndexInUseError } from '../errors';
import { type FollowedAccount, type IndexStore, type Place, under } from '../store/store';
import { applyTransaction, type Findings } from './apply';

const PAGE = 50;
/** Since the last look little has happened. */
const FIRST_PAGE = 6;
/** Transactions that are dealt with between two commits of the database. */
const BATCH = 200;
/** Transactions that are kept in memory between both, some kilobytes each. */
const MOST_PARSED = 2_000;
/** Before an endpoint that does not give older transactions is taken to have forgotten them. */
const TRIES = 3;

export interface Walker {
    /**
     * Deals with all transactions of an account up to its newest, or to where the signal ends it: what
     * was fetched and dealt with stays. Fetched pages wait in the database until the walk has come to
     * the cursor, so that nothing is asked for twice after a kill, and no history is too long.
     *
     * @returns how many were dealt with
     * @throws HistoryUnlinkedError, HistoryForeignError, IndexInUseError, what the chain throws
     */
    catchUp(address: string, last: TransactionCursor, findings: Findings): Promise<number>;
}

export interface WalkerOptions extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    readonly store: IndexStore;
    /** Told of each batch that is on disk. */
    readonly onBatch?: ((transactions: number) => void) | undefined;
}

/** @see Walker */
export function createWalker({ chain, deployment, store, signal, onBatch }: WalkerOptions): Walker {
    const { tables } = store;
    const failures = new Map<string, number>();
    // What was fetched just now need not be parsed again.
    const parsed = new Map<string, Transaction>();
    const nameOf = (address: string, lt: number | bigint) => `${address} ${lt}`;

    const stored = (address: string): FollowedAccount => {
        const account = tables.accounts.get(address);
        if (account === undefined) throw new IndexInUseError(store.folder);
        return account;
    };

    /** Writes of one account, unless another process has moved it on since it was read. */
    const writeFor = (before: FollowedAccount, work: () => void) => {
        store.atomically(() => {
            if (JSON.stringify(tables.accounts.get(before.address)) !== JSON.stringify(before)) {
                throw new IndexInUseError(store.folder);
            }
            work();
        });
    };

    /** Pages of older transactions into `pending`, down to the cursor or to what is to be had. */
    const fetchBack = async (address: string, last: TransactionCursor): Promise<void> => {
        let account = stored(address);
        const place = { lt: last.lt.toString(), hash: last.hash };
        let next: Place | null = account.walk === undefined ? place : account.walk.next;
        let limit = account.cursor === undefined ? PAGE : FIRST_PAGE;
        while (next !== null) {
            signal?.throwIfAborted();
            const page = await fetchPage(account, next, limit);
            limit = PAGE;
            const before = account;
            const { rows, older } = link(before, page, next);
            account = { ...before, walk: { next: older } };
            const now = account;
            writeFor(before, () => {
                for (const [lt, boc] of rows) tables.pending.putSync([address, lt], boc);
                if (page.length === 0) noteGap(before);
                tables.accounts.putSync(address, now);
            });
            for (const transaction of page) {
                if (parsed.size < MOST_PARSED) {
                    parsed.set(nameOf(address, transaction.lt), transaction);
                }
            }
            next = older;
        }
    };

    const take = (address: string, lt: number, boc: string): Transaction => {
        const name = nameOf(address, lt);
        const transaction = parsed.get(name) ?? unpack(boc);
        parsed.delete(name);
        return transaction;
    };

    /** An empty page is one of an endpoint that has forgotten what is older. */
    const fetchPage = async (
        { address, walk }: FollowedAccount,
        from: Place,
        limit: number,
    ): Promise<readonly Transaction[]> => {
        const cursor = { lt: BigInt(from.lt), hash: from.hash };
        const begun = walk !== undefined;
        try {
            const page = await chain.transactions(Address.parse(address), {
                limit,
                from: cursor,
                signal,
            });
            if (page.length > 0 || !begun) {
                failures.delete(address);
                if (page.length > 0) return page;
            }
        } catch (error) {
            signal?.throwIfAborted();
            if (!begun || !isForgotten(error) || !failedOften(address)) throw error;
            return [];
        }
        if (!begun || !failedOften(address)) throw new HistoryUnlinkedError(address, cursor.lt);
        return [];
    };

    const failedOften = (address: string): boolean => {
        const count = (failures.get(address) ?? 0) + 1;
        failures.set(address, count);
        if (count < TRIES) return false;
        failures.delete(address);
        return true;
    };

    /** Called within the database transaction that ends a walk early. */
    const noteGap = ({ address, cursor }: FollowedAccount): void => {
        const [oldest] = tables.pending.getRange({ ...under(address), limit: 1 });
        const to = oldest === undefined ? 0 : unpack(oldest.value).now;
        const from = cursor && lastSeenAt(address);
        tables.gaps.putSync([address, to], {
            account: address,
            ...(from !== undefined && { from }),
            to,
        });
    };

    /** When the account was last seen, by what was indexed of it. */
    const lastSeenAt = (address: string): number | undefined => {
        const [job] = tables.events.getRange({
            start: [address, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
            end: [address],
            reverse: true,
            limit: 1,
        });
        return (
            job?.value.at ?? tables.stakes.get(address)?.lastAt ?? tables.head.get('head')?.since
        );
    };

    /** From `pending` into the tables, oldest first. */
    const applyPending = async (address: string, findings: Findings): Promise<number> => {
        let dealtWith = 0;
        for (;;) {
            signal?.throwIfAborted();
            const rows = [...tables.pending.getRange({ ...under(address), limit: BATCH })];
            const before = stored(address);
            const transactions = rows.map(({ key, value }) => take(address, key[1], value));
            writeFor(before, () => {
                let account = before;
                for (const transaction of transactions) {
                    account = applyTransaction(tables, deployment, account, transaction, findings);
                }
                for (const { key } of rows) tables.pending.removeSync(key);
                const newest = transactions.at(-1);
                const { walk, ...rest } = account;
                tables.accounts.putSync(address, {
                    ...rest,
                    ...(newest !== undefined && { cursor: placeOf(newest) }),
                    ...(rows.length === BATCH && walk !== undefined && { walk }),
                });
                countIn(transactions);
            });
            dealtWith += transactions.length;
            if (transactions.length > 0) onBatch?.(transactions.length);
            if (rows.length < BATCH) {
                parsed.clear();
                return dealtWith;
            }
            // Others on this thread have their turn.
            await new Promise((resolve) => setImmediate(resolve));
        }
    };

    const countIn = (transactions: readonly Transaction[]): void => {
        const first = transactions[0];
        if (first === undefined) return;
        const head = tables.head.get('head') ?? { chainTime: 0, transactions: 0 };
        tables.head.putSync('head', {
            chainTime: transactions.reduce((time, { now }) => Math.max(time, now), head.chainTime),
            since: Math.min(head.since ?? first.now, first.now),
            transactions: head.transactions + transactions.length,
        });
    };

    return {
        async catchUp(address, last, findings) {
            let dealtWith = 0;
            // What a killed run has fetched ends where that one began to look.
            if (stored(address).walk !== undefined) {
                await fetchBack(address, last);
                dealtWith += await applyPending(address, findings);
            }
            const { cursor } = stored(address);
            if (cursor?.lt === last.lt.toString() && cursor.hash !== last.hash) {
                throw new HistoryForeignError(address);
            }
            if (last.lt <= BigInt(cursor?.lt ?? 0)) return dealtWith;
            await fetchBack(address, last);
            return dealtWith + (await applyPending(address, findings));
        },
    };
}

/** Checks that a page hangs on what is known; the transactions to keep, and where to go on. */
function link(
    { address, cursor }: FollowedAccount,
    page: readonly Transaction[],
    from: Place,
): {
    readonly rows: readonly (readonly [lt: number, boc: string])[];
    readonly older: Place | null;
} {
    const rows: [number, string][] = [];
    let next: Place = from;
    const end = BigInt(cursor?.lt ?? 0);
    for (const transaction of page) {
        if (BigInt(next.lt) <= end) break;
        if (transaction.lt.toString() !== next.lt || placeOf(transaction).hash !== next.hash) {
            throw new HistoryUnlinkedError(address, transaction.lt);
        }
        rows.push([Number(transaction.lt), pack(transaction)]);
        next = {
            lt: transaction.prevTransactionLt.toString(),
            hash: base64(hashFromBigInt(transaction.prevTransactionHash)),
        };
    }
    if (page.length === 0 || next.lt === '0') return { rows, older: null };
    if (BigInt(next.lt) > end) return { rows, older: next };
    // The walk ends at the very transaction that was seen before.
    if (cursor !== undefined && (next.lt !== cursor.lt || next.hash !== cursor.hash)) {
        throw new HistoryForeignError(address);
    }
    return { rows, older: null };
}

/** What endpoints say of transactions that they do not hold any more. */
function isForgotten(error: unknown): boolean {
    return (
        error instanceof EndpointReplyError &&
        /cannot (locate|load|find)|not found|not in db|no transaction/i.test(error.detail)
    );
}

function placeOf(transaction: Transaction): Place {
    return { lt: transaction.lt.toString(), hash: transaction.hash().toString('base64') };
}

function pack({ raw }: Transaction): string {
    return raw.toBoc().toString('base64');
}

function unpack(boc: string): Transaction {
    return loadTransaction(Cell.fromBase64(boc).beginParse());
}

function base64(bytes: Uint8Array): string {
    return Buffer.from(bytes).toString('base64');
}
