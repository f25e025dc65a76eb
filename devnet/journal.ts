import {
    closeSync,
    existsSync,
    fsyncSync,
    openSync,
    readFileSync,
    renameSync,
    writeSync,
} from 'node:fs';
import { Address, Cell } from '@ton/core';
import { z } from 'zod';
import { AccountState } from './account';
import { StateFileError } from './errors';
import type { FeeTable } from './fees';
import type { QueuedMessage } from './queue';
import type { IndexedTransaction } from './transactions';

/** What a chain keeps for its whole life. */
export interface ChainIdentity {
    readonly fees: FeeTable;
    readonly globalId: number;
    /** Balance of the giver at genesis, in nano. */
    readonly supply: bigint;
}

/** One finished block, as it is appended to the file. */
export interface BlockRecord {
    readonly utime: number;
    /** How far the chain's time was ahead of the wall clock, in seconds. */
    readonly offset: number;
    readonly transactions: readonly IndexedTransaction[];
    /** The accounts that the block changed. */
    readonly accounts: readonly AccountState[];
    /** The internal messages that wait for a later block. */
    readonly queue: readonly QueuedMessage[];
}

/** A whole chain: what a file is read into and, compacted, written from. */
export interface ChainRecord {
    readonly identity: ChainIdentity;
    readonly blocks: readonly Pick<BlockRecord, 'utime' | 'transactions'>[];
    readonly accounts: readonly AccountState[];
    readonly queue: readonly QueuedMessage[];
    /** External messages that no block has taken yet. */
    readonly mempool: readonly Cell[];
    readonly offset: number;
}

const amount = z.string().regex(/^\d+$/).transform(BigInt);
const seconds = z.number().int().nonnegative();
const boc = z.string().min(1);
/** Account, logical time, hash in hex, bag of cells, and the times of its messages. */
const transactionLine = z.tuple([
    z.string(),
    amount,
    z.string(),
    boc,
    amount.nullable(),
    z.array(amount),
]);
const accountsLine = z.record(z.string(), boc);
const queueLine = z.array(z.tuple([z.string(), z.string(), boc]));
const headerLine = z.object({
    devnet: z.literal(1),
    fees: z.enum(['current', 'sandbox']),
    globalId: z.number().int(),
    supply: amount,
});
const blockLine = z.object({
    utime: seconds,
    /** May be negative when the wall clock was set back. */
    offset: z.number().int(),
    /** That many empty blocks of the same second. */
    count: z.number().int().positive().default(1),
    transactions: z.array(transactionLine).default([]),
    accounts: accountsLine.default({}),
    queue: queueLine.default([]),
});
const stateLine = z.object({
    state: z.object({ accounts: accountsLine, queue: queueLine, mempool: z.array(boc) }),
});
const anyLine = z.union([stateLine, blockLine]);

/**
 * The state file of a chain: one JSON document a line, a header first, then blocks, and the state
 * of all accounts whenever the file is compacted. A block costs one append of what it changed. A
 * last line that was cut off, as by a kill in the middle of a write, is left out when the file is
 * read. Every write goes to the operating system before the block becomes visible to clients.
 */
export class Journal {
    private constructor(
        private readonly path: string,
        private descriptor: number | undefined,
    ) {}

    /** The chain in a file, or undefined if there is no file. */
    static read(path: string): ChainRecord | undefined {
        if (!existsSync(path)) return undefined;
        const lines = readFileSync(path, 'utf8').split('\n');
        lines.pop(); // what follows the last line break: nothing, or a line that was cut off
        const [first, ...rest] = lines;
        if (first === undefined) throw new StateFileError(path, 'it has no header.');
        const { fees, globalId, supply } = parseLine(path, 1, first, headerLine);
        const accounts = new Map<string, AccountState>();
        const blocks: { utime: number; transactions: IndexedTransaction[] }[] = [];
        let offset = 0;
        let queue: QueuedMessage[] = [];
        let mempool: Cell[] = [];
        for (const [at, text] of rest.entries()) {
            const line = parseLine(path, at + 2, text, anyLine);
            const state = 'state' in line ? line.state : line;
            for (const [address, account] of Object.entries(state.accounts)) {
                accounts.set(address, new AccountState(Address.parse(address), account));
            }
            queue = state.queue.map(([source, destination, message]) => ({
                source: source === '' ? undefined : source,
                destination,
                cell: Cell.fromBase64(message),
            }));
            if ('state' in line) {
                mempool = line.state.mempool.map((message) => Cell.fromBase64(message));
                continue;
            }
            // Each block takes all external messages that came before it.
            mempool = [];
            offset = line.offset;
            const { utime } = line;
            for (let i = 1; i < line.count; i++) blocks.push({ utime, transactions: [] });
            const transactions = line.transactions.map((tuple) => fromTuple(tuple, utime));
            blocks.push({ utime, transactions });
        }
        if (blocks.length === 0) throw new StateFileError(path, 'it has no block.');
        const identity = { fees, globalId, supply };
        return { identity, blocks, accounts: [...accounts.values()], queue, mempool, offset };
    }

