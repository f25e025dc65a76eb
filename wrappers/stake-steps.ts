import type { Address, Slice, Transaction } from '@ton/core';
import {
    loadBurnt,
    loadConvictionLog,
    loadDeposit,
    loadPenalize,
    loadStakeOpened,
    loadUnbond,
    loadWithdrawStake,
    Stake as GeneratedStake,
} from '../build/Stake/Stake_Stake';

/** What happened to a Stake, beside the pay that comes in. */
export type StakeStepKind =
    | 'opened'
    | 'deposit'
    | 'unbond'
    | 'withdraw'
    | 'set-node'
    | 'set-limits'
    | 'hold'
    | 'hold-ended'
    | 'penalty'
    | 'node-bid'
    | 'node-claim'
    | 'node-decline'
    | 'node-concede';

/** A message to a Stake; amounts nanoGRAM. */
export interface StakeStep {
    readonly kind: StakeStepKind;
    /** Who sent it; undefined for what the node signed. */
    readonly by: Address | undefined;
    /** To reserve and collateral, or out of them. */
    readonly amount: bigint | undefined;
    /** Of a conviction: all that was forfeited. */
    readonly forfeited: bigint | undefined;
    /** What was sent to the all-zero address. */
    readonly burnt: bigint;
}

const OPS = GeneratedStake.opcodes;

const PLAIN = new Map<number, StakeStepKind>([
    [OPS.SetNode, 'set-node'],
    [OPS.SetLimits, 'set-limits'],
    [OPS.Hold, 'hold'],
    [OPS.HoldEnded, 'hold-ended'],
]);

const WORDS = new Map<number, StakeStepKind>([
    [OPS.Bid, 'node-bid'],
    [OPS.Claim, 'node-claim'],
    [OPS.Decline, 'node-decline'],
    [OPS.Concede, 'node-concede'],
]);

/** Sequence number, expiry, account and index, before what the node says. */
const HEADER_BITS = 32 + 32 + 256 + 16;

/**
 * What a transaction of a Stake was about, whether or not it succeeded; undefined for pay, for what
 * came back, and for what is no message of the protocol.
 */
export function readStakeStep(transaction: Transaction): StakeStep | undefined {
    const message = transaction.inMessage;
    if (!message || message.info.type === 'external-out') return undefined;
    if (message.info.type === 'internal' && message.info.bounced) return undefined;
    const by = message.info.type === 'internal' ? message.info.src : undefined;
    try {
        const words = readBody(message.body.beginParse());
        return words && { by, ...words, ...losses(transaction) };
    } catch {
        return undefined;
    }
}

function readBody(slice: Slice): Pick<StakeStep, 'kind' | 'amount'> | undefined {
    if (slice.remainingBits < 32) return undefined;
    const opcode = slice.preloadUint(32);
    const plain = PLAIN.get(opcode);
    if (plain !== undefined) return { kind: plain, amount: undefined };
    switch (opcode) {
        case OPS.StakeOpened: {
            const { reserve, collateral } = loadStakeOpened(slice);
            return { kind: 'opened', amount: reserve + collateral };
        }
        case OPS.Deposit: {
            const { reserve, collateral } = loadDeposit(slice);
            return { kind: 'deposit', amount: reserve + collateral };
        }
        case OPS.Unbond: {
            const { reserve, collateral } = loadUnbond(slice);
            return { kind: 'unbond', amount: reserve + collateral };
        }
        case OPS.WithdrawStake: {
            const { amount, operating } = loadWithdrawStake(slice);
            return { kind: 'withdraw', amount: amount + operating };
        }
        case OPS.Penalize:
            return { kind: 'penalty', amount: loadPenalize(slice).lock };
        case OPS.NodeAction: {
            const word = slice.loadRef().beginParse().skip(HEADER_BITS).preloadUint(32);
            const kind = WORDS.get(word);
            return kind && { kind, amount: undefined };
        }
        default:
            return undefined;
    }
}

/** What its logs say that a Stake lost. */
function losses(transaction: Transaction): { forfeited: bigint | undefined; burnt: bigint } {
    let forfeited: bigint | undefined;
    let burnt = 0n;
    for (const { info, body } of transaction.outMessages.values()) {
        const slice = body.beginParse();
        if (info.type !== 'external-out' || slice.remainingBits < 32) continue;
        const opcode = slice.preloadUint(32);
        if (opcode === OPS.ConvictionLog) forfeited = loadConvictionLog(slice).forfeited;
        else if (opcode === OPS.Burnt) burnt += loadBurnt(slice).amount;
    }
    return { forfeited, burnt };
}
