import fc from 'fast-check';
import {
    checkTensor,
    DTYPES,
    dtypeOfOnnxNumber,
    elementCount,
    float16ToNumber,
    fromTypedArray,
    hasZeroDimension,
    numberToFloat16,
    numericTensor,
    onnxNumberOf,
    stringTensor,
    tensorBytes,
    tensorOf,
    tensorValues,
    toTypedArray,
    type NumericTensor,
} from '../../protocol';
import { codeOf, hex, tensors } from './arbitraries';

describe('element types', () => {
    it('have the numbers of TensorProto.DataType in onnx.proto', () => {
        const numbers = Object.fromEntries(DTYPES.map((dtype) => [dtype, onnxNumberOf(dtype)]));
        expect(numbers).toEqual({
            float32: 1,
            uint8: 2,
            int8: 3,
            uint16: 4,
            int16: 5,
            int32: 6,
            int64: 7,
            string: 8,
            bool: 9,
            float16: 10,
            float64: 11,
            uint32: 12,
            uint64: 13,
        });
        for (const dtype of DTYPES) expect(dtypeOfOnnxNumber(onnxNumberOf(dtype))).toBe(dtype);
    });

    it.each([
        [0, 'undefined'],
        [14, 'complex64'],
        [16, 'bfloat16'],
        [17, 'float8e4m3fn'],
        [21, 'uint4'],
        [22, 'int4'],
        [99, 'number 99'],
        [-1, 'number -1'],
    ])('do not include number %i, which is %s', (onnx, name) => {
        expect(codeOf(() => dtypeOfOnnxNumber(onnx))).toBe('TENSOR_DTYPE_UNSUPPORTED');
        expect(() => dtypeOfOnnxNumber(onnx)).toThrow(name);
    });
});

describe('dimensions', () => {
    it('give the number of elements, 1 for a scalar', () => {
        expect(elementCount([])).toBe(1);
        expect(elementCount([2, 3, 4])).toBe(24);
        expect(elementCount([2, 0, 4])).toBe(0);
    });

    it.each([
        ['negative', [-1]],
        ['not whole', [1.5]],
        ['not a number', [NaN]],
        ['not exact', [2 ** 53]],
        ['too large together', [2 ** 30, 2 ** 30]],
        ['too large together, even where a later 0 makes it nothing', [2 ** 30, 2 ** 30, 0]],
        ['too many', Array.from({ length: 33 }, () => 1)],
    ])('are refused when they are %s', (_, dims) => {
        expect(codeOf(() => elementCount(dims))).toBe('TENSOR_DIMS_INVALID');
    });
});

describe('a tensor', () => {
    it('has as many bytes as its dimensions ask for', () => {
        expect(numericTensor('int16', [3], new Uint8Array(6)).dims).toEqual([3]);
        expect(codeOf(() => numericTensor('int16', [3], new Uint8Array(5)))).toBe(
            'TENSOR_SIZE_MISMATCH',
        );
        expect(codeOf(() => numericTensor('int16', [2 ** 40], new Uint8Array(2)))).toBe(
            'TENSOR_SIZE_MISMATCH',
        );
        expect(codeOf(() => stringTensor([2], [new Uint8Array(0)]))).toBe('TENSOR_SIZE_MISMATCH');
    });

    it('has booleans of 0 and 1 only', () => {
        expect(codeOf(() => numericTensor('bool', [2], Uint8Array.of(1, 2)))).toBe(
            'TENSOR_VALUE_INVALID',
        );
    });

    it('says its name when it is wrong', () => {
        const tensor: NumericTensor = { dtype: 'uint8', dims: [2], data: new Uint8Array(1) };
        expect(() => checkTensor(tensor, 'pixels')).toThrow('"pixels" has 1 bytes');
    });

    it('may have no elements, which can be asked', () => {
        expect(hasZeroDimension(numericTensor('float32', [1, 3, 0], new Uint8Array(0)))).toBe(true);
        expect(hasZeroDimension(numericTensor('float32', [], new Uint8Array(4)))).toBe(false);
    });

    it('knows how many bytes its elements take', () => {
        expect(tensorBytes(tensorOf('string', [2], ['a', 'bcd']))).toBe(4);
        expect(tensorBytes(tensorOf('float64', [2], [1, 2]))).toBe(16);
    });
});

