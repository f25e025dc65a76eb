import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 as sha256Hash } from '@noble/hashes/sha2.js';
import { concatBytes, i8ToBytes, u64ToBytes, utf8ToBytes } from './bytes';
import { SealError } from './errors';
import { type HashHex, hashToHex, sha256 } from './hash';
import type { LeafContext } from './leaf';

/** Bytes of a content key, and of the salt that it is derived with. */
export const CONTENT_KEY_BYTES = 32;
/** The least that a client's secret has, bytes. */
export const MIN_SECRET_BYTES = 32;
const SEED_BYTES = 16;

/**
 * HKDF-SHA256 (RFC 5869) with a text of its own for each use, so that what one key tells says
 * nothing about another.
 */
function derive(
    secret: Uint8Array,
    salt: Uint8Array,
    info: readonly Uint8Array[],
    bytes: number,
): Uint8Array {
    if (secret.length < MIN_SECRET_BYTES) {
        throw new RangeError(`A secret has at least ${MIN_SECRET_BYTES} bytes.`);
    }
    return hkdf(sha256Hash, secret, salt, concatBytes(info), bytes);
}

/**
 * The content key of a sealed job. Whoever has the client's secret finds it again from the salt in
 * the spec.
 *
 * @param secret - at least 32 bytes that only the client has
 * @param salt - 32 random bytes, another for each job
 */
export function deriveContentKey(secret: Uint8Array, salt: Uint8Array): Uint8Array {
    return derive(secret, salt, [utf8ToBytes('cocoon.content-key.v1')], CONTENT_KEY_BYTES);
}

/**
 * The client's part of the draw of a sealed job, 16 bytes. It hangs on the job's id too: a job that
 * is posted again must not have a seed that was shown before.
 */
export function deriveClientSeed(
    secret: Uint8Array,
    salt: Uint8Array,
    { escrow, jobId }: LeafContext,
): Uint8Array {
    const tag = utf8ToBytes('cocoon.client-seed.v1');
    const job = [i8ToBytes(escrow.workchain), escrow.hash, u64ToBytes(jobId)];
    return derive(secret, salt, [tag, ...job], SEED_BYTES);
}

/** A key for one use of a content key, within a context of its own. */
export function deriveSubkey(key: Uint8Array, use: string, context: Uint8Array): Uint8Array {
    return derive(key, new Uint8Array(0), [utf8ToBytes(use), context], CONTENT_KEY_BYTES);
}

/**
 * What a spec commits to a content key with: its SHA-256. The key is 32 bytes that nobody can
 * guess, so the hash hides it, and it binds to that key alone.
 */
export function contentKeyHash(key: Uint8Array): HashHex {
    return hashToHex(sha256(key));
}

/**
 * Makes sure that a key is the one that was committed to.
 *
 * @throws SealError `KEY_WRONG`
 */
export function checkContentKey(key: Uint8Array, keyHash: HashHex): Uint8Array {
    if (key.length === CONTENT_KEY_BYTES && contentKeyHash(key) === keyHash) return key;
    throw new SealError('KEY_WRONG', 'The content key is not the one that the spec commits to.');
}
