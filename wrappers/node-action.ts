import { beginCell, type Address, type Builder, type Cell } from '@ton/core';
import { sha256_sync, sign } from '@ton/crypto';
import {
    Stake as GeneratedStake,
    NodeActionTag,
    storeCommit,
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
          /** SHA-256 of the provider's 16-byte seed. */
          readonly seedHash: bigint;
      }
    | {
          readonly kind: 'commit';
          readonly jobId: number;
          readonly root: bigint;
          readonly seed: bigint;
          /** How many leaves are errors. */
          readonly faulty: number;
      }
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
        .storeUint(accountId(header.client), 256)
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
                .storeUint(action.seedHash, 256);
        case 'commit':
            return beginCell().store(
                storeCommit({
                    $$type: 'Commit',
                    jobId: BigInt(action.jobId),
                    root: action.root,
                    seed: action.seed,
                    faulty: BigInt(action.faulty),
                }),
            );
        case 'decline':
            return beginCell().store(
                storeDecline({ $$type: 'Decline', jobId: BigInt(action.jobId) }),
            );
    }
}
