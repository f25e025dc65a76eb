import { createHmac } from 'node:crypto';
import type { Address } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { concatBytes, u32ToBytes, utf8ToBytes } from '../protocol';
import { SEED_BYTES, seedFromBytes } from '../sdk';
import { jobCommitment, type JobKeyPair, providerSeed } from '../wrappers';

/** Bids of one node for one job at most: a job is listed again each time a winner declines. */
export const MAX_BIDS = 16;

/** The node's keys for its bids, made anew whenever they are needed. */
export interface JobKeys {
    /** Key of the node's n-th bid for a job, from 0: its part of the draw, and what signs for it. */
    keyOf(escrow: Address, jobId: number, bid: number): JobKeyPair;
    /** The key behind a commitment of this node; undefined where it is not its own. */
    find(escrow: Address, jobId: number, commitment: bigint): JobKeyPair | undefined;
    /** The key behind what a committed job keeps of it, its `providerSeed`. */
    findCommitted(escrow: Address, jobId: number, seed: bigint): JobKeyPair | undefined;
}

/**
 * Derives keys with HMAC-SHA256, so that a node that lost its state still knows them, and nobody
 * without the secret can foresee one. Seed and key come from domains of their own: what the draw
 * shows tells nothing of what signs.
 *
 * @param secret - at least 32 random bytes that the node keeps for good
 */
export function createJobKeys(secret: Uint8Array): JobKeys {
    if (secret.length < 32) throw new RangeError('The secret of a node has at least 32 bytes.');
    const key = Uint8Array.from(secret);
    const derive = (domain: string, escrow: Address, jobId: number, bid: number): Buffer =>
        createHmac('sha256', key)
            .update(
                concatBytes([utf8ToBytes(domain), escrow.hash, u32ToBytes(jobId), u32ToBytes(bid)]),
            )
            .digest();
    const keyOf = (escrow: Address, jobId: number, bid: number): JobKeyPair => {
        const seed = derive('cocoon.seed.v1', escrow, jobId, bid).subarray(0, SEED_BYTES);
        const pair = keyPairFromSeed(derive('cocoon.job-key.v1', escrow, jobId, bid));
        return { seed: seedFromBytes(seed), ...pair };
    };
    const search = (
        escrow: Address,
        jobId: number,
        matches: (pair: JobKeyPair) => boolean,
    ): JobKeyPair | undefined => {
        for (let bid = 0; bid < MAX_BIDS; bid++) {
            const pair = keyOf(escrow, jobId, bid);
            if (matches(pair)) return pair;
        }
        return undefined;
    };
    return {
        keyOf,
        find: (escrow, jobId, commitment) =>
            search(escrow, jobId, (pair) => jobCommitment(pair) === commitment),
        findCommitted: (escrow, jobId, seed) =>
            search(escrow, jobId, (pair) => providerSeed(pair) === seed),
    };
}
