import fc from 'fast-check';
import { decodeTensor, encodeTensor, numericTensor, tensorOf, TensorError } from '../../protocol';
import { codeOf, hex, names, tensors } from './arbitraries';

/**
 * What `onnx.numpy_helper.from_array(array, name).SerializeToString()` writes: dims, data type,
 * name, raw data.
 */
const X = hex('08 02 08 01 10 01 42 01 78 4a 08 0000803f 000000c0');
const x = tensorOf('float32', [2, 1], [1, -2]);

describe('a tensor in canonical form', () => {
    it('is the TensorProto that the onnx package writes', () => {
        expect(encodeTensor(x, 'x')).toEqual(X);
        expect(decodeTensor(X)).toEqual({ name: 'x', tensor: x });
    });

    it('has its strings before its name', () => {
        const strings = tensorOf('string', [2], ['hi', '']);
        expect(encodeTensor(strings, 's')).toEqual(hex('08 02 10 08 32 02 6869 32 00 42 01 73'));
    });

    it('has no dimensions for a scalar, and no name when there is none', () => {
        expect(encodeTensor(tensorOf('int64', [], [300n]))).toEqual(
            hex('10 07 4a 08 2c01000000000000'),
        );
    });

    it('has empty raw data when there are no elements', () => {
        const empty = numericTensor('float32', [1, 0], new Uint8Array(0));
        expect(encodeTensor(empty, 'e')).toEqual(hex('08 01 08 00 10 01 42 01 65 4a 00'));
        expect(decodeTensor(encodeTensor(empty, 'e')).tensor).toEqual(empty);
    });

    it('gives back every tensor and name', () => {
        fc.assert(
            fc.property(tensors(), fc.oneof(names, fc.constant('')), (tensor, name) => {
                const bytes = encodeTensor(tensor, name);
                const decoded = decodeTensor(bytes);
                expect(decoded).toEqual({ name, tensor });
                expect(encodeTensor(decoded.tensor, decoded.name)).toEqual(bytes);
            }),
        );
    });

    it('is read without a copy of its data', () => {
        const { tensor } = decodeTensor(X);
        expect((tensor.data as Uint8Array).buffer).toBe(X.buffer);
    });

    it('cannot be made of a tensor whose dimensions and data do not agree', () => {
        const wrong = { ...x, dims: [3] } as typeof x;
        expect(codeOf(() => encodeTensor(wrong, 'x'))).toBe('TENSOR_SIZE_MISMATCH');
    });
});

