import { concatBytes, u32ToBytes } from './bytes';
import { deriveSubkey } from './content-key';
import { type Hash, type HashHex, hashToHex, sha256, type Sha256 } from './hash';
import { LEAF_PREFIX, MerkleAccumulator } from './merkle';
import { nobleSuite, type SealingSuite } from './sealing-suite';

/*
 * Each item of a sealed job has a key of its own, which follows from the content key. Whoever checks
 * one item is given that one key. The spec commits to all of them by the root of a Merkle tree whose
 * leaf data are their hashes: a node that sealed a result under any other key cannot show it.
 */

const USE = 'cocoon.item-secret.v1';

/** The key of one item, 32 bytes: HMAC-SHA256 of its index, under a key for this use alone. */
export type ItemKeyOf = (index: number) => Uint8Array;

/** @param contentKey - of the job, 32 bytes */
export function itemKeys(contentKey: Uint8Array, suite: SealingSuite = nobleSuite): ItemKeyOf {
    const key = deriveSubkey(contentKey, USE, new Uint8Array(0));
    return (index) => suite.hmac(key, [u32ToBytes(index)]);
}

/** The leaf of an item's key in the tree that the spec commits to: of its SHA-256. */
export function itemKeyLeaf(itemKey: Uint8Array, hashOf: Sha256 = sha256): Hash {
    return hashOf(concatBytes([LEAF_PREFIX, hashOf(itemKey)]));
}

/** What a spec commits to the keys of all items with. */
export function itemKeysRoot(
    contentKey: Uint8Array,
    count: number,
    suite: SealingSuite = nobleSuite,
): HashHex {
    const keyOf = itemKeys(contentKey, suite);
    const tree = new MerkleAccumulator();
    for (let index = 0; index < count; index++) tree.append(itemKeyLeaf(keyOf(index)));
    return hashToHex(tree.root());
}
