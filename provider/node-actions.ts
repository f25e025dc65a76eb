import type { Address, Cell, Transaction } from '@ton/core';
import type { Logger } from 'pino';
import {
    type CallOptions,
    type Chain,
    ExternalRefusedError,
    sleep,
    type TransactionCursor,
    transactionsAfter,
} from '../sdk';
import { type NodeAction, signNodeAction, Stake, type StakeView } from '../wrappers';
import { ActionLostError, ActionRefusedError } from './errors';
import { UrgencyQueue } from './urgency';

export interface NodeActionsOptions {
    readonly chain: Chain;
    readonly stake: Address;
    /** Global id of the network. */
    readonly network: number;
    /** The node key as @ton/crypto holds it, 64 bytes. */
    readonly secretKey: Buffer;
    readonly logger: Logger;
    /** Seconds for which a signed action stays valid; 30 unless set. */
    readonly validForSeconds?: number;
}

/** For whom a node acts. */
export interface ActionTarget {
    /** The client's Escrow. */
    readonly escrow: Address;
    readonly client: Address;
    readonly index: number;
}

/** An action that the Stake has taken. */
export interface SentAction {
    /**
     * What it took from the Stake's operating balance, nanoGRAM; undefined where the transaction
     * is not found.
     */
    spent(options?: CallOptions): Promise<bigint | undefined>;
}

export interface SendOptions extends CallOptions {
    /**
     * Called with the UNIX time of the chain before an action is signed that had to wait for others,
     * or was lost. What it throws is thrown, and nothing is signed: so nobody pays for what has
     * become useless meanwhile.
     */
    readonly recheck?: ((chainTime: number) => Promise<void>) | undefined;
}

/**
 * What a node says on chain, one thing after another: the Stake counts them. What it owes goes
 * before what it offers.
 */
export interface NodeActions {
    /**
     * Signs an action, sends it, and resolves when the Stake has taken it. Signs anew what no
     * block took before it expired.
     *
     * @throws ActionRefusedError, ActionLostError, what `recheck` and `connect` throw
     */
    send(target: ActionTarget, action: NodeAction, options?: SendOptions): Promise<SentAction>;
    /** The Stake's number after all that this node has signed; undefined before it knows. */
    readonly highestSeqno: number | undefined;
    /** The Stake now. */
    view(options?: CallOptions): Promise<StakeView>;
}

/** `ErrorWrongSeqno` and `ErrorExpired` of contracts/errors.tact. */
const WRONG_SEQNO = 380;
const EXPIRED = 381;
const ATTEMPTS = 4;

export function createNodeActions(options: NodeActionsOptions): NodeActions {
    const { chain, network, secretKey, logger, validForSeconds = 30 } = options;
    const queue = new UrgencyQueue();
    let nextSeqno: number | undefined;
    let highestSeqno: number | undefined;

    const open = (signal?: AbortSignal) => chain.open(Stake.fromAddress(options.stake), { signal });
    const view = async ({ signal }: CallOptions = {}): Promise<StakeView> => {
        const stake = await open(signal).getStake();
        return stake;
    };
    const readSeqno = async (signal?: AbortSignal) => Number((await view({ signal })).seqno);

    const act = async (
        target: ActionTarget,
        action: NodeAction,
        { signal, recheck }: SendOptions,
        waited: boolean,
    ): Promise<SentAction> => {
        signal?.throwIfAborted();
        for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
            const before = await chain.account(options.stake, { signal });
            if (waited || attempt > 1) await recheck?.(before.chainTime);
            const seqno = nextSeqno ?? (await readSeqno(signal));
            const validUntil = before.chainTime + validForSeconds;
            const header = { stake: options.stake, network, seqno, validUntil, ...target };
            highestSeqno = Math.max(highestSeqno ?? 0, seqno + 1);
            const signed = signNodeAction(header, action, secretKey);
            try {
                await open(signal).sendNodeAction(signed);
            } catch (error) {
                nextSeqno = undefined;
                if (!(error instanceof ExternalRefusedError)) throw error;
                const { exitCode } = error;
                if (exitCode === WRONG_SEQNO || exitCode === EXPIRED) continue;
                throw new ActionRefusedError(action.kind, exitCode, error);
            }
            if (await taken(seqno, validUntil, before.last?.lt, signal)) {
                nextSeqno = seqno + 1;
                return { spent: (call) => spentOn(signed, before.last, call?.signal) };
            }
            nextSeqno = undefined;
            logger.warn({ action: action.kind, jobId: action.jobId, attempt }, 'action lost');
        }
        throw new ActionLostError(action.kind);
    };

    /** Waits until the Stake has counted the action, or it has expired. */
    const taken = async (
        seqno: number,
        validUntil: number,
        lastLt: bigint | undefined,
        signal?: AbortSignal,
    ): Promise<boolean> => {
        for (let seen = lastLt; ;) {
            await sleep(chain.pollMs, signal);
            const { last, chainTime } = await chain.account(options.stake, { signal });
            const expired = chainTime > validUntil;
            if (last?.lt === seen && !expired) continue;
            seen = last?.lt;
            if ((await readSeqno(signal)) > seqno) return true;
            if (expired) return false;
        }
    };

    const spentOn = async (
        signed: Cell,
        before: TransactionCursor | undefined,
        signal?: AbortSignal,
    ): Promise<bigint | undefined> => {
        const { last } = await chain.account(options.stake, { signal });
        if (last === undefined) return undefined;
        const call = { signal };
        const transactions = await transactionsAfter(chain, options.stake, before, last, call);
        const mine = transactions.find(({ inMessage }) => inMessage?.body.equals(signed));
        return mine && costOf(mine);
    };

    return {
        view,
        get highestSeqno() {
            return highestSeqno;
        },
        send: (target, action, call = {}) =>
            queue.run(action.kind, (waited) => act(target, action, call, waited)),
    };
}

/** Fees, and what went on with the messages that it sent. */
function costOf({ totalFees, outMessages }: Transaction): bigint {
    return outMessages.values().reduce((sum, { info }) => {
        if (info.type !== 'internal') return sum;
        return sum + info.value.coins + info.forwardFee;
    }, totalFees.coins);
}
