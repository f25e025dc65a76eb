import { createHmac } from 'node:crypto';
import type { Address } from '@ton/core';
import { concatBytes, u32ToBytes, utf8ToBytes } from '../protocol';
import { SEED_BYTES, seedFromBytes, seedHash } from '../sdk';

/** Bids of one node for one job at most: a job is listed again each time a winner declines. */
export const MAX_BIDS = 16;

/** The node's secrets for its bids, made anew whenever they are needed. */
export interface Seeds {
    /** Seed of the node's n-th bid for a job, from 0. */
    seedOf(escrow: Address, jobId: number, bid: number): bigint;
    /** The seed behind a hash that this node bid with; undefined where it is not its own. */
    find(escrow: Address, jobId: number, hash: bigint): bigint | undefined;
}

/**
 * Derives seeds with HMAC-SHA256, so that a node that lost its state still knows them, and nobody
 * without the secret can foresee one.
 *
 * @param secret - at least 32 random bytes that the node keeps for good
 */
export function createSeeds(secret: Uint8Array): Seeds {
    if (secret.length < 32) throw new RangeError('The secret of a node has at least 32 bytes.');
    const key = Uint8Array.from(secret);
    const seedOf = (escrow: Address, jobId: number, bid: number): bigint => {
        const mac = createHmac('sha256', key)
            .update(
                concatBytes([
                    utf8ToBytes('cocoon.seed.v1'),
                    escrow.hash,
                    u32ToBytes(jobId),
                    u32ToBytes(bid),
                ]),
            )
            .digest();
        return seedFromBytes(mac.subarray(0, SEED_BYTES));
    };
    return {
        seedOf,
        find: (escrow, jobId, hash) => {
            for (let bid = 0; bid < MAX_BIDS; bid++) {
                const seed = seedOf(escrow, jobId, bid);
                if (seedHash(seed) === hash) return seed;
            }
            return undefined;
        },
    };
}
