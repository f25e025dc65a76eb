import type { Address } from '@ton/core';
import { type Cell, loadMessage } from '@ton/core';
import type { Logger } from 'pino';
import { AccountState } from './account';
import { type Block, BlockIndex, LT_STEP } from './blocks';
import { ChainClock } from './clock';
import { collate } from './collator';
import {
    ChainHaltedError,
    DevnetStoppedError,
    ExternalRefusedError,
    MalformedRequestError,
} from './errors';
import { type Executed, MessageExecutor, type Refused, type RunContext } from './executor';
import { GetterCache } from './getter-cache';
import { networkConfig, withGlobalId } from './fees';
import { genesisAccounts } from './genesis';
import { type ChainIdentity, type ChainRecord, Journal } from './journal';
import { type Interleave, MessageQueue, type QueuedMessage } from './queue';
import { blockSeed } from './random';
import { type IndexedTransaction, TransactionIndex } from './transactions';

export interface ChainOptions {
    readonly identity: ChainIdentity;
    readonly interleave: Interleave;
    readonly seed: number;
    readonly nowMs: () => number;
    readonly logger: Logger;
}

/**
 * The chain itself: accounts, messages and blocks. What it shows to clients is the state after the
 * last finished block; a block in the making works on copies.
 */
export class Chain {
    readonly blocks = new BlockIndex();
    readonly transactions = new TransactionIndex();
    private readonly accounts = new Map<string, AccountState>();
    private readonly queue: MessageQueue;
    /** External messages that were accepted and wait for the next block. */
    private mempool: QueuedMessage[] = [];
    private production: Promise<unknown> = Promise.resolve();
    private upcoming: Promise<Block> | undefined;
    private failure: ChainHaltedError | DevnetStoppedError | undefined;
    private journal: Journal | undefined;

    private constructor(
        readonly identity: ChainIdentity,
        /** Root of the configuration dictionary. */
        readonly config: Cell,
        private readonly executor: MessageExecutor,
        private readonly clock: ChainClock,
        private readonly options: ChainOptions,
    ) {
        this.queue = new MessageQueue(options.interleave);
    }

    /** Starts a chain: the one in `record`, or a new one with nothing but its genesis. */
    static async create(options: ChainOptions, record: ChainRecord | undefined): Promise<Chain> {
        const { identity, nowMs } = options;
        const config = withGlobalId(networkConfig(identity.fees), identity.globalId);
        const clock = new ChainClock(nowMs, record?.offset, record?.blocks.at(-1)?.utime);
        const executor = await MessageExecutor.create(config);
        const chain = new Chain(identity, config, executor, clock, options);
        if (record === undefined) chain.begin();
        else chain.restore(record);
        return chain;
    }

    /** From now on keeps the chain in a file, which it replaces. */
    persistTo(path: string): void {
        this.journal = Journal.create(path, this.record());
    }

    /** UNIX time of the chain, in seconds. */
    now(): number {
        return this.clock.now();
    }

    /** How far the chain's time is ahead of the wall clock, in seconds. */
    get timeOffset(): number {
        return this.clock.offset;
    }

    /** Number of accounts that exist or have existed. */
    get accountCount(): number {
        return this.accounts.size;
    }

    /** Whether external or internal messages wait for a block. */
    get hasWork(): boolean {
        return this.mempool.length > 0 || this.queue.size > 0;
    }

    account(address: Address): AccountState {
        return this.accounts.get(address.toRawString()) ?? AccountState.empty(address);
    }

    /** Sum of all balances, in nano: the supply less the fees that were burnt. */
    totalBalance(): bigint {
        let total = 0n;
        for (const account of this.accounts.values()) total += account.balance;
        return total;
    }

    /** For something that runs now, on top of the last block. */
    context(): RunContext {
        const seed = blockSeed(this.options.seed, this.blocks.lastSeqno + 1);
        return { now: this.now(), lt: this.nextLt(), seed };
    }

    /** Runs a get-method by its numeric id; see `GetterCache`. */
    readonly runGetMethod = new GetterCache((...args) => this.executor.runGetMethod(...args)).run;

    /** Runs a message on an account without any effect on the chain. */
    simulate(
        account: AccountState,
        message: Cell,
        ignoreSignature: boolean,
    ): Promise<Executed | Refused> {
        return this.executor.run(account, message, this.context(), ignoreSignature);
    }

    /**
     * Takes an external message into the next block if its account accepts it in its present
     * state. By then it may be refused all the same, and is dropped, as on the network.
     *
     * @returns what becomes of it: its transaction, or undefined if it was dropped
     * @throws ExternalRefusedError if the account does not accept it
     */
    async submit(cell: Cell): Promise<{ settled: Promise<IndexedTransaction | undefined> }> {
        this.assertRunning();
        const destination = externalDestination(cell);
        const result = await this.simulate(this.account(destination), cell, false);
        if (!result.accepted) {
            const hint =
                this.clock.offset > 0
                    ? `The chain is ${this.clock.offset} s ahead of the wall clock: count the end of validity from its time (sync_utime).`
                    : 'Check the signature, the sequence number, the end of validity and the balance.';
            const { reason, exitCode } = result;
            throw new ExternalRefusedError(destination.toRawString(), exitCode, reason, hint);
        }
        this.assertRunning();
        const settled = new Promise<IndexedTransaction | undefined>((settle) => {
            const address = destination.toRawString();
            this.mempool.push({ cell, source: undefined, destination: address, settle });
        });
        return { settled };
    }

