import fc from 'fast-check';
import {
    bytesToHex,
    decodeBatch,
    decodeItem,
    decodeOutputItem,
    encodeBatch,
    encodeItem,
    encodeTensor,
    isCocoonError,
    itemHash,
    iterateBatch,
    numericTensor,
    sha256,
    tensorOf,
} from '../../protocol';
import { codeOf, hex, items, tensors } from './arbitraries';

const a = tensorOf('uint8', [1], [5]);
const b = tensorOf('bool', [], [true]);
/** `Item { tensors: [TensorProto a, TensorProto b] }` */
const ITEM = hex('0a 0a 0801 1002 42 01 61 4a 01 05  0a 08 1009 42 01 62 4a 01 01');
const A = ITEM.subarray(0, 12);
const B = ITEM.subarray(12);

function joined(...parts: readonly Uint8Array[]): Uint8Array {
    return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('an item', () => {
    it('is its tensors, sorted by name', () => {
        expect(encodeItem({ b, a })).toEqual(ITEM);
        expect(encodeItem(new Map([['b', b], ['a', a]]))).toEqual(ITEM); // prettier-ignore
        expect([...decodeItem(ITEM)]).toEqual([
            ['a', a],
            ['b', b],
        ]);
    });

    it('sorts names by their UTF-8 bytes, not by their UTF-16 code units', () => {
        const decoded = decodeItem(encodeItem({ '\u{1f600}': a, '\ufb33': b, é: a, z: b }));
        expect([...decoded.keys()]).toEqual(['z', 'é', '\ufb33', '\u{1f600}']);
    });

    it('is named by the SHA-256 of its bytes, so that it is a blob like others', () => {
        expect(itemHash(ITEM)).toEqual(sha256(ITEM));
        expect(bytesToHex(itemHash(ITEM))).toBe(
            '70c5f7d1eb5ba3f0b7276cdf6ba13225d0f04382664c9c1fb5926a9f81937c1f',
        );
    });

    it('has one encoding, which gives it back', () => {
        fc.assert(
            fc.property(items, (item) => {
                const bytes = encodeItem(item);
                const decoded = decodeItem(bytes);
                expect(new Map(decoded)).toEqual(new Map(item));
                expect(encodeItem(decoded)).toEqual(bytes);
                expect(encodeItem(new Map([...item].reverse()))).toEqual(bytes);
            }),
        );
    });

    it('has a tensor, and names of 1 to 512 bytes', () => {
        expect(codeOf(() => encodeItem({}))).toBe('ITEM_EMPTY');
        expect(codeOf(() => decodeItem(hex('')))).toBe('ITEM_EMPTY');
        expect(codeOf(() => encodeItem({ '': a }))).toBe('ITEM_NAME_INVALID');
        expect(codeOf(() => encodeItem({ ['é'.repeat(257)]: a }))).toBe('ITEM_NAME_INVALID');
        expect(codeOf(() => encodeItem({ '\ud800': a }))).toBe('UTF8_MALFORMED');
        expect(codeOf(() => decodeItem(hex('0a 07 0801 1002 4a 01 05')))).toBe('ITEM_NAME_INVALID');
    });

    it('has at most 256 tensors, and at most 64 MiB', () => {
        const many = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`x${i}`, a]));
        expect(codeOf(() => encodeItem(many))).toBe('ITEM_TOO_LARGE');
        const large = numericTensor('uint8', [2 ** 26], new Uint8Array(2 ** 26));
        expect(codeOf(() => encodeItem({ large }))).toBe('ITEM_TOO_LARGE');
        expect(codeOf(() => decodeItem(ITEM, { maxBytes: ITEM.length - 1 }))).toBe(
            'ITEM_TOO_LARGE',
        );
        expect(decodeItem(ITEM, { maxBytes: ITEM.length }).size).toBe(2);
    });

    it('may have a dimension of 0 as an output, but not as an input', () => {
        const nothing = numericTensor('float32', [0, 4], hex(''));
        const bytes = encodeItem({ boxes: nothing });
        expect(decodeOutputItem(bytes).get('boxes')).toEqual(nothing);
        expect(codeOf(() => decodeItem(bytes))).toBe('ITEM_ZERO_DIMENSION');
        expect(() => decodeItem(bytes)).toThrow('"boxes"');
    });
});

