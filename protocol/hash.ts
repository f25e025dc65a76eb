import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from './bytes';
import { EncodingError } from './errors';

declare const hashBrand: unique symbol;

/** A SHA-256 digest as 32 bytes. */
export type Hash = Uint8Array & { readonly [hashBrand]: 'Hash' };

/** A SHA-256 digest as 64 lowercase hex digits, the form in documents, file names and URLs. */
export type HashHex = string & { readonly [hashBrand]: 'HashHex' };

/** Length of a hash in bytes. */
export const HASH_BYTES = 32;

const HASH_HEX = /^[0-9a-f]{64}$/;

/** An implementation of `sha256`; Node.js has one that is faster where there are many hashes. */
export type Sha256 = (bytes: Uint8Array) => Hash;

/** SHA-256 (FIPS 180-4) of the bytes. */
export function sha256(bytes: Uint8Array): Hash {
    return nobleSha256(bytes) as Hash;
}

/** SHA-256 of several parts one after another, without joining them first. */
export function sha256Of(parts: readonly Uint8Array[]): Hash {
    const hash = nobleSha256.create();
    for (const part of parts) hash.update(part);
    return hash.digest() as Hash;
}

/** Whether a text is a hash in its one written form: 64 lowercase hex digits. */
export function isHashHex(text: string): text is HashHex {
    return HASH_HEX.test(text);
}

/**
 * Takes a text as a hash.
 *
 * @throws EncodingError `HASH_MALFORMED` unless it is 64 lowercase hex digits.
 */
export function asHashHex(text: string): HashHex {
    if (!isHashHex(text)) throw malformed('64 lowercase hexadecimal digits');
    return text;
}

/**
 * Takes bytes as a hash; the bytes are not copied.
 *
 * @throws EncodingError `HASH_MALFORMED` unless there are 32.
 */
export function asHash(bytes: Uint8Array): Hash {
    if (bytes.length !== HASH_BYTES) throw malformed('32 bytes');
    return bytes as Hash;
}

/** A hash in its written form. */
export function hashToHex(hash: Hash): HashHex {
    return bytesToHex(hash) as HashHex;
}

/**
 * The 32 bytes of a written hash.
 *
 * @throws EncodingError `HASH_MALFORMED` unless it is 64 lowercase hex digits.
 */
export function hashFromHex(hex: string): Hash {
    return hexToBytes(asHashHex(hex)) as Hash;
}

/** A hash as the uint256 that contracts store: its bytes most significant first. */
export function hashToBigInt(hash: Hash): bigint {
    return BigInt(`0x${bytesToHex(hash)}`);
}

/**
 * The hash that a contract stores as a uint256.
 *
 * @throws EncodingError `HASH_MALFORMED` outside of 0 to 2^256 - 1.
 */
export function hashFromBigInt(value: bigint): Hash {
    if (value < 0n || value >> 256n !== 0n) throw malformed('an unsigned number of 256 bits');
    return hexToBytes(value.toString(16).padStart(2 * HASH_BYTES, '0')) as Hash;
}

function malformed(form: string): EncodingError {
    return new EncodingError('HASH_MALFORMED', `A hash has to be ${form}.`);
}
