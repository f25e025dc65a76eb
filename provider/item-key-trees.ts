import { setImmediate } from 'node:timers/promises';
import {
    type Hash,
    type HashHex,
    hashToHex,
    itemKeyLeaf,
    itemKeys,
    type ItemKeyOf,
    MerkleAccumulator,
    MerkleTree,
} from '../protocol';
import { nativeSha256, nativeSuite } from '../sdk/node';

/** A job whose content key is here. */
export interface KeyedJob {
    readonly contentKey: Uint8Array;
    readonly keyHash: HashHex;
    /** Items of the job. */
    readonly items: number;
}

/** The key of one item, with the proof that the spec commits to it. */
export interface ProvedItemKey {
    readonly itemKey: Uint8Array;
    /** Sibling hashes from the leaf up. */
    readonly proof: readonly Hash[];
}

/** The trees of the keys of items. */
export interface ItemKeyTrees {
    /** The root that follows from a content key. */
    root(job: KeyedJob): Promise<HashHex>;
    prove(job: KeyedJob, index: number): Promise<ProvedItemKey>;
}

/** Keys that are hashed between two turns of the event loop; a power of two, see `ProofShelf`. */
const CHUNK = 1_024;
/** Jobs whose chunk roots are remembered: 32 kB for a million items each. */
const REMEMBERED = 32;

export function createItemKeyTrees(): ItemKeyTrees {
    const remembered = new Map<string, Promise<MerkleTree>>();

    const upperTree = (job: KeyedJob): Promise<MerkleTree> => {
        const name = `${job.keyHash} ${job.items}`;
        const known = remembered.get(name);
        if (known !== undefined) return known;
        const tree = buildUpperTree(job);
        remembered.set(name, tree);
        tree.catch(() => remembered.delete(name));
        for (const oldest of remembered.keys()) {
            if (remembered.size <= REMEMBERED) break;
            remembered.delete(oldest);
        }
        return tree;
    };

    return {
        root: async (job) => hashToHex((await upperTree(job)).root),
        async prove(job, index) {
            const upper = await upperTree(job);
            const chunk = Math.floor(index / CHUNK);
            const keyOf = itemKeys(job.contentKey, nativeSuite);
            const lower = MerkleTree.ofLeafHashes([...chunkLeaves(keyOf, job.items, chunk)]);
            const proof = [...lower.proof(index % CHUNK), ...upper.proof(chunk)];
            return { itemKey: keyOf(index), proof };
        },
    };
}

async function buildUpperTree({ contentKey, items }: KeyedJob): Promise<MerkleTree> {
    const keyOf = itemKeys(contentKey, nativeSuite);
    const roots: Hash[] = [];
    for (let chunk = 0; chunk * CHUNK < items; chunk++) {
        const tree = new MerkleAccumulator(nativeSha256);
        for (const leaf of chunkLeaves(keyOf, items, chunk)) tree.append(leaf);
        roots.push(tree.root());
        await setImmediate();
    }
    return MerkleTree.ofLeafHashes(roots);
}

function* chunkLeaves(keyOf: ItemKeyOf, items: number, chunk: number): Generator<Hash> {
    const end = Math.min((chunk + 1) * CHUNK, items);
    for (let index = chunk * CHUNK; index < end; index++) {
        yield itemKeyLeaf(keyOf(index), nativeSha256);
    }
}
