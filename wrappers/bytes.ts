import { BitBuilder } from '@ton/core';
import { bytesToHex } from '../protocol';

/**
 * Bytes as the packages of TON take them. Those bring a `Buffer` along where they run; the name is
 * Node's alone, so that nothing here that a browser loads may use it.
 */
export function toBuffer(bytes: Uint8Array): Buffer {
    const builder = new BitBuilder(8 * bytes.length);
    for (const byte of bytes) builder.writeUint(byte, 8);
    return builder.buffer();
}

/** Keys and hashes as the contracts hold them: one number, the first byte the highest. */
export function bytesToBigInt(key: Uint8Array): bigint {
    return BigInt(`0x${bytesToHex(key)}`);
}
