import { beginCell, type Address, type Builder, type Cell } from '@ton/core';
import { sha256_sync, sign } from '@ton/crypto';
import {
    Stake as GeneratedStake,
    NodeActionTag,
    storeConcede,
    storeDecline,
} from '../build/Stake/Stake_Stake';
import { accountId } from './account';

/** What a node says through its Stake; amounts nanoGRAM, times Unix seconds. */
export type NodeAction =
    | {
          readonly kind: 'bid';
          readonly jobId: number;
          readonly lock: bigint;
          readonly lockUntil: number;
          readonly price: bigint;
          /** `jobCommitment` of the key that will sign the commit. */
          readonly commitment: bigint;
      }
    | {
          readonly kind: 'claim';
          readonly jobId: number;
          /** Comes out of the operating balance, beside the gas. */
          readonly bond: bigint;
          /** Ed25519 public key that will sign the seal. */
          readonly key: bigint;
          /** Whether to claim with the old part of the tenure alone, which is less and older. */
          readonly settled: boolean;
      }
    | { readonly kind: 'concede'; readonly jobId: number }
    | { readonly kind: 'decline'; readonly jobId: number };

/** For whom and until when a node speaks. */
export interface NodeActionHeader {
    readonly stake: Address;
    /** Global id of the network. */
    readonly network: number;
    readonly seqno: number;
    /** Unix seconds. */
    readonly validUntil: number;
    readonly client: Address;
    readonly index: number;
    /** The client's Escrow: a bid names it, all else is sent to the one that follows from the client. */
    readonly escrow: Address;
}

/**
 * The body of an external message to a Stake. The signature is over
 * sha256(tag:uint32 network:int32 stake:uint256 hash(body):uint256).
 *
 * @param secretKey - the node key as @ton/crypto holds it, 64 bytes
 */
export function signNodeAction(
    header: NodeActionHeader,
    action: NodeAction,
    secretKey: Buffer,
): Cell {
    const body = beginCell()
        .storeUint(header.seqno, 32)
        .storeUint(header.validUntil, 32)
        .storeUint(accountId(action.kind === 'bid' ? header.escrow : header.client), 256)
        .storeUint(header.index, 16)
        .storeBuilder(encodeAction(action))
        .endCell();
    return wrapNodeAction(body, sign(nodeActionDigest(header, body), secretKey));
}

/** What the node key signs. */
export function nodeActionDigest(
    header: Pick<NodeActionHeader, 'stake' | 'network'>,
    body: Cell,
): Buffer {
    const preimage = beginCell()
        .storeUint(NodeActionTag, 32)
        .storeInt(header.network, 32)
        .storeUint(accountId(header.stake), 256)
        .storeBuffer(body.hash())
        .asSlice();
    return sha256_sync(preimage.loadBuffer(preimage.remainingBits / 8));
}

/** The external message for a signed body. */
export function wrapNodeAction(body: Cell, signature: Buffer): Cell {
    return beginCell()
        .storeUint(GeneratedStake.opcodes.NodeAction, 32)
        .storeBuffer(signature, 64)
        .storeRef(body)
        .endCell();
}

function encodeAction(action: NodeAction): Builder {
    switch (action.kind) {
        case 'bid':
            return beginCell()
                .storeUint(GeneratedStake.opcodes.Bid, 32)
                .storeUint(action.jobId, 32)
                .storeUint(action.lock, 64)
                .storeUint(action.lockUntil, 32)
                .storeUint(action.price, 64)
                .storeUint(action.commitment, 256);
        case 'claim':
            return beginCell()
                .storeUint(GeneratedStake.opcodes.Claim, 32)
                .storeUint(action.jobId, 32)
                .storeUint(action.bond, 64)
                .storeUint(action.key, 256)
                .storeBit(action.settled);
        case 'concede':
            return beginCell().store(
                storeConcede({ $$type: 'Concede', jobId: BigInt(action.jobId) }),
            );
        case 'decline':
            return beginCell().store(
                storeDecline({ $$type: 'Decline', jobId: BigInt(action.jobId) }),
            );
    }
}
