import type { Transaction } from '@ton/core';

/** One transaction as the index keeps it; the rest is parsed from `boc` when it is asked for. */
export interface IndexedTransaction {
    /** Raw address of its account. */
    readonly account: string;
    readonly lt: bigint;
    /** 32 bytes. */
    readonly hash: Buffer;
    /** The transaction as a base64 bag of cells. */
    readonly boc: string;
    /** UNIX time of its block. */
    readonly utime: number;
    /** Logical time of the internal message that it received, if it received one. */
    readonly receivedLt: bigint | undefined;
    /** Logical times of the internal messages that it sent. */
    readonly sentLts: readonly bigint[];
}

/** A place in the history of an account: a transaction named by logical time and hash. */
export interface Cursor {
    readonly lt: bigint;
    readonly hash: Buffer;
}

export interface PageQuery {
    /** The transaction to begin with; the newest one by default. */
    readonly from?: Cursor | undefined;
    /** Only transactions after this logical time. */
    readonly afterLt?: bigint | undefined;
    readonly limit: number;
}

/**
 * All transactions of the chain: in order, by account, and by the messages that connect them.
 * A message is found by its logical time alone, since one chain gives each time only once.
 */
export class TransactionIndex {
    private readonly inOrder: IndexedTransaction[] = [];
    private readonly byAccount = new Map<string, IndexedTransaction[]>();
    private readonly senders = new Map<bigint, IndexedTransaction>();
    private readonly receivers = new Map<bigint, IndexedTransaction>();

    get size(): number {
        return this.inOrder.length;
    }

    /** Adds a transaction; its logical time must be above all before it. */
    add(transaction: IndexedTransaction): void {
        this.inOrder.push(transaction);
        const history = this.byAccount.get(transaction.account);
        if (history === undefined) this.byAccount.set(transaction.account, [transaction]);
        else history.push(transaction);
        for (const lt of transaction.sentLts) this.senders.set(lt, transaction);
        if (transaction.receivedLt !== undefined) {
            this.receivers.set(transaction.receivedLt, transaction);
        }
    }

    /** Transactions in the order in which they were executed, `end` not included. */
    slice(start: number, end: number): IndexedTransaction[] {
        return this.inOrder.slice(start, end);
    }

    /**
     * A page of an account's history, newest first. With `from`, the first one returned is the
     * one that it names.
     *
     * @returns the page, or undefined if the account has no such transaction
     */
    page(account: string, query: PageQuery): IndexedTransaction[] | undefined {
        const history = this.byAccount.get(account) ?? [];
        let newest = history.length - 1;
        const { from, afterLt = 0n, limit } = query;
        if (from !== undefined) {
            newest = lastUpTo(history, from.lt);
            const named = history[newest];
            if (named?.lt !== from.lt || !named.hash.equals(from.hash)) return undefined;
        }
        const page: IndexedTransaction[] = [];
        for (let at = newest; at >= 0 && page.length < limit; at--) {
            const transaction = history[at];
            if (transaction === undefined || transaction.lt <= afterLt) break;
            page.push(transaction);
        }
        return page;
    }

    /** The transaction that sent the internal message of this logical time. */
    sender(messageLt: bigint): IndexedTransaction | undefined {
        return this.senders.get(messageLt);
    }

    /** The transaction that received the internal message of this logical time. */
    receiver(messageLt: bigint): IndexedTransaction | undefined {
        return this.receivers.get(messageLt);
    }
}

/** What the index keeps of a transaction that was just executed. */
export function indexed(
    account: string,
    transaction: Transaction,
    boc: string,
): IndexedTransaction {
    const received = transaction.inMessage?.info;
    const sentLts: bigint[] = [];
    for (const message of transaction.outMessages.values()) {
        if (message.info.type === 'internal') sentLts.push(message.info.createdLt);
    }
    return {
        account,
        lt: transaction.lt,
        hash: transaction.hash(),
        boc,
        utime: transaction.now,
        receivedLt: received?.type === 'internal' ? received.createdLt : undefined,
        sentLts,
    };
}

/** Index of the last entry whose logical time is not above `lt`, -1 if there is none. */
function lastUpTo(history: readonly IndexedTransaction[], lt: bigint): number {
    let low = -1;
    let high = history.length - 1;
    while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        const transaction = history[middle];
        if (transaction !== undefined && transaction.lt <= lt) low = middle;
        else high = middle - 1;
    }
    return low;
}
