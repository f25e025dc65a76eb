import { concatBytes, equalBytes } from './bytes';
import { ProofError } from './errors';
import { HASH_BYTES, sha256, type Hash, type Sha256 } from './hash';

/*
 * Merkle trees as RFC 6962 section 2.1 builds them: SHA-256, a 0x00 byte before the data of a
 * leaf and a 0x01 byte before the two children of a node, so that no leaf passes for a node. A
 * tree whose size is not a power of two splits at the largest power of two below its size, which
 * is the same as pairing the nodes of each level and moving a last odd one up unchanged.
 */

export const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);
/** What the node is that is being hashed: an array of its own for each costs as much as its hash. */
const NODE_PREIMAGE = new Uint8Array(1 + 2 * HASH_BYTES);

/** Leaves that one tree can hold; a level of 2^26 hashes takes 2 GiB. */
const MAX_LEAVES = 2 ** 26;

/** Hash of a leaf: `sha256(0x00 || data)`. */
export function merkleLeafHash(data: Uint8Array): Hash {
    return sha256(concatBytes([LEAF_PREFIX, data]));
}

/** Hash of an inner node: `sha256(0x01 || left || right)`. */
export function merkleNodeHash(left: Uint8Array, right: Uint8Array, hashOf: Sha256 = sha256): Hash {
    const size = left.length + right.length;
    const preimage = size === 2 * HASH_BYTES ? NODE_PREIMAGE : new Uint8Array(1 + size);
    preimage.set(NODE_PREFIX);
    preimage.set(left, 1);
    preimage.set(right, 1 + left.length);
    return hashOf(preimage);
}

/** Root of a tree without leaves: the SHA-256 of nothing. */
export function emptyMerkleRoot(): Hash {
    return sha256(new Uint8Array(0));
}

/** Root of the tree over the data of all leaves, in order. Memory is O(log n). */
export function merkleRoot(leaves: Iterable<Uint8Array>): Hash {
    const accumulator = new MerkleAccumulator();
    for (const data of leaves) accumulator.append(merkleLeafHash(data));
    return accumulator.root();
}

/** A tree kept whole, for anyone who has to serve proofs: 64 bytes of memory a leaf. */
export class MerkleTree {
    /** Number of leaves. */
    readonly size: number;
    readonly root: Hash;
    /** Hashes of each level one after another, leaves first, the root last. */
    private readonly levels: readonly Uint8Array[];

    private constructor(leafLevel: Uint8Array) {
        this.size = leafLevel.length / HASH_BYTES;
        const levels = [leafLevel];
        let level = leafLevel;
        while (level.length > HASH_BYTES) {
            level = parentLevel(level);
            levels.push(level);
        }
        this.levels = levels;
        this.root = this.size === 0 ? emptyMerkleRoot() : (level.slice() as Hash);
    }

    /**
     * Builds the tree over the data of its leaves.
     *
     * @throws ProofError `TREE_TOO_LARGE` over 2^26 leaves.
     */
    static ofData(leaves: readonly Uint8Array[]): MerkleTree {
        return MerkleTree.build(leaves.length, (index) =>
            merkleLeafHash(leaves[index] as Uint8Array),
        );
    }

    /**
     * Builds the tree over leaf hashes that `merkleLeafHash` made.
     *
     * @throws ProofError `TREE_TOO_LARGE` over 2^26 leaves.
     */
    static ofLeafHashes(hashes: readonly Hash[]): MerkleTree {
        return MerkleTree.build(hashes.length, (index) => hashes[index] as Hash);
    }

    private static build(size: number, hashAt: (index: number) => Hash): MerkleTree {
        if (size > MAX_LEAVES) {
            throw new ProofError(
                'TREE_TOO_LARGE',
                `A tree holds at most ${MAX_LEAVES} leaves.`,
                'Split the work into several jobs.',
            );
        }
        const level = new Uint8Array(size * HASH_BYTES);
        for (let index = 0; index < size; index++) level.set(hashAt(index), index * HASH_BYTES);
        return new MerkleTree(level);
    }

    /**
     * Hash of one leaf.
     *
     * @throws ProofError `PROOF_INDEX_OUT_OF_RANGE`.
     */
    leafHash(index: number): Hash {
        this.checkIndex(index);
        return hashIn(this.levels[0] as Uint8Array, index);
    }

