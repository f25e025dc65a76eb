/**
 * Makes the packages of TON faster while tests run, where each cell of each contract is read,
 * written and hashed again and again: @ton/crypto hashes and signs in JavaScript, @ton/core copies
 * bit by bit. That took two thirds of the time of a test of a contract. What the functions below
 * give is the same to the bit: fast-ton.spec.ts compares, and the emulator checks every hash and
 * every signature.
 */
const { Buffer } = require('node:buffer');
const { createHash, createPrivateKey, createPublicKey, sign, verify } = require('node:crypto');
const hashes = require('@ton/crypto/dist/primitives/sha256');
const nacl = require('@ton/crypto/dist/primitives/nacl');
const { BitBuilder } = require('@ton/core/dist/boc/BitBuilder');
const { BitReader } = require('@ton/core/dist/boc/BitReader');

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

const { writeBits } = BitBuilder.prototype;
BitBuilder.prototype.writeBits = function (source) {
    const bytes = source.length >> 3;
    const to = this._buffer;
    if (bytes === 0 || this._length + source.length > to.length * 8) {
        return writeBits.call(this, source);
    }
    const from = source._data;
    const first = source._offset >> 3;
    const skip = source._offset & 7;
    let at = this._length >> 3;
    const shift = this._length & 7;
    for (let index = first; index < first + bytes; index++) {
        const byte =
            skip === 0
                ? from[index]
                : ((from[index] << skip) | (from[index + 1] >> (8 - skip))) & 255;
        to[at++] |= byte >> shift;
        if (shift > 0) to[at] |= (byte << (8 - shift)) & 255;
    }
    this._length += bytes * 8;
    for (let bit = bytes * 8; bit < source.length; bit++) this.writeBit(source.at(bit));
};

const { _preloadUint: preloadSlowly } = BitReader.prototype;
BitReader.prototype._preloadUint = function (bits, offset) {
    const { _data: data, _offset: start, _length: length } = this._bits;
    if (bits < 1 || offset < 0 || offset + bits > length) {
        return preloadSlowly.call(this, bits, offset);
    }
    const from = start + offset;
    const first = from >> 3;
    const end = (from + bits + 7) >> 3;
    const behind = end * 8 - from - bits;
    if (end - first <= 6) {
        let value = 0;
        for (let index = first; index < end; index++) value = value * 256 + data[index];
        return BigInt(Math.floor(value / 2 ** behind) % 2 ** bits);
    }
    const value = BigInt(`0x${data.toString('hex', first, end)}`) >> BigInt(behind);
    return BigInt.asUintN(bits, value);
};
