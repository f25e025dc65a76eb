import { type Address, beginCell, type Builder } from '@ton/core';
import { sha256_sync, sign } from '@ton/crypto';
import { Escrow as GeneratedEscrow } from '../build/Escrow/Escrow_Escrow';
import { accountId } from './account';
import { bytesToBigInt, toBuffer } from './bytes';

/** The public part of what a provider commits to with a bid: see `job_key` in contracts/schema.tlb. */
export interface JobKey {
    /** 16 random bytes: the provider's part of the draw. Secret until the commit. */
    readonly seed: bigint;
    /** Ed25519 public key of 32 bytes that signs for this job alone. */
    readonly publicKey: Uint8Array;
}

/** A job's key with its secret part, 64 bytes as @ton/crypto holds it. */
export interface JobKeyPair extends JobKey {
    readonly secretKey: Uint8Array;
}

/** What a bid says of the key: sha256(seed:uint128 key:uint256). */
export function jobCommitment(key: JobKey): bigint {
    return hashBits(storeJobKey(beginCell(), key));
}

/** The provider's part of the draw: half of sha256(1:uint8 seed:uint128 key:uint256). */
export function providerSeed(key: JobKey): bigint {
    return hashBits(storeJobKey(beginCell().storeUint(1, 8), key)) >> 128n;
}

/** A message of which a key of a job or a claim signs the words. */
export type SignedMessage = 'Commit' | 'Open' | 'Seal' | 'Reveal' | 'JointReveal' | 'PostSigned';

/**
 * What a key of a job or a claim signs: sha256(opcode:uint32 escrow:uint256 words). The Market's
 * data names the network, and its address makes the Escrow's, so that a signature is of one network.
 */
export function signEscrowWords(
    message: SignedMessage,
    escrow: Address,
    words: Builder,
    secretKey: Uint8Array,
): Buffer {
    return sign(escrowWordsHash(message, escrow, words), toBuffer(secretKey));
}

/** What `signEscrowWords` signs. */
export function escrowWordsHash(message: SignedMessage, escrow: Address, words: Builder): Buffer {
    const preimage = beginCell()
        .storeUint(GeneratedEscrow.opcodes[message], 32)
        .storeUint(accountId(escrow), 256)
        .storeBuilder(words);
    return hashBuffer(preimage);
}

/** SHA-256 of the bits of a builder, of which there are whole bytes. */
export function hashBits(builder: Builder): bigint {
    return bytesToBigInt(hashBuffer(builder));
}

function storeJobKey(builder: Builder, key: JobKey): Builder {
    return builder.storeUint(key.seed, 128).storeUint(bytesToBigInt(key.publicKey), 256);
}

function hashBuffer(builder: Builder): Buffer {
    const slice = builder.asSlice();
    return sha256_sync(slice.loadBuffer(slice.remainingBits / 8));
}
