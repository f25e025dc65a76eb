import { createHash } from 'node:crypto';

/**
 * The random seed of a block, 32 bytes. It depends on the chain's seed and the block number only,
 * so that a restarted chain goes on as it would have.
 */
export function blockSeed(chainSeed: number, seqno: number): Buffer {
    return createHash('sha256').update(`cocoon-devnet ${chainSeed} ${seqno}`).digest();
}

/**
 * Pseudo-random numbers from a 32-byte seed: sfc32 of PractRand, which is small, fast and good
 * enough to shuffle messages; not for keys.
 */
export class Random {
    private a: number;
    private b: number;
    private c: number;
    private counter: number;

    constructor(seed: Buffer) {
        this.a = seed.readUInt32LE(0);
        this.b = seed.readUInt32LE(4);
        this.c = seed.readUInt32LE(8);
        this.counter = seed.readUInt32LE(12);
    }

    /** A whole number from 0 up to, but without, `bound`. */
    below(bound: number): number {
        const sum = (((this.a + this.b) | 0) + this.counter) | 0;
        this.counter = (this.counter + 1) | 0;
        this.a = this.b ^ (this.b >>> 9);
        this.b = (this.c + (this.c << 3)) | 0;
        this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
        return Math.floor(((sum >>> 0) / 2 ** 32) * bound);
    }
}
