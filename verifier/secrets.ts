import { createHmac } from 'node:crypto';
import type { Address } from '@ton/core';
import { type KeyPair, keyPairFromSeed } from '@ton/crypto';
import { concatBytes, u32ToBytes, utf8ToBytes } from '../protocol';
import type { Duty } from './state';

const SALT_BYTES = 16;

/** Which claim a secret is of: a job, and what the node claims to do for it. */
export interface ClaimName {
    readonly escrow: Address;
    readonly jobId: number;
    readonly duty: Duty;
}

/** The node's secrets for its claims, made anew whenever they are needed. */
export interface ClaimSecrets {
    /**
     * The key that a claim names and that signs seal and reveal: the same in all rounds of a check, as
     * a claim that comes after its round counts for the next. A seal names its ticket, which is
     * another in each round, and a reveal opens its seal.
     */
    key(claim: ClaimName): KeyPair;
    /** 128 bits that keep what is sealed from being guessed. */
    salt(claim: ClaimName): bigint;
}

/**
 * Derives keys and salts with HMAC-SHA256, as a provider its seeds: a node that lost its state
 * still knows them, and nobody without the secret can foresee one.
 *
 * @param secret - at least 32 random bytes that the node keeps for good
 */
export function createClaimSecrets(secret: Uint8Array): ClaimSecrets {
    if (secret.length < 32) throw new RangeError('The secret of a node has at least 32 bytes.');
    const hmacKey = Uint8Array.from(secret);
    const derive = (tag: string, { escrow, jobId, duty }: ClaimName): Buffer =>
        createHmac('sha256', hmacKey)
            .update(
                concatBytes([
                    utf8ToBytes(tag),
                    escrow.hash,
                    u32ToBytes(jobId),
                    Uint8Array.of(duty.role === 'verifier' ? 1 : 2, duty.turn),
                ]),
            )
            .digest();
    return {
        key: (claim) => {
            const { role, turn } = claim.duty;
            const duty: Duty = { role, turn: role === 'verifier' ? 0 : turn };
            return keyPairFromSeed(derive('cocoon.claim.v1', { ...claim, duty }));
        },
        salt: (claim) => {
            const bytes = derive('cocoon.salt.v1', claim).subarray(0, SALT_BYTES);
            return BigInt(`0x${bytes.toString('hex')}`);
        },
    };
}
