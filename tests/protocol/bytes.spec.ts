import fc from 'fast-check';
import {
    asHash,
    asHashHex,
    bytesToHex,
    bytesToUtf8,
    compareBytes,
    concatBytes,
    equalBytes,
    hashFromBigInt,
    hashFromHex,
    hashToBigInt,
    hashToHex,
    hexToBytes,
    i8ToBytes,
    sha256,
    sha256Of,
    u16ToBytes,
    u32ToBytes,
    u64ToBytes,
    utf8ToBytes,
} from '../../protocol';
import { codeOf } from './arbitraries';

describe('hex', () => {
    it('gives back the bytes it was made from', () => {
        fc.assert(
            fc.property(fc.uint8Array(), (bytes) => {
                expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes);
            }),
        );
    });

    it('reads both cases and writes lowercase', () => {
        expect(bytesToHex(hexToBytes('DEADbeef'))).toBe('deadbeef');
    });

    it.each(['0', '0x00', 'zz', ' 00', '00\n'])('refuses %j', (text) => {
        expect(codeOf(() => hexToBytes(text))).toBe('HEX_MALFORMED');
    });
});

describe('UTF-8', () => {
    it('gives back any well-formed text', () => {
        fc.assert(
            fc.property(fc.string({ unit: 'binary' }), (text) => {
                expect(bytesToUtf8(utf8ToBytes(text))).toBe(text);
            }),
        );
    });

    it('keeps a byte order mark, so that no two byte strings have one text', () => {
        expect(bytesToUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
    });

    it('refuses half a surrogate pair, and bytes that are not UTF-8', () => {
        expect(codeOf(() => utf8ToBytes('a\ud800'))).toBe('UTF8_MALFORMED');
        expect(codeOf(() => bytesToUtf8(Uint8Array.of(0xff)))).toBe('UTF8_MALFORMED');
        expect(codeOf(() => bytesToUtf8(Uint8Array.of(0xc0, 0x80)))).toBe('UTF8_MALFORMED');
    });
});

describe('numbers', () => {
    it('stand with the most significant byte first', () => {
        expect(bytesToHex(u16ToBytes(0x0102))).toBe('0102');
        expect(bytesToHex(u32ToBytes(0x01020304))).toBe('01020304');
        expect(bytesToHex(u64ToBytes(0x0102030405060708n))).toBe('0102030405060708');
        expect(bytesToHex(u64ToBytes(7))).toBe('0000000000000007');
        expect(bytesToHex(i8ToBytes(-1))).toBe('ff');
    });

    it('are refused where the form cannot hold them', () => {
        const refused = [
            () => u16ToBytes(0x10000),
            () => u32ToBytes(-1),
            () => u32ToBytes(2 ** 32),
            () => u32ToBytes(0.5),
            () => u32ToBytes(NaN),
            () => u64ToBytes(1n << 64n),
            () => u64ToBytes(-1n),
            () => u64ToBytes(2 ** 53),
            () => i8ToBytes(128),
            () => i8ToBytes(-129),
        ];
        for (const run of refused) expect(codeOf(run)).toBe('NUMBER_RANGE');
    });
});

describe('byte strings', () => {
    it('are ordered as unsigned bytes, a prefix first', () => {
        const sorted = ['', '00', '0000', '01', '7f', '80', 'ff', 'ff00'];
        const shuffled = [...sorted].reverse().map(hexToBytes).sort(compareBytes);
        expect(shuffled.map(bytesToHex)).toEqual(sorted);
    });

    it('are equal only with the same bytes', () => {
        expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
        expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
        expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    });
});

describe('hashes', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

    it('are SHA-256 (FIPS 180-4, "abc")', () => {
        expect(hashToHex(sha256(utf8ToBytes('abc')))).toBe(abc);
    });

    it('of parts are hashes of the whole', () => {
        fc.assert(
            fc.property(fc.array(fc.uint8Array()), (parts) => {
                expect(sha256Of(parts)).toEqual(sha256(concatBytes(parts)));
            }),
        );
    });

    it('turn into the uint256 of a contract and back, leading zeros included', () => {
        fc.assert(
            fc.property(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), (value) => {
                const hash = hashFromBigInt(value);
                expect(hash).toHaveLength(32);
                expect(hashToBigInt(hash)).toBe(value);
                expect(hashFromHex(hashToHex(hash))).toEqual(hash);
            }),
        );
    });

    it('have one written form: 64 lowercase digits', () => {
        expect(asHashHex(abc)).toBe(abc);
        for (const text of [abc.toUpperCase(), abc.slice(1), `${abc}00`, `0x${abc}`, `${abc}\n`]) {
            expect(codeOf(() => asHashHex(text))).toBe('HASH_MALFORMED');
        }
    });

    it('have 32 bytes', () => {
        expect(codeOf(() => asHash(new Uint8Array(31)))).toBe('HASH_MALFORMED');
        expect(codeOf(() => hashFromBigInt(1n << 256n))).toBe('HASH_MALFORMED');
        expect(codeOf(() => hashFromBigInt(-1n))).toBe('HASH_MALFORMED');
    });
});