describe('values', () => {
    it('are laid out little-endian in row-major order', () => {
        expect(tensorOf('float32', [2], [1, -2]).data).toEqual(hex('0000803f 000000c0'));
        expect(tensorOf('int64', [2], [1n, -1n]).data).toEqual(
            hex('0100000000000000 ffffffffffffffff'),
        );
        expect(tensorOf('uint16', [2], [1, 0xabcd]).data).toEqual(hex('0100 cdab'));
        expect(tensorOf('float16', [3], [1, -2, 65504]).data).toEqual(hex('003c 00c0 ff7b'));
        expect(tensorOf('bool', [2], [true, false]).data).toEqual(hex('01 00'));
        expect(tensorOf('string', [2], ['é', '']).data).toEqual([hex('c3a9'), hex('')]);
    });

    it('read as they were written', () => {
        expect(tensorValues(tensorOf('int8', [2], [-128, 127]))).toEqual([-128, 127]);
        expect(tensorValues(tensorOf('uint64', [1], [2n ** 64n - 1n]))).toEqual([2n ** 64n - 1n]);
        expect(tensorValues(tensorOf('bool', [2], [true, false]))).toEqual([true, false]);
        expect(tensorValues(tensorOf('float16', [2], [0.5, -Infinity]))).toEqual([0.5, -Infinity]);
        expect(tensorValues(tensorOf('string', [1], ['día']))).toEqual(['día']);
    });

    it.each([
        ['int8', 128],
        ['uint8', -1],
        ['uint8', 1.5],
        ['int32', NaN],
        ['uint32', 2 ** 32],
    ] as const)('of %s do not include %d', (dtype, value) => {
        expect(codeOf(() => tensorOf(dtype, [1], [value]))).toBe('TENSOR_VALUE_INVALID');
    });

    it('of 64 bits are bigints in range', () => {
        expect(codeOf(() => tensorOf('int64', [1], [2n ** 63n]))).toBe('TENSOR_VALUE_INVALID');
        expect(codeOf(() => tensorOf('uint64', [1], [-1n]))).toBe('TENSOR_VALUE_INVALID');
        expect(codeOf(() => tensorOf('int64', [1], [5 as never]))).toBe('TENSOR_VALUE_INVALID');
    });
});

describe('typed arrays', () => {
    it('share the memory of a tensor that is aligned', () => {
        const data = new Uint8Array(16);
        const array = toTypedArray(numericTensor('float32', [2], data.subarray(8)));
        expect(array.buffer).toBe(data.buffer);
        expect(array.byteOffset).toBe(8);
    });

    it('are a copy of one that is not, with the same values', () => {
        const data = hex('ff 0000803f 000000c0').subarray(1);
        const array = toTypedArray(numericTensor('float32', [2], data));
        expect([...array]).toEqual([1, -2]);
        expect(array.buffer).not.toBe(data.buffer);
    });

    it('become tensors over their memory, also from the middle of a buffer', () => {
        const array = Int32Array.of(7, 8, 9).subarray(1);
        const tensor = fromTypedArray('int32', array, [2]);
        expect(tensorValues(tensor)).toEqual([8, 9]);
        expect(tensor.data.buffer).toBe(array.buffer);
    });

    it('are of the type that the element type has', () => {
        const wrong = Float64Array.of(1) as unknown as Float32Array;
        expect(codeOf(() => fromTypedArray('float32', wrong, [1]))).toBe(
            'TENSOR_DTYPE_UNSUPPORTED',
        );
        const plain = [1] as unknown as Float32Array;
        expect(codeOf(() => fromTypedArray('float32', plain, [1]))).toBe(
            'TENSOR_DTYPE_UNSUPPORTED',
        );
    });

    it('hold every tensor of elements of fixed size, bit for bit', () => {
        fc.assert(
            fc.property(tensors(), (tensor) => {
                if (tensor.dtype === 'string') return;
                const again = fromTypedArray(tensor.dtype, toTypedArray(tensor), tensor.dims);
                expect(again).toEqual(tensor);
            }),
        );
    });
});

describe('half precision', () => {
    it('has a value for all 65,536 bit patterns, and gives each of them back', () => {
        const broken: number[] = [];
        for (let bits = 0; bits < 0x10000; bits++) {
            const value = float16ToNumber(bits);
            const expected = Number.isNaN(value) ? 0x7e00 : bits;
            if (numberToFloat16(value) !== expected) broken.push(bits);
        }
        expect(broken).toEqual([]);
    });

    it('rounds to the nearest value, ties to the even one', () => {
        const step = 2 ** -10;
        expect(numberToFloat16(1 + step / 2)).toBe(0x3c00);
        expect(numberToFloat16(1 + (3 * step) / 2)).toBe(0x3c02);
        expect(numberToFloat16(1 + step / 2 + 1e-9)).toBe(0x3c01);
        expect(numberToFloat16(2 - step / 4)).toBe(0x4000);
        expect(numberToFloat16(2 ** -25)).toBe(0);
        expect(numberToFloat16(2 ** -25 * 1.01)).toBe(1);
        expect(numberToFloat16(2 ** -14 - 2 ** -26)).toBe(0x0400);
        expect(numberToFloat16(65519.9)).toBe(0x7bff);
        expect(numberToFloat16(65520)).toBe(0x7c00);
        expect(numberToFloat16(-0)).toBe(0x8000);
    });

    it('never rounds past a neighbour', () => {
        fc.assert(
            fc.property(fc.double({ min: -65504, max: 65504, noNaN: true }), (value) => {
                const bits = numberToFloat16(value);
                const error = Math.abs(float16ToNumber(bits) - value);
                // Bits of one sign are ordered as their values are.
                const neighbours = [bits - 1, bits + 1].filter(
                    (b) => (b ^ bits) < 0x8000 && b >= 0,
                );
                for (const neighbour of neighbours) {
                    expect(Math.abs(float16ToNumber(neighbour) - value)).toBeGreaterThanOrEqual(
                        error,
                    );
                }
            }),
        );
    });
});