describe('reading an item', () => {
    it.each([
        ['tensors out of order', joined(B, A), 'ITEM_MALFORMED'],
        ['the same name twice', joined(A, A), 'ITEM_MALFORMED'],
        ['another field', joined(A, hex('12 00')), 'ITEM_MALFORMED'],
        ['another wire type', joined(hex('08 01'), A), 'ITEM_MALFORMED'],
        ['a longer length', joined(hex('0a 8a 00'), A.subarray(2)), 'ITEM_MALFORMED'],
        ['a longer tag', joined(hex('8a 00'), A.subarray(1)), 'ITEM_MALFORMED'],
        ['a length beyond the end', hex('0a 7f 08'), 'ITEM_MALFORMED'],
        ['a length of 4 GiB', hex('0a ff ff ff ff 0f 08'), 'ITEM_MALFORMED'],
        ['a length over 32 bits', hex('0a 80 80 80 80 10'), 'ITEM_MALFORMED'],
        ['a tensor that is not canonical', hex('0a 06 0801 1002 2805'), 'TENSOR_NOT_CANONICAL'],
        ['a tensor that is malformed', hex('0a 02 4a 05'), 'TENSOR_MALFORMED'],
    ])('refuses %s', (_, bytes, code) => {
        expect(codeOf(() => decodeItem(bytes))).toBe(code);
    });

    it('refuses an item that is cut short, except between two tensors', () => {
        for (let length = 0; length < ITEM.length; length++) {
            const cut = ITEM.subarray(0, length);
            if (length === A.length) expect([...decodeItem(cut).keys()]).toEqual(['a']);
            else expect(codeOf(() => decodeItem(cut))).toMatch(/^(ITEM|TENSOR)_/);
        }
    });

    it('gives an item that encodes to the same bytes, or a typed error, for any bytes', () => {
        const mutated = fc
            .tuple(items, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
            .map(([item, changes]) => {
                const bytes = encodeItem(item);
                for (const [at, value] of changes) bytes[at % bytes.length] = value;
                return bytes;
            });
        fc.assert(
            fc.property(fc.oneof(fc.uint8Array(), mutated), (bytes) => {
                try {
                    expect(encodeItem(decodeItem(bytes))).toEqual(bytes);
                } catch (error) {
                    expect(isCocoonError(error)).toBe(true);
                }
            }),
            { numRuns: 500 },
        );
    });
});

describe('a batch', () => {
    it('is its items, in their order', () => {
        const bytes = encodeBatch([ITEM, hex('ff'), hex('')]);
        expect(bytes).toEqual(joined(hex('0a 16'), ITEM, hex('0a 01 ff  0a 00')));
        expect(decodeBatch(bytes)).toEqual([ITEM, hex('ff'), hex('')]);
        expect(decodeBatch(encodeBatch([]))).toEqual([]);
    });

    it('gives back its items as views of its bytes', () => {
        fc.assert(
            fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (list) => {
                const bytes = encodeBatch(list);
                const decoded = decodeBatch(bytes);
                expect(decoded).toEqual(list);
                expect(decoded.every((item) => item.buffer === bytes.buffer)).toBe(true);
            }),
        );
    });

    it('can be read up to where it is malformed', () => {
        const reader = iterateBatch(hex('0a 01 05 12 00'));
        expect(reader.next().value).toEqual(hex('05'));
        expect(codeOf(() => reader.next())).toBe('BATCH_MALFORMED');
    });

    it('is refused when it is cut short inside an item', () => {
        const whole = encodeBatch([hex('0102'), hex('030405')]);
        const complete = new Set([0, 4]);
        for (let length = 0; length < whole.length; length++) {
            const code = codeOf(() => decodeBatch(whole.subarray(0, length)));
            expect(code).toBe(complete.has(length) ? undefined : 'BATCH_MALFORMED');
        }
    });

    it('is refused over the limits of its reader', () => {
        const bytes = encodeBatch([hex('01'), hex('02')]);
        expect(decodeBatch(bytes, { maxItems: 2, maxBytes: 6 })).toHaveLength(2);
        expect(codeOf(() => decodeBatch(bytes, { maxItems: 1 }))).toBe('BATCH_TOO_LARGE');
        expect(codeOf(() => decodeBatch(bytes, { maxBytes: 5 }))).toBe('BATCH_TOO_LARGE');
    });

    it('has at most 1,000,000 items, each of which may be large', () => {
        const empty = hex('');
        const items = Array.from({ length: 1_000_001 }, () => empty);
        expect(codeOf(() => encodeBatch(items))).toBe('BATCH_TOO_LARGE');
        const large = new Uint8Array(3 * 2 ** 21).fill(7);
        const [first, second] = decodeBatch(encodeBatch([large, hex('01')]));
        expect(first).toHaveLength(large.length);
        expect(second).toEqual(hex('01'));
    });
});

describe('an item in a file of another tool', () => {
    it('holds each tensor as an ONNX file would', () => {
        fc.assert(
            fc.property(tensors({ minDim: 1 }), (tensor) => {
                const file = encodeTensor(tensor, 'x');
                const bytes = encodeItem({ x: tensor });
                expect(bytes.subarray(bytes.length - file.length)).toEqual(file);
            }),
        );
    });
});
