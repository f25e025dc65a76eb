import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** The primitives that items are sealed with, for those who have faster ones; see `nobleSuite`. */
export interface SealingSuite {
    /** HMAC-SHA256 (RFC 2104) of the parts one after another, 32 bytes. */
    hmac(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array;
    /** AEAD_CHACHA20_POLY1305 (RFC 8439): the ciphertext and 16 bytes of tag. */
    encrypt(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array;
    /** Its inverse; undefined where the tag is wrong. */
    decrypt(
        key: Uint8Array,
        nonce: Uint8Array,
        aad: Uint8Array,
        sealed: Uint8Array,
    ): Uint8Array | undefined;
}

/** The portable suite: audited JavaScript, the same in Node and in browsers. */
export const nobleSuite: SealingSuite = {
    hmac: (key, parts) => {
        const mac = hmac.create(sha256, key);
        for (const part of parts) mac.update(part);
        return mac.digest();
    },
    encrypt: (key, nonce, aad, plain) => chacha20poly1305(key, nonce, aad).encrypt(plain),
    decrypt: (key, nonce, aad, sealed) => {
        try {
            return chacha20poly1305(key, nonce, aad).decrypt(sealed);
        } catch {
            return undefined;
        }
    },
};
