import { keyPairFromSeed, sha256_sync, sign, signVerify } from '@ton/crypto';
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
