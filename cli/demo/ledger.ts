import type { Address, Transaction } from '@ton/core';
import { type Chain, transactionsAfter, type TransactionCursor } from '../../sdk';

/** An account of the books. */
export interface LedgerAccount {
    readonly name: string;
    readonly address: Address;
}

/** An account at one moment. */
export interface Standing {
    readonly balance: bigint;
    readonly last: TransactionCursor | undefined;
}

/** What happened to one account between two moments; nanoGRAM. */
export interface LedgerRow {
    readonly name: string;
    readonly address: string;
    readonly before: bigint;
    readonly received: bigint;
    readonly sent: bigint;
    /** Gas of this account's transactions. */
    readonly gas: bigint;
    /** Carriage of the messages that it sent, and of those that came from outside. */
    readonly carriage: bigint;
    /** Rent. */
    readonly storage: bigint;
    readonly after: bigint;
    readonly transactions: number;
    readonly gasUsed: bigint;
    /** What the transactions do not explain: 0. */
    readonly unexplained: bigint;
}

/** The transactions of an account between two moments. */
export async function transactionsBetween(
    chain: Chain,
    { address }: LedgerAccount,
    before: Standing,
    after: Standing,
): Promise<Transaction[]> {
    if (after.last === undefined) return [];
    return transactionsAfter(chain, address, before.last, after.last);
}

/** Reads all accounts; nothing may happen meanwhile. */
export async function takeStock(
    chain: Chain,
    accounts: readonly LedgerAccount[],
): Promise<Standing[]> {
    return Promise.all(
        accounts.map(async ({ address }) => {
            const { balance, last } = await chain.account(address);
            return { balance, last };
        }),
    );
}

/**
 * The books between two moments, from the transactions on chain.
 *
 * A transaction's `totalFees` are what validators took of the account: rent, gas, carriage of a
 * message from outside, and their first part of the carriage of what it sent. The other part
 * travels with each message (`forwardFee`) and is taken where it arrives. So for each account
 * `after = before + received - sent - fees - forwardFees`, and over all of them what was sent was
 * received, and the rest was burnt.
 */
export async function keepBooks(
    chain: Chain,
    accounts: readonly LedgerAccount[],
    before: readonly Standing[],
    after: readonly Standing[],
): Promise<LedgerRow[]> {
    return Promise.all(
        accounts.map(async (account, at) => {
            const opening = before[at];
            const closing = after[at];
            if (opening === undefined || closing === undefined) throw new TypeError('No standing.');
            const transactions = await transactionsBetween(chain, account, opening, closing);
            return rowOf(account, opening, closing, transactions);
        }),
    );
}

function rowOf(
    { name, address }: LedgerAccount,
    before: Standing,
    after: Standing,
    transactions: readonly Transaction[],
): LedgerRow {
    const total = { received: 0n, sent: 0n, gas: 0n, fees: 0n, storage: 0n, gasUsed: 0n };
    for (const transaction of transactions) {
        const { inMessage, outMessages, description, totalFees } = transaction;
        if (inMessage?.info.type === 'internal') total.received += inMessage.info.value.coins;
        for (const { info } of outMessages.values()) {
            if (info.type !== 'internal') continue;
            total.sent += info.value.coins;
            total.fees += info.forwardFee;
        }
        total.fees += totalFees.coins;
        if (description.type !== 'generic') continue;
        total.storage += description.storagePhase?.storageFeesCollected ?? 0n;
        if (description.computePhase.type !== 'vm') continue;
        total.gas += description.computePhase.gasFees;
        total.gasUsed += description.computePhase.gasUsed;
    }
    const { received, sent, gas, fees, storage, gasUsed } = total;
    return {
        name,
        address: address.toString(),
        before: before.balance,
        received,
        sent,
        gas,
        carriage: fees - gas - storage,
        storage,
        after: after.balance,
        transactions: transactions.length,
        gasUsed,
        unexplained: after.balance - (before.balance + received - sent - fees),
    };
}

/** Sums of the books. */
export interface LedgerTotals {
    readonly before: bigint;
    readonly after: bigint;
    readonly gas: bigint;
    readonly carriage: bigint;
    readonly storage: bigint;
    /** All fees together: burnt, or paid to validators. */
    readonly fees: bigint;
    readonly transactions: number;
    readonly gasUsed: bigint;
    /** `after - before + fees`: 0, or money was created or lost. */
    readonly difference: bigint;
}

export function totalsOf(rows: readonly LedgerRow[]): LedgerTotals {
    const sum = (pick: (row: LedgerRow) => bigint) =>
        rows.reduce((total, row) => total + pick(row), 0n);
    const gas = sum((row) => row.gas);
    const carriage = sum((row) => row.carriage);
    const storage = sum((row) => row.storage);
    const before = sum((row) => row.before);
    const after = sum((row) => row.after);
    const fees = gas + carriage + storage;
    return {
        before,
        after,
        gas,
        carriage,
        storage,
        fees,
        transactions: rows.reduce((count, row) => count + row.transactions, 0),
        gasUsed: sum((row) => row.gasUsed),
        difference: after - before + fees,
    };
}
