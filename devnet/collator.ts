import { setImmediate as nextTurn } from 'node:timers/promises';
import { Address } from '@ton/core';
import type { AccountState } from './account';
import { LT_STEP } from './blocks';
import type { MessageExecutor } from './executor';
import type { MessageQueue } from './queue';
import { Random } from './random';
import type { IndexedTransaction } from './transactions';

/**
 * Most transactions in one block. What is left waits for the next one, so that a contract that
 * sends messages to itself without end cannot hold up the chain.
 */
const MAX_BLOCK_TRANSACTIONS = 5_000;
/** Longest stretch of execution without a turn for the clients that poll, in milliseconds. */
const TURN_MS = 10;

export interface CollatorInput {
    readonly executor: MessageExecutor;
    /** What waits; what the block takes is removed, what it sends is added. */
    readonly queue: MessageQueue;
    /** UNIX time of the block. */
    readonly utime: number;
    /** Random seed of the block, 32 bytes. */
    readonly seed: Buffer;
    /** Logical time of the block's first transaction. */
    readonly firstLt: bigint;
    /** State of an account before the block. */
    readonly account: (address: Address) => AccountState;
}

/** A block in the making: what it will change once it is committed. */
export interface CollatedBlock {
    readonly transactions: readonly IndexedTransaction[];
    /** The accounts that it changes, by raw address. */
    readonly changed: ReadonlyMap<string, AccountState>;
    /** Tells the senders of external messages; to be called after the commit. */
    settle(): void;
}

/**
 * Executes the messages of one block, on copies of the accounts. External messages that are
 * refused in the state that they meet are dropped, as on the network.
 */
export async function collate(input: CollatorInput): Promise<CollatedBlock> {
    const { executor, queue, utime, seed } = input;
    const random = new Random(seed);
    const changed = new Map<string, AccountState>();
    const transactions: IndexedTransaction[] = [];
    const settlements: (() => void)[] = [];
    let turnEnds = performance.now() + TURN_MS;
    let next = queue.take(random);
    while (next !== undefined) {
        const { destination, source, settle, cell } = next;
        const before = changed.get(destination) ?? input.account(Address.parse(destination));
        const lt = input.firstLt + BigInt(transactions.length) * LT_STEP;
        const result = await executor.run(before, cell, { now: utime, lt, seed });
        if (result.accepted) {
            changed.set(destination, result.account);
            transactions.push(result.transaction);
            for (const message of result.sent) queue.push(message);
        } else if (source !== undefined) {
            throw new Error(`A message to ${destination} could not be run: ${result.reason}`);
        }
        if (settle !== undefined) {
            const transaction = result.accepted ? result.transaction : undefined;
            settlements.push(() => settle(transaction));
        }
        if (performance.now() > turnEnds) {
            await nextTurn();
            turnEnds = performance.now() + TURN_MS;
        }
        const full = transactions.length >= MAX_BLOCK_TRANSACTIONS;
        next = full || queue.endsBlock(random) ? undefined : queue.take(random);
    }
    const settle = () => {
        for (const tell of settlements) tell();
    };
    return { transactions, changed, settle };
}
