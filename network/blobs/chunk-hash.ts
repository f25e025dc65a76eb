import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import {
    asHash,
    HASH_BYTES,
    type Hash,
    LEAF_PREFIX,
    MerkleAccumulator,
    type Sha256,
} from '../../protocol';
import { CHUNK_BYTES, chunkCount, chunkLength } from './wire';

/** SHA-256 as OpenSSL computes it, several times as fast as the portable one. */
export const nativeSha256: Sha256 = (bytes) => asHash(createHash('sha256').update(bytes).digest());

/** Merkle leaf of one chunk: `sha256(0x00 || bytes)`, RFC 6962 section 2.1. */
export function chunkHash(bytes: Uint8Array): Hash {
    return asHash(createHash('sha256').update(LEAF_PREFIX).update(bytes).digest());
}

/** Root over the leaf hashes of all chunks, 32 bytes each. */
export function rootOfLeaves(leaves: Uint8Array): Hash {
    const tree = new MerkleAccumulator(nativeSha256);
    for (let at = 0; at < leaves.length; at += HASH_BYTES) {
        tree.append(asHash(leaves.subarray(at, at + HASH_BYTES)));
    }
    return tree.root();
}

/**
 * Leaf hashes of the chunks of a file or of a part of one, 32 bytes each; reads one chunk at a time.
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
    const leaves = new Uint8Array(chunkCount(size) * HASH_BYTES);
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, size));
    const file = await open(path, 'r');
    try {
        for (let index = 0; index * HASH_BYTES < leaves.length; index++) {
            signal?.throwIfAborted();
            const length = chunkLength(size, index);
            const from = offset + index * CHUNK_BYTES;
            const { bytesRead } = await file.read(buffer, 0, length, from);
            leaves.set(chunkHash(buffer.subarray(0, bytesRead)), index * HASH_BYTES);
        }
    } finally {
        await file.close();
    }
    return leaves;
}

/** The hash of one leaf in a list. */
export function leafAt(leaves: Uint8Array, index: number): Uint8Array {
    return leaves.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}
