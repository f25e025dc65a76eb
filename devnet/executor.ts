import {
    type Address,
    Cell,
    Dictionary,
    loadTransaction,
    type Message,
    loadMessage,
    type TupleItem,
    parseTuple,
} from '@ton/core';
import { Executor } from '@ton/sandbox';
import { AccountState } from './account';
import { withoutValidators } from './fees';
import type { QueuedMessage } from './queue';
import { indexed, type IndexedTransaction } from './transactions';

/** When and with which randomness something runs. */
export interface RunContext {
    /** UNIX time. */
    readonly now: number;
    /** Logical time of a transaction. */
    readonly lt: bigint;
    /** Random seed of the block, 32 bytes. */
    readonly seed: Buffer;
}

export interface Executed {
    readonly accepted: true;
    readonly transaction: IndexedTransaction;
    readonly account: AccountState;
    /** The internal messages that it sent, in order. */
    readonly sent: readonly QueuedMessage[];
}

export interface Refused {
    readonly accepted: false;
    readonly reason: string;
    readonly exitCode: number | undefined;
}

export interface GetMethodResult {
    /** 0 or 1 on success; -13 if the account has no code. */
    readonly exitCode: number;
    readonly gasUsed: number;
    readonly stack: readonly TupleItem[];
}

/** The exit code by which toncenter reports a get-method of an account without code. */
const NO_CODE = -13;
const GET_METHOD_GAS = 1_000_000n;

/**
 * Runs messages and get-methods in the virtual machine of the sandbox, under one configuration.
 * It keeps no state: accounts go in and come out as values.
 */
export class MessageExecutor {
    private constructor(
        private readonly executor: Executor,
        /** The configuration for transactions, as base64. */
        private readonly config: string,
        /** That for get-methods, which do not see the validator sets. */
        private readonly lightConfig: string,
    ) {}

    static async create(config: Cell): Promise<MessageExecutor> {
        const base64 = (cell: Cell) => cell.toBoc({ idx: false }).toString('base64');
        const light = withoutValidators(config);
        return new MessageExecutor(await Executor.create(), base64(config), base64(light));
    }

    /** Runs one message on its account. An internal message is always accepted. */
    async run(
        account: AccountState,
        message: Cell,
        context: RunContext,
        ignoreSignature = false,
    ): Promise<Executed | Refused> {
        const { result } = await this.executor.runTransaction({
            config: this.config,
            libs: null,
            verbosity: 'short',
            shardAccount: account.boc,
            message,
            now: context.now,
            lt: context.lt,
            randomSeed: context.seed,
            ignoreChksig: ignoreSignature,
            debugEnabled: false,
        });
        if (!result.success) {
            return {
                accepted: false,
                reason: result.error,
                exitCode: result.vmResults?.vmExitCode,
            };
        }
        const cell = Cell.fromBase64(result.transaction);
        const transaction = loadTransaction(cell.beginParse());
        const address = account.address.toRawString();
        return {
            accepted: true,
            transaction: indexed(address, transaction, result.transaction),
            account: new AccountState(account.address, result.shardAccount),
            sent: sentMessages(address, cell),
        };
    }

    /** Runs a get-method by its numeric id. */
    async runGetMethod(
        account: AccountState,
        methodId: number,
        stack: TupleItem[],
        context: RunContext,
    ): Promise<GetMethodResult> {
        const { code, data, bocs } = account;
        if (code === undefined) return { exitCode: NO_CODE, gasUsed: 0, stack: [] };
        const { output } = await this.executor.runGetMethod({
            code: withBoc(code, bocs.code),
            data: data === undefined ? Cell.EMPTY : withBoc(data, bocs.data),
            methodId,
            stack,
            config: this.lightConfig,
            verbosity: 'short',
            address: account.address,
            unixTime: context.now,
            balance: account.balance,
            randomSeed: context.seed,
            gasLimit: GET_METHOD_GAS,
            debugEnabled: false,
            extraCurrency: Object.fromEntries(account.extraCurrencies),
        });
        if (!output.success) throw new Error(`The get-method could not be run: ${output.error}`);
        return {
            exitCode: output.vm_exit_code,
            gasUsed: Number(output.gas_used),
            stack: parseTuple(Cell.fromBase64(output.stack)),
        };
    }
}

/**
 * The same cell, with its bag of cells at hand: the executor asks it for one at each call, and to
 * write that of a contract takes longer than most get-methods run.
 */
function withBoc(cell: Cell, base64: string): Cell {
    const boc = Buffer.from(base64, 'base64');
    return Object.create(cell, { toBoc: { value: () => boc } }) as Cell;
}

/** The destination of a message that an account can receive; undefined for a log. */
export function destinationOf(message: Message): Address | undefined {
    return message.info.type === 'external-out' ? undefined : message.info.dest;
}

/**
 * The internal messages among a transaction's outgoing ones, as the very cells that it holds:
 * storing a parsed message again could move its body into a reference and change its hash.
 */
function sentMessages(source: string, transaction: Cell): QueuedMessage[] {
    const messages = transaction.beginParse().loadRef().beginParse();
    messages.loadMaybeRef(); // the incoming message
    const out = messages.loadDict(Dictionary.Keys.Uint(15), Dictionary.Values.Cell());
    const sent: QueuedMessage[] = [];
    for (const index of out.keys().sort((a, b) => a - b)) {
        const cell = out.get(index);
        if (cell === undefined) continue;
        const message = loadMessage(cell.beginParse());
        if (message.info.type !== 'internal') continue;
        sent.push({ cell, source, destination: message.info.dest.toRawString() });
    }
    return sent;
}
