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

const WORDS = 8;

/** The stream `SHA-256(SHA-256(seed) || counter)`, 32 bits at a time. */
export function seeded(seed: string): Seeded {
    const key = sha256(utf8ToBytes(seed));
    let block = new Uint32Array(0);
    let used = WORDS;
    let counter = 0n;
    const word = (): number => {
        if (used === WORDS) {
            // A copy, since hashes may be views of a larger buffer.
            const bytes = Uint8Array.from(sha256Of([key, u64ToBytes(counter++)]));
            block = new Uint32Array(bytes.buffer);
            used = 0;
        }
        return block[used++] ?? 0;
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
