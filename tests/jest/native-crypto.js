/**
 * Has @ton/crypto hash and sign with Node's own code while tests run. Its SHA-256 and Ed25519 are
 * JavaScript, and took half of the time of a test of a contract, where each cell is hashed.
 * SHA-256 and Ed25519 (RFC 8032) are deterministic: the results are the same to the bit, as
 * native-crypto.spec.ts compares, and the emulator checks every one of them.
 */
const { Buffer } = require('node:buffer');
const { createHash, createPrivateKey, createPublicKey, sign, verify } = require('node:crypto');
const hashes = require('@ton/crypto/dist/primitives/sha256');
const nacl = require('@ton/crypto/dist/primitives/nacl');

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** By what it is made of: making a key costs as much as signing with it. */
const keys = new Map();

function keyOf(kind, bytes, make) {
    const name = kind + Buffer.from(bytes).toString('latin1');
    let key = keys.get(name);
    if (key === undefined) {
        if (keys.size > 10_000) keys.clear();
        keys.set(name, (key = make(Buffer.from(bytes))));
    }
    return key;
}

const privateKey = (seed) =>
    keyOf('private', seed, (bytes) =>
        createPrivateKey({ key: Buffer.concat([PKCS8, bytes]), format: 'der', type: 'pkcs8' }),
    );
const publicKey = (bytes) =>
    keyOf('public', bytes, (raw) =>
        createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' }),
    );
const publicPart = (seed) =>
    keyOf('pair', seed, (bytes) =>
        createPublicKey(privateKey(bytes)).export({ format: 'der', type: 'spki' }).subarray(-32),
    );

hashes.sha256_sync = (source) => createHash('sha256').update(source).digest();

const { keyPairFromSeed, sign: signSlowly, signVerify: verifySlowly } = nacl;
nacl.keyPairFromSeed = (seed) => {
    if (seed.length !== 32) return keyPairFromSeed(seed);
    const publicKey = Buffer.from(publicPart(seed));
    return { publicKey, secretKey: Buffer.concat([Buffer.from(seed), publicKey]) };
};
nacl.sign = (data, secretKey) => {
    if (secretKey.length !== 64) return signSlowly(data, secretKey);
    // The public half enters the signature: where it is not the seed's, JavaScript has to do it.
    const seed = secretKey.subarray(0, 32);
    if (!publicPart(seed).equals(secretKey.subarray(32))) return signSlowly(data, secretKey);
    return sign(null, data, privateKey(seed));
};
nacl.signVerify = (data, signature, key) => {
    if (key.length !== 32 || signature.length !== 64) return verifySlowly(data, signature, key);
    return verify(null, data, publicKey(key), signature);
};
