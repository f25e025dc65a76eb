import * as fc from 'fast-check';
import {
    bytesToHex,
    contentKeyHash,
    createItemOpener,
    createItemSeal,
    deriveClientSeed,
    deriveContentKey,
    hashFromHex,
    hexToBytes,
    itemKeyLeaf,
    itemKeys,
    itemKeysRoot,
    nobleSuite,
    padmeLength,
    SealError,
    type SealedDirection,
    sealedLength,
    utf8ToBytes,
    verifyInclusion,
} from '../../protocol';
import { pad, unpad } from '../../protocol/padding';
import { createItemKeyTrees } from '../../provider/item-key-trees';
import { nativeSuite } from '../../sdk/node';
import vectors from './sealing-vectors.json';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const HASH = contentKeyHash(KEY);
const ESCROW = { workchain: 0, hash: new Uint8Array(32).fill(7) };
const OUTPUT: SealedDirection = { kind: 'output', escrow: ESCROW, jobId: 5 };
const INPUT: SealedDirection = { kind: 'input' };
const text = utf8ToBytes('an item');
const otherKey = new Uint8Array(32).fill(9);

/** The code of the SealError that a call throws. */
function refusal(work: () => unknown): string | undefined {
    try {
        work();
    } catch (error) {
        if (error instanceof SealError) return error.code;
        throw error;
    }
    return undefined;
}

describe('Padmé', () => {
    it.each([
        [0, 0],
        [1, 1],
        [8, 8],
        [9, 10],
        [11, 12],
        [1_000, 1_024],
        [1_000_001, 1_015_808],
    ])('pads %i bytes to %i', (length, padded) => {
        expect(padmeLength(length)).toBe(padded);
    });

    it('costs at most 12 %, is never shorter, and keeps what is padded', () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (length) => {
                const padded = padmeLength(length);
                expect(padded).toBeGreaterThanOrEqual(length);
                expect(padded / length).toBeLessThan(1.12);
                expect(padmeLength(padded)).toBe(padded);
            }),
        );
    });

    it('gives back what was padded, and refuses what it never makes', () => {
        fc.assert(
            fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
                expect(unpad(pad(bytes))).toEqual(bytes);
            }),
        );
        for (const wrong of ['', '00', '0100', '80000000', 'ff']) {
            expect(refusal(() => unpad(hexToBytes(wrong)))).toBe('PADDING_WRONG');
        }
    });
});

describe('AEAD_CHACHA20_POLY1305', () => {
    it.each([
        ['the portable suite', nobleSuite],
        ['the native suite', nativeSuite],
    ])('is that of RFC 8439, section 2.8.2, in %s', (_name, suite) => {
        const { key, nonce, aad, plain, sealed } = vectors.rfc8439;
        const parts = [hexToBytes(key), hexToBytes(nonce), hexToBytes(aad)] as const;
        expect(bytesToHex(suite.encrypt(...parts, utf8ToBytes(plain)))).toBe(sealed);
        const opened = suite.decrypt(...parts, hexToBytes(sealed)) ?? new Uint8Array(0);
        expect(bytesToHex(opened)).toBe(bytesToHex(utf8ToBytes(plain)));
        expect(suite.decrypt(...parts, hexToBytes(`${sealed.slice(0, -2)}00`))).toBeUndefined();
    });

    it.each([
        ['the portable suite', nobleSuite],
        ['the native suite', nativeSuite],
    ])('goes with the HMAC-SHA256 of RFC 4231, test case 2, in %s', (_name, suite) => {
        const { key, data, mac } = vectors.rfc4231;
        const parts = [utf8ToBytes(data.slice(0, 4)), utf8ToBytes(data.slice(4))];
        expect(bytesToHex(suite.hmac(utf8ToBytes(key), parts))).toBe(mac);
    });
});

