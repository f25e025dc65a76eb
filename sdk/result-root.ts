import {
    type Hash,
    type LeafContext,
    leafHasher,
    MerkleAccumulator,
    type ResultLeaf,
    type Sha256,
} from '../protocol';
import { Breather } from './breather';
import type { ResultLeaves } from './result-leaves';

/** Leaves that are hashed between two looks at the clock; about a millisecond. */
const STEP = 128;

/**
 * Makes the root of a result tree from leaves as they become known, so that a million of them
 * never hold up the event loop, and the root is there as soon as the last outcome is.
 */
export class ResultRoot {
    readonly #accumulator: MerkleAccumulator;
    readonly #hashOf: (leaf: ResultLeaf) => Hash;
    readonly #inputHashes: readonly Hash[];
    readonly #leaves: ResultLeaves;
    #faulty = 0;

    /** @param leaves - one for each input; may still be filled */
    constructor(
        context: LeafContext,
        inputHashes: readonly Hash[],
        leaves: ResultLeaves,
        sha256?: Sha256,
    ) {
        this.#accumulator = new MerkleAccumulator(sha256);
        this.#hashOf = leafHasher(context, sha256);
        this.#inputHashes = inputHashes;
        this.#leaves = leaves;
    }

    /** Items without a result, of the leaves that were taken in. */
    get faulty(): number {
        return this.#faulty;
    }

    /**
     * Takes in some of the leaves that follow, in order, up to the first that is not known yet.
     *
     * @returns whether there may be more to take in now
     * @throws RangeError for a record that breaks the format
     */
    advance(): boolean {
        const end = Math.min(this.#accumulator.size + STEP, this.#leaves.count);
        for (let index = this.#accumulator.size; index < end; index++) {
            if (!this.#leaves.has(index)) return false;
            this.#accumulator.append(this.#hashOf(this.#leafOf(index)));
        }
        return end < this.#leaves.count;
    }

    /**
     * The root, once all leaves are known. Lets the event loop turn while it works.
     *
     * @throws RangeError for a record that breaks the format or is missing, the reason of the signal
     */
    async finish(signal?: AbortSignal): Promise<Hash> {
        const breather = new Breather();
        while (this.advance()) if (breather.due) await breather.breathe(signal);
        const { size } = this.#accumulator;
        if (size < this.#leaves.count) throw new RangeError(`Item ${size} has no outcome.`);
        return this.#accumulator.root();
    }

    #leafOf(index: number): ResultLeaf {
        const inputHash = this.#inputHashes[index] as Hash;
        const record = this.#leaves.at(index);
        if (record.kind === 'error') {
            this.#faulty++;
            return { index, inputHash, outcome: record };
        }
        return { index, inputHash, outcome: { kind: 'result', resultHash: record.hash } };
    }
}
