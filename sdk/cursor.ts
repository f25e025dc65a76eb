import type { Transaction } from '@ton/core';
import { hashFromBigInt } from '../protocol';
import type { TransactionCursor } from './chain';

/** Where a transaction stands in the history of its account. */
export function cursorOf(transaction: Transaction): TransactionCursor {
    return { lt: transaction.lt, hash: base64(transaction.hash()) };
}

/** Where the one before it stands; a logical time of 0 where there is none. */
export function cursorBefore(transaction: Transaction): TransactionCursor {
    const { prevTransactionLt: lt, prevTransactionHash: hash } = transaction;
    return { lt, hash: base64(hashFromBigInt(hash)) };
}

function base64(bytes: Uint8Array): string {
    return btoa(String.fromCharCode(...bytes));
}