describe('A sealed item', () => {
    it.each([
        ['the portable suite', nobleSuite],
        ['the native suite', nativeSuite],
    ])('has these bytes for ever, in %s', (_name, suite) => {
        for (const { direction, index, item, sealed } of vectors.items) {
            const which = direction === 'input' ? INPUT : OUTPUT;
            const seal = createItemSeal(KEY, HASH, which, suite);
            expect(bytesToHex(seal.seal(index, utf8ToBytes(item)))).toBe(sealed);
            expect(bytesToHex(seal.open(index, hexToBytes(sealed)))).toBe(
                bytesToHex(utf8ToBytes(item)),
            );
        }
    });

    it('opens to what was sealed, at its padded length', () => {
        const seal = createItemSeal(KEY, HASH, INPUT);
        fc.assert(
            fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(999_999), (item, index) => {
                const sealed = seal.seal(index, item);
                expect(sealed.length).toBe(sealedLength(item.length));
                expect(bytesToHex(seal.open(index, sealed))).toBe(bytesToHex(item));
            }),
        );
    });

    it('looks different at every place and in every direction', () => {
        const inputs = createItemSeal(KEY, HASH, INPUT);
        const outputs = createItemSeal(KEY, HASH, OUTPUT);
        const all = [inputs.seal(0, text), inputs.seal(1, text), outputs.seal(0, text)];
        expect(new Set(all.map((one) => bytesToHex(one.subarray(0, 32)))).size).toBe(3);
    });

    const sealed = createItemSeal(KEY, HASH, OUTPUT).seal(3, text);
    const open = (direction: SealedDirection, index = 3, key = KEY) => {
        const seal = createItemSeal(key, contentKeyHash(key), direction);
        return refusal(() => seal.open(index, sealed));
    };

    it('is refused at another place, in another job, in the other direction, under another key', () => {
        expect(open(OUTPUT)).toBeUndefined();
        expect(open(OUTPUT, 2)).toBe('SEALED_REFUSED');
        expect(open(INPUT)).toBe('SEALED_REFUSED');
        expect(open({ ...OUTPUT, jobId: 6 })).toBe('SEALED_REFUSED');
        const escrow = { workchain: 0, hash: new Uint8Array(32).fill(8) };
        expect(open({ ...OUTPUT, escrow })).toBe('SEALED_REFUSED');
        expect(open(OUTPUT, 3, otherKey)).toBe('SEALED_REFUSED');
    });

    it('is refused when one bit of it was changed, or a byte is missing', () => {
        const seal = createItemSeal(KEY, HASH, OUTPUT);
        for (let at = 0; at < sealed.length; at++) {
            const changed = Uint8Array.from(sealed);
            changed[at] = (changed[at] ?? 0) ^ 1;
            expect(refusal(() => seal.open(3, changed))).toBe('SEALED_REFUSED');
        }
        expect(refusal(() => seal.open(3, sealed.subarray(1)))).toBe('SEALED_REFUSED');
        expect(refusal(() => seal.open(3, sealed.subarray(0, 40)))).toBe('SEALED_TRUNCATED');
    });

    it('is neither sealed nor opened under a key that was not committed to', () => {
        expect(refusal(() => createItemSeal(otherKey, HASH, INPUT))).toBe('KEY_WRONG');
        expect(refusal(() => createItemSeal(KEY.subarray(1), HASH, INPUT))).toBe('KEY_WRONG');
    });
});

describe('The key of one item', () => {
    const items = ['zero', 'one', 'two'].map(utf8ToBytes);
    const seals = {
        input: createItemSeal(KEY, HASH, INPUT),
        output: createItemSeal(KEY, HASH, OUTPUT),
    };

    it('opens the input and the output of that item, and nothing else of the job', () => {
        const itemKey = itemKeys(KEY)(1);
        for (const [kind, direction] of [
            ['input', INPUT],
            ['output', OUTPUT],
        ] as const) {
            const open = createItemOpener(itemKey, HASH, direction, nativeSuite);
            const sealed = items.map((item, index) => seals[kind].seal(index, item));
            expect(bytesToHex(open(1, sealed[1]!))).toBe(bytesToHex(items[1]!));
            expect(refusal(() => open(0, sealed[0]!))).toBe('SEALED_REFUSED');
            expect(refusal(() => open(2, sealed[2]!))).toBe('SEALED_REFUSED');
            expect(refusal(() => open(0, sealed[1]!))).toBe('SEALED_REFUSED');
        }
    });

    it('is bound to what it opens: an iv that another key makes is refused', () => {
        // Encrypted by the rules under a key of the sealer's own, which the spec has not.
        const own = createItemSeal(otherKey, contentKeyHash(otherKey), INPUT).seal(1, items[1]!);
        const open = createItemOpener(itemKeys(KEY)(1), HASH, INPUT);
        expect(refusal(() => open(1, own))).toBe('SEALED_REFUSED');
    });

    it('is committed to by the root in the spec, at its place', async () => {
        const { count: three, root: always } = vectors.itemKeysRoot;
        expect(itemKeysRoot(KEY, three)).toBe(always);
        for (const count of [1, 2, 3, 1_024, 1_025, 2_500]) {
            const job = { contentKey: KEY, keyHash: HASH, items: count };
            const trees = createItemKeyTrees();
            const root = itemKeysRoot(KEY, count);
            expect(await trees.root(job)).toBe(root);
            for (const index of new Set([0, count - 1, count >> 1])) {
                const { itemKey, proof } = await trees.prove(job, index);
                const claim = { size: count, proof, root: hashFromHex(root) };
                const leafHash = itemKeyLeaf(itemKey);
                expect(verifyInclusion({ ...claim, leafHash, index })).toBe(true);
                expect(verifyInclusion({ ...claim, leafHash: itemKeyLeaf(KEY), index })).toBe(
                    false,
                );
            }
        }
    });
});

describe("What follows from a client's secret", () => {
    const { secret, salt, contentKey, seed } = vectors.derived;

    it('is the same for ever', () => {
        const from = [hexToBytes(secret), hexToBytes(salt)] as const;
        expect(bytesToHex(deriveContentKey(...from))).toBe(contentKey);
        expect(bytesToHex(deriveClientSeed(...from, { escrow: ESCROW, jobId: 5 }))).toBe(seed);
    });

    it('is another one for another salt, job or secret, and needs 32 bytes', () => {
        const other = new Uint8Array(32).fill(1);
        const keys = [
            deriveContentKey(hexToBytes(secret), other),
            deriveContentKey(other, hexToBytes(salt)),
        ];
        const seeds = [5, 6].map((jobId) =>
            deriveClientSeed(hexToBytes(secret), hexToBytes(salt), { escrow: ESCROW, jobId }),
        );
        const all = [contentKey, ...[...keys, ...seeds].map(bytesToHex)];
        expect(new Set(all).size).toBe(all.length);
        expect(() => deriveContentKey(other.subarray(1), other)).toThrow(RangeError);
    });
});
