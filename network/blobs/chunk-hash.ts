import { createHash, type Hash as Hasher } from 'node:crypto';
import { open } from 'node:fs/promises';
import {
    asHash,
    equalBytes,
    HASH_BYTES,
    type Hash,
    LEAF_PREFIX,
    MerkleAccumulator,
    type Sha256,
} from '../../protocol';
import { CHUNK_BYTES, chunkCount, chunkLength, LEAF_BYTES } from './wire';

/** SHA-256 as OpenSSL computes it, several times as fast as the portable one. */
export const nativeSha256: Sha256 = (bytes) => asHash(createHash('sha256').update(bytes).digest());

/**
 * Root over the leaves of all chunks: the Merkle tree hash of RFC 6962, section 2.1, whose leaf data
 * are `LEAF_BYTES` each.
 */
export function rootOfLeaves(leaves: Uint8Array): Hash {
    const tree = new MerkleAccumulator(nativeSha256);
    for (let at = 0; at < leaves.length; at += LEAF_BYTES) {
        const leaf = createHash('sha256').update(LEAF_PREFIX);
        tree.append(asHash(leaf.update(leaves.subarray(at, at + LEAF_BYTES)).digest()));
    }
    return tree.root();
}

/**
 * Leaves of the chunks of a file or of a part of one; reads one chunk at a time.
 *
 * @throws the error of the system; the reason of the signal
 */
export async function leavesOfFile(
    {
        path,
        offset = 0,
        size,
    }: { readonly path: string; readonly offset?: number; readonly size: number },
    signal?: AbortSignal,
): Promise<Uint8Array> {
    const leaves = new Uint8Array(chunkCount(size) * LEAF_BYTES);
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, size));
    const file = await open(path, 'r');
    const before = new PrefixHash();
    try {
        for (let index = 0; index * LEAF_BYTES < leaves.length; index++) {
            signal?.throwIfAborted();
            const length = chunkLength(size, index);
            const from = offset + index * CHUNK_BYTES;
            const { bytesRead } = await file.read(buffer, 0, length, from);
            const bytes = buffer.subarray(0, bytesRead);
            before.add(bytes);
            leaves.set(nativeSha256(bytes), index * LEAF_BYTES);
            leaves.set(before.digest(), index * LEAF_BYTES + HASH_BYTES);
        }
    } finally {
        await file.close();
    }
    return leaves;
}

/** SHA-256 of the bytes of one chunk, as the leaves tell it. */
export function chunkHashAt(leaves: Uint8Array, index: number): Uint8Array {
    return leaves.subarray(index * LEAF_BYTES, index * LEAF_BYTES + HASH_BYTES);
}

/** SHA-256 of all bytes up to the end of a chunk, as the leaves tell it. */
export function prefixHashAt(leaves: Uint8Array, index: number): Uint8Array {
    return leaves.subarray(index * LEAF_BYTES + HASH_BYTES, (index + 1) * LEAF_BYTES);
}

/**
 * SHA-256 of what has been added so far, told as often as one likes. It checks chunks that come in
 * their order and makes the hash of the whole, both by hashing each byte once.
 */
export class PrefixHash {
    #hash: Hasher = createHash('sha256');

    add(bytes: Uint8Array): void {
        this.#hash.update(bytes);
    }

    digest(): Hash {
        return asHash(this.#hash.copy().digest());
    }

    /** Adds bytes only if the hash of all is then the expected one. @returns whether it is */
    addIf(bytes: Uint8Array, expected: Uint8Array): boolean {
        const next = this.#hash.copy().update(bytes);
        if (!equalBytes(next.copy().digest(), expected)) return false;
        this.#hash = next;
        return true;
    }
}
