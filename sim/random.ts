import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { sha256 } from '../protocol';

// Read once: in the contexts of jest a look at a global takes longer than the function.
const { PI, cos, floor, log1p, sqrt } = Math;

/** A stream of random numbers that a seed fixes. */
export interface Random {
    /** From 0 (included) to 1 (excluded), multiples of 2^-53. */
    uniform(): number;
    /** A whole number from 0 to `bound` - 1. */
    below(bound: number): number;
    /** True with this chance. */
    chance(probability: number): boolean;
    /** Exponentially distributed with mean 1. */
    exponential(): number;
    /** Normally distributed with mean 0 and variance 1 (Box and Muller 1958). */
    normal(): number;
}

/**
 * A stream of its own for each name, so that an experiment draws the same numbers whatever others
 * run beside it: xoroshiro128+ (Blackman and Vigna), seeded by SHA-256 of seed and name.
 */
export function randomOf(seed: number, name: string): Random {
    const hash = sha256(new TextEncoder().encode(`cocoon.sim/${seed}/${name}`));
    const generator = xoroshiro128plus(new DataView(hash.buffer, hash.byteOffset).getInt32(0));
    const uniform = () => uniformFloat64(generator);
    return {
        uniform,
        below: (bound) => floor(uniform() * bound),
        chance: (probability) => uniform() < probability,
        exponential: () => -log1p(-uniform()),
        normal: () => sqrt(-2 * log1p(-uniform())) * cos(2 * PI * uniform()),
    };
}