    /** Replaces the file by a compact one of the same chain, at once or not at all, and opens it. */
    static create(path: string, chain: ChainRecord): Journal {
        try {
            writeCompact(path, chain);
            return new Journal(path, openSync(path, 'a'));
        } catch (cause) {
            const hint = 'Name a file in a folder that exists and may be written to.';
            throw new StateFileError(path, 'it cannot be written.', hint, cause);
        }
    }

    append(block: BlockRecord): void {
        const line = {
            utime: block.utime,
            offset: block.offset,
            ...(block.transactions.length > 0 && { transactions: block.transactions.map(toTuple) }),
            ...(block.accounts.length > 0 && { accounts: toAccounts(block.accounts) }),
            ...(block.queue.length > 0 && { queue: toQueue(block.queue) }),
        };
        if (this.descriptor === undefined) throw new StateFileError(this.path, 'it is closed.');
        writeSync(this.descriptor, `${JSON.stringify(line)}\n`);
    }

    /** Compacts the file and closes it; does nothing the second time. */
    close(chain: ChainRecord): void {
        if (this.descriptor === undefined) return;
        this.release();
        writeCompact(this.path, chain);
    }

    /** Closes the file as it is. */
    release(): void {
        if (this.descriptor !== undefined) closeSync(this.descriptor);
        this.descriptor = undefined;
    }
}

function writeCompact(path: string, chain: ChainRecord): void {
    const { fees, globalId, supply } = chain.identity;
    const temporary = `${path}.tmp`;
    const file = openSync(temporary, 'w', 0o600);
    try {
        const write = (line: unknown) => writeSync(file, `${JSON.stringify(line)}\n`);
        write({ devnet: 1, fees, globalId, supply: supply.toString() });
        let empty: { utime: number; offset: number; count: number } | undefined;
        for (const { utime, transactions } of chain.blocks) {
            if (transactions.length === 0 && empty?.utime === utime) {
                empty.count++;
                continue;
            }
            if (empty !== undefined) write(empty);
            empty = undefined;
            if (transactions.length === 0) empty = { utime, offset: chain.offset, count: 1 };
            else write({ utime, offset: chain.offset, transactions: transactions.map(toTuple) });
        }
        if (empty !== undefined) write(empty);
        const mempool = chain.mempool.map(toBoc);
        const accounts = toAccounts(chain.accounts);
        write({ state: { accounts, queue: toQueue(chain.queue), mempool } });
        fsyncSync(file);
    } finally {
        closeSync(file);
    }
    renameSync(temporary, path);
}

function parseLine<T>(path: string, line: number, text: string, schema: z.ZodType<T>): T {
    try {
        return schema.parse(JSON.parse(text));
    } catch (cause) {
        const problem = `line ${line} is not of the form that the devnet writes.`;
        throw new StateFileError(path, problem, undefined, cause);
    }
}

function toTuple(transaction: IndexedTransaction): z.input<typeof transactionLine> {
    return [
        transaction.account,
        transaction.lt.toString(),
        transaction.hash.toString('hex'),
        transaction.boc,
        transaction.receivedLt?.toString() ?? null,
        transaction.sentLts.map(String),
    ];
}

function fromTuple(tuple: z.output<typeof transactionLine>, utime: number): IndexedTransaction {
    const [account, lt, hash, bag, receivedLt, sentLts] = tuple;
    return {
        account,
        lt,
        hash: Buffer.from(hash, 'hex'),
        boc: bag,
        utime,
        receivedLt: receivedLt ?? undefined,
        sentLts,
    };
}

function toAccounts(accounts: readonly AccountState[]): Record<string, string> {
    return Object.fromEntries(
        accounts.map((account) => [account.address.toRawString(), account.boc]),
    );
}

function toQueue(queue: readonly QueuedMessage[]): z.input<typeof queueLine> {
    return queue.map(({ source, destination, cell }) => [source ?? '', destination, toBoc(cell)]);
}

function toBoc(cell: Cell): string {
    return cell.toBoc().toString('base64');
}
