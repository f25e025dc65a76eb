import fc from 'fast-check';
import {
    decodeTensorProto,
    encodeTensor,
    numericTensor,
    tensorOf,
    TensorError,
    tensorValues,
    type Tensor,
} from '../../protocol';
import { codeOf, hex, names, tensors } from './arbitraries';

function decoded(digits: string): Tensor {
    return decodeTensorProto(hex(digits)).tensor;
}

describe('a tensor of another tool', () => {
    it('may be canonical already', () => {
        fc.assert(
            fc.property(tensors(), names, (tensor, name) => {
                expect(decodeTensorProto(encodeTensor(tensor, name))).toEqual({ name, tensor });
            }),
        );
    });

    it.each([
        ['packed floats', '08 02 10 01 22 08 0000803f 000000c0', tensorOf('float32', [2], [1, -2])],
        [
            'floats one by one',
            '08 02 10 01 25 0000803f 25 000000c0',
            tensorOf('float32', [2], [1, -2]),
        ],
        [
            'a mix of both',
            '08 02 10 01 22 04 0000803f 25 000000c0',
            tensorOf('float32', [2], [1, -2]),
        ],
        ['packed doubles', '08 01 10 0b 52 08 000000000000f03f', tensorOf('float64', [1], [1])],
        ['packed dimensions', '0a 02 02 01 10 02 4a 02 0506', tensorOf('uint8', [2, 1], [5, 6])],
        [
            'int32 elements',
            '08 02 10 06 2a 0b 01 ffffffffffffffffff01',
            tensorOf('int32', [2], [1, -1]),
        ],
        [
            'int8 in 32-bit elements',
            '08 01 10 03 28 80ffffffffffffffff01',
            tensorOf('int8', [1], [-128]),
        ],
        ['uint16 in 32-bit elements', '08 01 10 04 28 ffff03', tensorOf('uint16', [1], [65535])],
        ['float16 bits in 32-bit elements', '08 01 10 0a 28 8078', tensorOf('float16', [1], [1])],
        [
            'bools in 32-bit elements',
            '08 02 10 09 2a 02 01 00',
            tensorOf('bool', [2], [true, false]),
        ],
        ['int64 elements', '08 01 10 07 3a 0a ffffffffffffffffff01', tensorOf('int64', [1], [-1n])],
        [
            'uint64 elements',
            '08 01 10 0d 58 ffffffffffffffffff01',
            tensorOf('uint64', [1], [2n ** 64n - 1n]),
        ],
        [
            'uint32 in 64-bit elements',
            '08 01 10 0c 58 ffffffff0f',
            tensorOf('uint32', [1], [2 ** 32 - 1]),
        ],
        ['fields in another order', '42 01 61 4a 01 05 10 02 08 01', tensorOf('uint8', [1], [5])],
        ['longer varints', '08 81 00 10 82 00 4a 81 00 05', tensorOf('uint8', [1], [5])],
        ['no elements and no raw data', '08 00 10 01', numericTensor('float32', [0], hex(''))],
        ['no strings', '08 00 10 08', tensorOf('string', [0], [])],
        ['a data location of 0', '08 01 10 02 4a 01 05 70 00', tensorOf('uint8', [1], [5])],
        [
            'a doc string and unknown fields',
            '62 01 61 08 01 10 02 4a 01 05 f8 06 01 82 01 00',
            tensorOf('uint8', [1], [5]),
        ],
    ])('may have %s', (_, digits, tensor) => {
        expect(decoded(digits)).toEqual(tensor);
    });

    it('keeps the payload of a NaN', () => {
        expect(decoded('10 01 25 0100c07f').data).toEqual(hex('0100c07f'));
        expect(decoded('10 0b 51 010000000000f87f').data).toEqual(hex('010000000000f87f'));
    });

    it('becomes canonical when it is encoded again', () => {
        const { name, tensor } = decodeTensorProto(
            hex('42 01 78 22 08 0000803f 000000c0 10 01 0a 02 02 01'),
        );
        expect(encodeTensor(tensor, name)).toEqual(
            hex('08 02 08 01 10 01 42 01 78 4a 08 0000803f 000000c0'),
        );
        expect(tensorValues(tensor)).toEqual([1, -2]);
    });
});

describe('reading a tensor of another tool', () => {
    it.each([
        ['external data', '08 01 10 02 6a 00 70 01', 'TENSOR_EXTERNAL_DATA'],
        ['an external location alone', '08 01 10 02 70 01', 'TENSOR_EXTERNAL_DATA'],
        ['a segment', '08 01 10 02 1a 02 08 00 4a 01 05', 'TENSOR_EXTERNAL_DATA'],
        ['elements in two places', '08 01 10 01 25 0000803f 4a 04 0000803f', 'TENSOR_MALFORMED'],
        ['elements in the wrong place', '08 01 10 01 28 01', 'TENSOR_MALFORMED'],
        ['raw data of strings', '08 01 10 08 4a 01 61', 'TENSOR_MALFORMED'],
        ['strings of numbers', '08 01 10 02 32 01 61', 'TENSOR_MALFORMED'],
        ['a wrong wire type of raw data', '08 01 10 02 48 05', 'TENSOR_MALFORMED'],
        ['a wrong wire type of floats', '08 01 10 01 20 05', 'TENSOR_MALFORMED'],
        ['a wrong wire type of the name', '40 05', 'TENSOR_MALFORMED'],
        ['a wrong wire type of the element type', '12 00', 'TENSOR_MALFORMED'],
        ['packed floats that end early', '08 01 10 01 22 03 000080', 'TENSOR_MALFORMED'],
        ['an int8 over 127', '08 01 10 03 28 8001', 'TENSOR_VALUE_INVALID'],
        ['a boolean of 2', '08 01 10 09 28 02', 'TENSOR_VALUE_INVALID'],
        ['a uint32 over 2^32', '08 01 10 0c 58 8080808010', 'TENSOR_VALUE_INVALID'],
        ['fewer elements than dimensions say', '08 02 10 06 28 01', 'TENSOR_SIZE_MISMATCH'],
        ['int4', '08 01 10 16 28 01', 'TENSOR_DTYPE_UNSUPPORTED'],
        ['a negative dimension', '08 ffffffffffffffffff01 10 02 4a 00', 'TENSOR_DIMS_INVALID'],
        ['groups without end', '0b'.repeat(200), 'TENSOR_MALFORMED'],
        ['unknown groups inside one another', 'a306'.repeat(200), 'TENSOR_MALFORMED'],
    ])('refuses %s', (_, digits, code) => {
        expect(codeOf(() => decodeTensorProto(hex(digits)))).toBe(code);
    });

    it('gives a tensor or a TensorError for any bytes', () => {
        fc.assert(
            fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
                try {
                    const { name, tensor } = decodeTensorProto(bytes);
                    encodeTensor(tensor, name);
                } catch (error) {
                    expect(error).toBeInstanceOf(TensorError);
                }
            }),
            { numRuns: 2000 },
        );
    });
});