    /**
     * Inclusion proof of one leaf (RFC 6962 section 2.1.1): sibling hashes from the leaf up,
     * at most ceil(log2(size)) of them.
     *
     * @throws ProofError `PROOF_INDEX_OUT_OF_RANGE`.
     */
    proof(index: number): Hash[] {
        this.checkIndex(index);
        const proof: Hash[] = [];
        let position = index;
        for (const level of this.levels) {
            const sibling = position ^ 1;
            if (sibling < level.length / HASH_BYTES) proof.push(hashIn(level, sibling));
            position >>>= 1;
        }
        return proof;
    }

    private checkIndex(index: number): void {
        if (!Number.isInteger(index) || index < 0 || index >= this.size) {
            throw new ProofError(
                'PROOF_INDEX_OUT_OF_RANGE',
                `There is no leaf ${index} in a tree of ${this.size}.`,
                'Ask for an index from 0 to the size less one.',
            );
        }
    }
}

function parentLevel(level: Uint8Array): Uint8Array {
    const count = level.length / HASH_BYTES;
    const parents = new Uint8Array(Math.ceil(count / 2) * HASH_BYTES);
    const preimage = new Uint8Array(1 + 2 * HASH_BYTES);
    preimage.set(NODE_PREFIX);
    for (let left = 0; left + 1 < count; left += 2) {
        const start = left * HASH_BYTES;
        preimage.set(level.subarray(start, start + 2 * HASH_BYTES), 1);
        parents.set(sha256(preimage), start / 2);
    }
    if (count % 2 === 1) {
        parents.set(level.subarray(level.length - HASH_BYTES), parents.length - HASH_BYTES);
    }
    return parents;
}

function hashIn(level: Uint8Array, index: number): Hash {
    return level.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES) as Hash;
}

/** Computes the root of leaves that arrive one by one, in O(log n) memory. */
export class MerkleAccumulator {
    private count = 0;
    /** Roots of the perfect subtrees of the leaves so far, the largest first. */
    private readonly peaks: Hash[] = [];

    constructor(private readonly hashOf: Sha256 = sha256) {}

    /** Number of leaves so far. */
    get size(): number {
        return this.count;
    }

    /** Takes the hash of the next leaf, as `merkleLeafHash` made it. */
    append(leafHash: Hash): void {
        let node = leafHash;
        // One subtree of each size is complete for each low one bit of the count.
        for (let rest = this.count; rest % 2 === 1; rest = Math.floor(rest / 2)) {
            node = merkleNodeHash(this.peaks.pop() as Hash, node, this.hashOf);
        }
        this.peaks.push(node);
        this.count++;
    }

    /** Root of the tree over all leaves so far; more may be appended afterwards. */
    root(): Hash {
        const last = this.peaks.at(-1);
        if (last === undefined) return emptyMerkleRoot();
        return this.peaks
            .slice(0, -1)
            .reduceRight((right, left) => merkleNodeHash(left, right, this.hashOf), last);
    }
}

/** What is needed to check that a leaf stands at an index of a tree. */
export interface InclusionClaim {
    /** Hash of the leaf, as `merkleLeafHash` made it. */
    readonly leafHash: Uint8Array;
    readonly index: number;
    /** Number of leaves in the tree; it has to come from where the root comes from. */
    readonly size: number;
    /** Sibling hashes from the leaf up. */
    readonly proof: readonly Uint8Array[];
    readonly root: Uint8Array;
}

/**
 * Whether the leaf stands at this index of the tree with this root: the algorithm of RFC 9162
 * section 2.1.3.2. Malformed claims are false, never an exception.
 */
export function verifyInclusion(claim: InclusionClaim): boolean {
    const { leafHash, index, size, proof, root } = claim;
    if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size)) return false;
    if (index < 0 || index >= size || size > MAX_LEAVES) return false;
    if (leafHash.length !== HASH_BYTES || root.length !== HASH_BYTES) return false;
    let fn = index;
    let sn = size - 1;
    let hash = leafHash;
    for (const sibling of proof) {
        if (sn === 0 || sibling.length !== HASH_BYTES) return false;
        if (fn % 2 === 1 || fn === sn) {
            hash = merkleNodeHash(sibling, hash);
            // The levels at which this node was moved up unchanged have no sibling.
            while (fn % 2 === 0 && fn !== 0) {
                fn >>>= 1;
                sn >>>= 1;
            }
        } else {
            hash = merkleNodeHash(hash, sibling);
        }
        fn >>>= 1;
        sn >>>= 1;
    }
    return sn === 0 && equalBytes(hash, root);
}
