import { bytesToHex, hashToBigInt, hexToBytes, sha256 } from '../protocol';

/** Bytes of the secret that a client commits to when it posts, and a provider when it bids. */
export const SEED_BYTES = 16;

/** A secret of 128 bits as the contracts read it. */
export function seedFromBytes(bytes: Uint8Array): bigint {
    if (bytes.length !== SEED_BYTES) throw new RangeError(`A seed has ${SEED_BYTES} bytes.`);
    return BigInt(`0x${bytesToHex(bytes)}`);
}

/** What stands on chain until the seed is revealed: the SHA-256 of its 16 bytes. */
export function seedHash(seed: bigint): bigint {
    return hashToBigInt(sha256(hexToBytes(seed.toString(16).padStart(2 * SEED_BYTES, '0'))));
}

/** A new seed from the platform's cryptographic randomness. */
export function randomSeed(): bigint {
    return seedFromBytes(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));
}
