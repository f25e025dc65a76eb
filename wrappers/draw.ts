import { type Address, beginCell } from '@ton/core';
import { hashFromBigInt } from '../protocol';
import { accountId } from './account';
import { hashBits } from './job-key';

/** Basis points. */
const WHOLE = 10_000n;

/** What the draw is made of; hashes and seeds as numbers. */
export interface DrawParts {
    /** The client's 16-byte seed. */
    readonly clientSeed: bigint;
    readonly root: bigint;
    /** `providerSeed` of the job's key. */
    readonly providerSeed: bigint;
    readonly escrow: Address;
    readonly jobId: number;
}

/** The draw of an accepted job, as its Escrow computes it. */
export function drawOf(parts: DrawParts): bigint {
    return hashBits(
        beginCell()
            .storeUint(parts.clientSeed, 128)
            .storeUint(parts.root, 256)
            .storeUint(parts.providerSeed, 128)
            .storeUint(accountId(parts.escrow), 256)
            .storeUint(parts.jobId, 32),
    );
}

/** Whether an accepted job is checked at this rate, in basis points. */
export function isDrawn(draw: bigint, checkRate: number): boolean {
    return draw % WHOLE < BigInt(checkRate);
}

/** Which leaf a draw names, the same in all rounds. */
export function drawnLeaf(draw: bigint, items: number): number {
    return Number(hashBits(beginCell().storeUint(1, 8).storeUint(draw, 256)) % BigInt(items));
}

/** The seed of the projections of a round of a check, 32 bytes. */
export function projectionSeed(draw: bigint, round: number): Uint8Array {
    return hashFromBigInt(
        hashBits(beginCell().storeUint(2, 8).storeUint(round, 8).storeUint(draw, 256)),
    );
}

/** The seed of the projections of a jury, from the jury's own seed, 32 bytes. */
export function juryProjectionSeed(jurySeed: bigint): Uint8Array {
    return hashFromBigInt(hashBits(beginCell().storeUint(3, 8).storeUint(jurySeed, 256)));
}

/**
 * The ticket of a Stake: the lowest hold the seats.
 *
 * @param seed - the draw with the round for a check, the jury's seed with its stage for a jury
 * @param weight - nanoGRAM
 */
export function ticketOf(seed: bigint, round: number, stake: Address, weight: bigint): bigint {
    const hash = hashBits(
        beginCell().storeUint(seed, 256).storeUint(round, 8).storeUint(accountId(stake), 256),
    );
    const gram = weight / 1_000_000_000n;
    return (hash >> 160n) / (gram > 1n ? gram : 1n);
}
