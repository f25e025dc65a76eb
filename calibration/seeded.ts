import { type Hash, sha256, sha256Of, u64ToBytes, utf8ToBytes } from '../protocol';

/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Seeded {
    /** From 0 to 1, without 1, in steps of 2^-32. */
    next(): number;
    /** A whole number from 0, below a bound of at most 2^32. */
    below(bound: number): number;
    /** Of the normal distribution, by Box and Muller (1958). */
    normal(): number;
}

/** xoshiro128** (Blackman and Vigna 2018), whose state is the beginning of the seed's SHA-256. */
export function seeded(seed: string): Seeded {
    // A copy, since hashes may be views of a larger buffer.
    const state = new Uint32Array(Uint8Array.from(sha256(utf8ToBytes(seed))).buffer, 0, 4);
    let [a = 0, b = 0, c = 0, d = 0] = state;
    const word = (): number => {
        const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
        const shifted = b << 9;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = rotated(d, 11);
        return result;
    };
    const next = () => word() / 2 ** 32;
    return {
        next,
        below: (bound) => Math.floor(next() * bound),
        normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    };
}

/** A projection seed for an input, so that a calibration can be repeated. */
export function projectionSeedOf(root: Hash, input: number): Hash {
    return sha256Of([root, u64ToBytes(BigInt(input))]);
}

function rotated(value: number, bits: number): number {
    return (value << bits) | (value >>> (32 - bits));
}