    /** Whether this very external message waits for a block already. */
    isPending(cell: Cell): boolean {
        return this.mempool.some((pending) => pending.cell.equals(cell));
    }

    /**
     * The next block that begins from now on. Callers at the same time share one, so that a crowd
     * of messages makes no crowd of empty blocks.
     */
    nextBlock(): Promise<Block> {
        this.upcoming ??= this.exclusive(() => {
            this.upcoming = undefined;
            return this.produce();
        });
        return this.upcoming;
    }

    /** Makes a block from what waits, after those that are in the making. */
    mineBlock(): Promise<Block> {
        return this.exclusive(() => this.produce());
    }

    /** Moves the time ahead; messages that already wait still get a block before that. */
    advanceTime(seconds: number): Promise<Block> {
        return this.exclusive(async () => {
            if (this.hasWork) await this.produce();
            this.clock.advance(seconds);
            return this.produce();
        });
    }

    /** Finishes the block in the making and writes the state file. */
    async stop(): Promise<void> {
        this.failure ??= new DevnetStoppedError();
        await this.production;
        // A chain that halted keeps its file as it is: its finished blocks are in it already.
        if (this.failure instanceof ChainHaltedError) this.journal?.release();
        else this.journal?.close(this.record());
        for (const { settle } of [...this.mempool, ...this.queue]) settle?.(undefined);
    }

    private begin(): void {
        for (const account of genesisAccounts(this.config, this.identity.supply)) {
            this.accounts.set(account.address.toRawString(), account);
        }
        this.blocks.add(this.now(), 0);
    }

    private restore(record: ChainRecord): void {
        for (const account of record.accounts) {
            this.accounts.set(account.address.toRawString(), account);
        }
        for (const { utime, transactions } of record.blocks) this.addBlock(utime, transactions);
        for (const message of record.queue) this.queue.push(message);
        for (const cell of record.mempool) {
            const destination = externalDestination(cell).toRawString();
            this.mempool.push({ cell, source: undefined, destination });
        }
    }

    private record(): ChainRecord {
        const blocks = Array.from({ length: this.blocks.lastSeqno + 1 }, (_, seqno) => {
            const block = this.blocks.get(seqno);
            return {
                utime: block?.utime ?? 0,
                transactions: this.transactions.slice(block?.first ?? 0, block?.end ?? 0),
            };
        });
        return {
            identity: this.identity,
            blocks,
            accounts: [...this.accounts.values()],
            queue: [...this.queue],
            mempool: this.mempool.map(({ cell }) => cell),
            offset: this.clock.offset,
        };
    }

    private async exclusive<T>(make: () => Promise<T>): Promise<T> {
        const made = this.production.then(async () => {
            this.assertRunning();
            return make();
        });
        // Whoever waits in line goes on after a failure, and meets it in assertRunning().
        this.production = made.catch(() => undefined);
        return made;
    }

    private async produce(): Promise<Block> {
        try {
            return await this.produceOrFail();
        } catch (cause) {
            this.failure = new ChainHaltedError(cause);
            this.options.logger.error({ err: cause }, 'the chain has halted');
            throw this.failure;
        }
    }

    private async produceOrFail(): Promise<Block> {
        const utime = this.now();
        const { executor, queue } = this;
        const seed = blockSeed(this.options.seed, this.blocks.lastSeqno + 1);
        for (const message of this.mempool) queue.push(message);
        this.mempool = [];
        const account = (address: Address) => this.account(address);
        const firstLt = this.nextLt();
        const block = await collate({ executor, queue, utime, seed, firstLt, account });
        this.journal?.append({
            utime,
            offset: this.clock.offset,
            transactions: block.transactions,
            accounts: [...block.changed.values()],
            queue: [...queue],
        });
        for (const [address, state] of block.changed) this.accounts.set(address, state);
        this.addBlock(utime, block.transactions);
        block.settle();
        return this.blocks.last;
    }

    private addBlock(utime: number, transactions: readonly IndexedTransaction[]): void {
        for (const transaction of transactions) this.transactions.add(transaction);
        this.blocks.add(utime, this.transactions.size);
    }

    private nextLt(): bigint {
        return BigInt(this.transactions.size + 1) * LT_STEP;
    }

    private assertRunning(): void {
        if (this.failure !== undefined) throw this.failure;
    }
}

/** The account that an external message goes to. */
function externalDestination(cell: Cell): Address {
    let destination: Address | undefined;
    try {
        const message = loadMessage(cell.beginParse());
        if (message.info.type === 'external-in') destination = message.info.dest;
    } catch (cause) {
        throw new MalformedRequestError('The bag of cells does not hold a message.', cause);
    }
    if (destination === undefined) {
        throw new MalformedRequestError(
            'Only external incoming messages can be sent from outside.',
        );
    }
    return destination;
}
