import type { Address, Cell, Contract, OpenedContract, Transaction } from '@ton/core';
import type { CocoonError } from '../protocol';

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
    /** What the contract keeps, where there is one; parsed when it is first asked for. */
    readonly data: Cell | undefined;
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
    /**
     * Transactions of an account, newest first: one at least where there is one at `from`. A page
     * may be shorter than its limit though more stand before it.
     */
    transactions(address: Address, page: TransactionPage): Promise<Transaction[]>;
    /** UNIX time of the chain in seconds. */
    now(options?: CallOptions): Promise<number>;
    /** What it is read through, where that is more than one endpoint. */
    readonly endpoints?: readonly ChainEndpoint[] | undefined;
}

/** One of several endpoints of a chain. */
export interface ChainEndpoint {
    /** Its URL, without what may be a key. */
    readonly name: string;
    /** The chain as this endpoint alone tells it; nothing is tried twice. */
    readonly chain: Chain;
    readonly health: EndpointHealth;
    /** It contradicted what most others say: it is asked last for a while. */
    distrust(reason: CocoonError): void;
}

/** How an endpoint has done. */
export interface EndpointHealth {
    /** `down` after failures, `behind` after what others have shown, `distrusted` after a lie. */
    readonly state: 'up' | 'down' | 'behind' | 'distrusted';
    /** Moving average of the time that an answer takes, milliseconds; undefined before the first. */
    readonly latencyMs: number | undefined;
    /** One after another, until the last answer. */
    readonly failures: number;
    /** How far its time was behind the newest that was seen, seconds. */
    readonly behindSeconds: number;
    readonly lastError: CocoonError | undefined;
}