describe('reading the canonical form', () => {
    it.each([
        ['packed dimensions', '0a 02 02 01 10 01 42 01 78 4a 08 0000803f000000c0'],
        ['fields in another order', '10 01 08 02 08 01 42 01 78 4a 08 0000803f000000c0'],
        ['a field twice', '08 02 08 01 10 01 10 01 42 01 78 4a 08 0000803f000000c0'],
        ['raw data twice', '08 02 08 01 10 01 42 01 78 4a 00 4a 08 0000803f000000c0'],
        ['raw data before the name', '08 02 08 01 10 01 4a 08 0000803f000000c0 42 01 78'],
        ['a longer varint', '08 82 00 08 01 10 01 42 01 78 4a 08 0000803f000000c0'],
        ['a longer tag', '88 00 02 08 01 10 01 42 01 78 4a 08 0000803f000000c0'],
        ['a longer length', '08 02 08 01 10 01 42 01 78 4a 88 00 0000803f000000c0'],
        ['an empty name', '08 02 08 01 10 01 42 00 4a 08 0000803f000000c0'],
        ['a doc string', '08 02 08 01 10 01 42 01 78 4a 08 0000803f000000c0 62 01 61'],
        ['typed elements', '08 02 08 01 10 01 22 08 0000803f000000c0 42 01 78'],
        ['no elements at all', '08 02 08 01 10 01 42 01 78'],
        ['raw data of strings', '08 01 10 08 32 01 61 4a 01 61'],
        ['strings of numbers', '08 01 10 02 32 01 61 4a 01 61'],
        ['a fixed 64-bit dimension', '09 0200000000000000 10 01 4a 08 0000803f000000c0'],
        ['an unknown field', '08 02 08 01 10 01 42 01 78 4a 08 0000803f000000c0 f8 06 01'],
        ['a data location', '08 02 08 01 10 01 42 01 78 4a 08 0000803f000000c0 70 00'],
    ])('refuses %s', (_, digits) => {
        expect(codeOf(() => decodeTensor(hex(digits)))).toBe('TENSOR_NOT_CANONICAL');
    });

    it.each([
        ['a negative dimension', '08 ffffffffffffffffff01 10 01 4a 00', 'TENSOR_DIMS_INVALID'],
        ['a dimension of 2^53', '08 8080808080808010 10 01 4a 00', 'TENSOR_DIMS_INVALID'],
        ['over 32 dimensions', '0801'.repeat(33) + '10 02 4a 01 00', 'TENSOR_DIMS_INVALID'],
        [
            'dimensions whose product overflows',
            '08 8080808004 08 8080808004 10 01 4a 00',
            'TENSOR_DIMS_INVALID',
        ],
        ['more elements than there are bytes', '08 8080808004 10 01 4a 00', 'TENSOR_SIZE_MISMATCH'],
        ['fewer elements than there are bytes', '08 01 10 02 4a 02 0000', 'TENSOR_SIZE_MISMATCH'],
        ['fewer strings than dimensions say', '08 02 10 08 32 00', 'TENSOR_SIZE_MISMATCH'],
        ['int4 elements', '08 01 10 16 4a 01 00', 'TENSOR_DTYPE_UNSUPPORTED'],
        ['bfloat16 elements', '08 01 10 10 4a 02 0000', 'TENSOR_DTYPE_UNSUPPORTED'],
        ['no element type', '08 01 4a 01 00', 'TENSOR_DTYPE_UNSUPPORTED'],
        ['a boolean of 2', '08 01 10 09 4a 01 02', 'TENSOR_VALUE_INVALID'],
        ['a name that is not UTF-8', '10 02 42 01 ff 4a 01 00', 'TENSOR_MALFORMED'],
        ['a length beyond the end', '10 02 4a 02 00', 'TENSOR_MALFORMED'],
        ['a length of 4 GiB', '10 02 4a ffffffff0f', 'TENSOR_MALFORMED'],
        ['a varint without end', '08 ffffffffffffffffffffff', 'TENSOR_MALFORMED'],
        ['field number 0', '00 00', 'TENSOR_MALFORMED'],
    ])('refuses %s', (_, digits, code) => {
        expect(codeOf(() => decodeTensor(hex(digits)))).toBe(code);
    });

    it('refuses a tensor that is cut short anywhere, and one with more behind it', () => {
        fc.assert(
            fc.property(tensors(), names, (tensor, name) => {
                const bytes = encodeTensor(tensor, name);
                // A string tensor ends with its name; without it, it is another whole tensor.
                const end = encodeTensor(tensor).length;
                for (let length = 0; length < bytes.length; length++) {
                    if (tensor.dtype === 'string' && length === end) continue;
                    expect(() => decodeTensor(bytes.subarray(0, length))).toThrow(TensorError);
                }
                expect(() => decodeTensor(Uint8Array.from([...bytes, 0]))).toThrow(TensorError);
            }),
        );
    });

    it('gives a tensor that encodes to the same bytes, or a TensorError, for any bytes', () => {
        const mutated = fc
            .tuple(tensors(), names, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
            .map(([tensor, name, changes]) => {
                const bytes = encodeTensor(tensor, name);
                for (const [at, value] of changes) bytes[at % bytes.length] = value;
                return bytes;
            });
        fc.assert(
            fc.property(fc.oneof(fc.uint8Array(), mutated), (bytes) => {
                try {
                    const { name, tensor } = decodeTensor(bytes);
                    expect(encodeTensor(tensor, name)).toEqual(bytes);
                } catch (error) {
                    expect(error).toBeInstanceOf(TensorError);
                }
            }),
            { numRuns: 1000 },
        );
    });
});
