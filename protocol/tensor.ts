import { NUMERIC_DTYPES, type NumericDType } from './dtype';
import { TensorError } from './errors';
import { MAX_STRING_ELEMENTS, MAX_TENSOR_RANK } from './limits';

/** A tensor of elements of fixed size. */
export interface NumericTensor<D extends NumericDType = NumericDType> {
    readonly dtype: D;
    /** Length of each dimension; none for a scalar. */
    readonly dims: readonly number[];
    /** Elements in row-major order, little-endian; booleans as bytes 0 and 1. */
    readonly data: Uint8Array;
}

/** A tensor of strings. */
export interface StringTensor {
    readonly dtype: 'string';
    /** Length of each dimension; none for a scalar. */
    readonly dims: readonly number[];
    /** Elements in row-major order; ONNX means UTF-8, and other bytes are carried unchanged. */
    readonly data: readonly Uint8Array[];
}

/** A value that a model takes or gives: what the ONNX `TensorProto` describes, without a name. */
export type Tensor = NumericTensor | StringTensor;

/** Whether the elements have a fixed size. */
export function isNumeric(tensor: Tensor): tensor is NumericTensor {
    return tensor.dtype !== 'string';
}

/**
 * Makes a tensor of elements of fixed size from their little-endian bytes, which are not copied.
 *
 * @throws TensorError as `checkTensor` does.
 */
export function numericTensor<D extends NumericDType>(
    dtype: D,
    dims: readonly number[],
    data: Uint8Array,
): NumericTensor<D> {
    const tensor: NumericTensor<D> = { dtype, dims, data };
    checkTensor(tensor);
    return tensor;
}

/**
 * Makes a string tensor from the bytes of its elements, which are not copied.
 *
 * @throws TensorError as `checkTensor` does.
 */
export function stringTensor(dims: readonly number[], data: readonly Uint8Array[]): StringTensor {
    const tensor: StringTensor = { dtype: 'string', dims, data };
    checkTensor(tensor);
    return tensor;
}

/**
 * Number of elements of these dimensions; 1 for a scalar, which has none.
 *
 * @throws TensorError `TENSOR_DIMS_INVALID` over 32 dimensions, for one that is negative or no
 * whole number, and when the product is no longer exact.
 */
export function elementCount(dims: readonly number[], tensor?: string): number {
    if (dims.length > MAX_TENSOR_RANK) {
        throw invalidDims(dims, `has over ${MAX_TENSOR_RANK} dimensions`, tensor);
    }
    if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
        throw invalidDims(dims, 'has a dimension that is not a whole number from 0', tensor);
    }
    let count = 1;
    for (const dim of dims) {
        count *= dim;
        // Checked at each step: a later 0 must not hide that the sizes make no sense.
        if (!Number.isSafeInteger(count)) throw invalidDims(dims, 'is too large', tensor);
    }
    return count;
}

/**
 * Whether a dimension is 0, so that the tensor has no elements. Models may give such outputs;
 * as an input one can end the process that runs the model, so items with one are refused.
 */
export function hasZeroDimension(tensor: Tensor): boolean {
    return tensor.dims.includes(0);
}

/** Bytes that the elements of a tensor take. */
export function tensorBytes(tensor: Tensor): number {
    if (isNumeric(tensor)) return tensor.data.length;
    return tensor.data.reduce((sum, element) => sum + element.length, 0);
}

/**
 * Checks that dimensions, length and values of a tensor agree.
 *
 * @param name Name for the message, if the tensor has one.
 * @throws TensorError `TENSOR_DIMS_INVALID`, `TENSOR_SIZE_MISMATCH` when the elements are not as
 * many as the dimensions say, `TENSOR_VALUE_INVALID` for a boolean other than 0 and 1.
 */
export function checkTensor(tensor: Tensor, name?: string): void {
    const count = elementCount(tensor.dims, name);
    if (!isNumeric(tensor)) {
        checkLength(tensor.data.length, count, 'strings', name);
        checkStringCount(count, name);
        return;
    }
    checkLength(tensor.data.length, count * NUMERIC_DTYPES[tensor.dtype].bytes, 'bytes', name);
    if (tensor.dtype === 'bool' && tensor.data.some((byte) => byte > 1)) {
        throw new TensorError('TENSOR_VALUE_INVALID', `${subject(name)} has a boolean over 1.`, {
            hint: 'Write booleans as the bytes 0 and 1.',
            tensor: name,
        });
    }
}

/** @throws TensorError `TENSOR_SIZE_MISMATCH` over 1,000,000 strings. */
export function checkStringCount(count: number, name?: string): void {
    if (count <= MAX_STRING_ELEMENTS) return;
    throw new TensorError(
        'TENSOR_SIZE_MISMATCH',
        `${subject(name)} has over ${MAX_STRING_ELEMENTS} strings.`,
        { hint: 'Split it over several items.', tensor: name },
    );
}

/** "The tensor "x"", or "The tensor" when it has no name. */
export function subject(name: string | undefined): string {
    return name === undefined || name === '' ? 'The tensor' : `The tensor ${JSON.stringify(name)}`;
}

function checkLength(got: number, wanted: number, unit: string, name: string | undefined): void {
    if (got === wanted) return;
    throw new TensorError(
        'TENSOR_SIZE_MISMATCH',
        `${subject(name)} has ${got} ${unit}, where its dimensions ask for ${wanted}.`,
        { hint: 'Make the dimensions agree with the elements.', tensor: name },
    );
}

function invalidDims(dims: readonly number[], what: string, tensor?: string): TensorError {
    const shown = dims.slice(0, MAX_TENSOR_RANK).join(', ');
    return new TensorError('TENSOR_DIMS_INVALID', `A tensor of [${shown}] ${what}.`, {
        hint: 'Use at most 32 dimensions, whose product is below 2^53.',
        tensor,
    });
}

/** Whether two tensors have the same element type and dimensions. */
export function haveSameType(a: Tensor, b: Tensor): boolean {
    return (
        a.dtype === b.dtype &&
        a.dims.length === b.dims.length &&
        a.dims.every((dim, axis) => dim === b.dims[axis])
    );
}
