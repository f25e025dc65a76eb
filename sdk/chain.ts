import type { Address, Contract, OpenedContract, Transaction } from '@ton/core';

/** A place in an account's history: the logical time and the hash of a transaction. */
export interface TransactionCursor {
    readonly lt: bigint;
    /** base64 */
    readonly hash: string;
}

/** An account as the endpoint sees it now. */
export interface AccountSnapshot {
    /** nanoGRAM */
    readonly balance: bigint;
    /** Whether there is code: a contract that can be asked. */
    readonly active: boolean;
    /** The newest transaction; undefined before the first. */
    readonly last: TransactionCursor | undefined;
    /** UNIX time of the chain in seconds; never take the wall clock for it. */
    readonly chainTime: number;
}

export interface CallOptions {
    readonly signal?: AbortSignal | undefined;
}

export interface TransactionPage extends CallOptions {
    /** At most 100. */
    readonly limit: number;
    /** The newest transaction to return; the account's newest unless set. */
    readonly from?: TransactionCursor | undefined;
}

/**
 * Access to a chain: all that clients and nodes need of it. `connect` makes one over toncenter v2;
 * tests and wallets with a connection of their own may give another.
 */
export interface Chain {
    /** How long to wait between two looks at an account, milliseconds. */
    readonly pollMs: number;
    /** Opens a contract; its calls are tried again and throw the errors of `connect`. */
    open<T extends Contract>(contract: T, options?: CallOptions): OpenedContract<T>;
    account(address: Address, options?: CallOptions): Promise<AccountSnapshot>;
    /** Transactions of an account, newest first. */
    transactions(address: Address, page: TransactionPage): Promise<Transaction[]>;
    /** UNIX time of the chain in seconds. */
    now(options?: CallOptions): Promise<number>;
}
