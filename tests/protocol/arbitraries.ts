import fc from 'fast-check';
import {
    DTYPES,
    elementCount,
    hexToBytes,
    NUMERIC_DTYPES,
    numericTensor,
    stringTensor,
    type DType,
    type Item,
    type Tensor,
} from '../../protocol';

/** Bytes of hex digits, between which white space is allowed. */
export function hex(digits: string): Uint8Array {
    return hexToBytes(digits.replace(/\s/g, ''));
}

export const dtypes = fc.constantFrom(...DTYPES);

/** Dimensions of a small tensor; scalars and empty tensors among them unless `minDim` is 1. */
export function dims(minDim: number): fc.Arbitrary<number[]> {
    return fc.array(fc.integer({ min: minDim, max: 4 }), { maxLength: 4 });
}

function tensorOfType(dtype: DType, minDim: number): fc.Arbitrary<Tensor> {
    return dims(minDim).chain((shape): fc.Arbitrary<Tensor> => {
        const count = elementCount(shape);
        if (dtype === 'string') {
            const bytes = fc.uint8Array({ maxLength: 6 });
            return fc
                .array(bytes, { minLength: count, maxLength: count })
                .map((data) => stringTensor(shape, data));
        }
        const length = count * NUMERIC_DTYPES[dtype].bytes;
        const max = dtype === 'bool' ? 1 : 255;
        return fc
            .uint8Array({ minLength: length, maxLength: length, max })
            .map((data) => numericTensor(dtype, shape, data));
    });
}

/** Any tensor, of any element type and any bytes. */
export function tensors({ minDim = 0 } = {}): fc.Arbitrary<Tensor> {
    return dtypes.chain((dtype) => tensorOfType(dtype, minDim));
}

/** Names of tensors, of which some need more than a byte a character. */
export const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });

/** Any item that may be an input. */
export const items: fc.Arbitrary<Item> = fc
    .uniqueArray(fc.tuple(names, tensors({ minDim: 1 })), {
        minLength: 1,
        maxLength: 4,
        selector: ([name]) => name,
    })
    .map((entries) => new Map(entries));

/** The code of what a function throws, or undefined. */
export function codeOf(run: () => unknown): string | undefined {
    try {
        run();
    } catch (error) {
        return (error as { code?: string }).code ?? String(error);
    }
    return undefined;
}
