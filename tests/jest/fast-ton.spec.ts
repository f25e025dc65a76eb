import * as fast from '@ton/core';
import { keyPairFromSeed, sha256_sync, sign, signVerify } from '@ton/crypto';
import fc from 'fast-check';
import nacl from 'tweetnacl';

describe('@ton/crypto with the code of Node', () => {
    it('hashes, signs and verifies as its own does, to the bit', () => {
        for (let index = 0; index < 20; index++) {
            const seed = sha256_sync(`seed ${index}`);
            const pair = keyPairFromSeed(seed);
            const own = nacl.sign.keyPair.fromSeed(new Uint8Array(seed));
            expect(new Uint8Array(pair.publicKey)).toEqual(own.publicKey);
            expect(new Uint8Array(pair.secretKey)).toEqual(own.secretKey);
            const data = Buffer.alloc(index * 7, index);
            const signature = sign(data, pair.secretKey);
            expect(new Uint8Array(signature)).toEqual(
                nacl.sign.detached(new Uint8Array(data), own.secretKey),
            );
            expect(signVerify(data, signature, pair.publicKey)).toBe(true);
            const spoilt = Buffer.from(signature);
            spoilt[index] = (spoilt[index] ?? 0) ^ 1;
            expect(signVerify(data, spoilt, pair.publicKey)).toBe(false);
        }
        // FIPS 180-4, SHA-256 of "abc".
        expect(sha256_sync('abc').toString('hex')).toBe(
            'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        );
    });

    it('signs with a public half that is another’s as its own does', () => {
        const one = keyPairFromSeed(Buffer.alloc(32, 1));
        const mixed = Buffer.concat([
            one.secretKey.subarray(0, 32),
            keyPairFromSeed(Buffer.alloc(32, 2)).publicKey,
        ]);
        expect(new Uint8Array(sign(Buffer.from('words'), mixed))).toEqual(
            nacl.sign.detached(new Uint8Array(Buffer.from('words')), new Uint8Array(mixed)),
        );
    });
});

describe('@ton/core with copies of whole bytes', () => {
    let slow: typeof fast;
    // The packages as they are: what makes them faster has changed one copy.
    beforeAll(() => jest.isolateModules(() => (slow = jest.requireActual('@ton/core'))));

    it('writes and reads the same bits at any offset', () => {
        expect(slow.beginCell).not.toBe(fast.beginCell);
        const lengths = fc.tuple(
            fc.uint8Array({ minLength: 1, maxLength: 60 }),
            fc.nat(40),
            fc.nat(20),
            fc.integer({ min: 1, max: 260 }),
        );
        fc.assert(
            fc.property(lengths, ([bytes, skip, before, width]) => {
                const [one, other] = [fast, slow].map((core) => {
                    const bits = new core.BitString(Buffer.from(bytes), 0, bytes.length * 8);
                    const from = Math.min(skip, bits.length);
                    const part = bits.substring(from, bits.length - from);
                    const builder = new core.BitBuilder(1023);
                    builder.writeUint(0, before);
                    builder.writeBits(part);
                    const built = builder.build();
                    const reader = new core.BitReader(built);
                    const length = Math.min(width, built.length);
                    return [
                        built.toString(),
                        reader.preloadUintBig(length),
                        new core.BitReader(part).remaining,
                    ];
                });
                expect(one).toEqual(other);
            }),
        );
    });

    it('fails where it did', () => {
        for (const core of [fast, slow]) {
            const bits = new core.BitString(Buffer.alloc(4), 0, 27);
            expect(() => new core.BitBuilder(8).writeBits(bits)).toThrow('overflow');
            expect(() => new core.BitReader(bits).loadUintBig(28)).toThrow();
        }
    });
});
