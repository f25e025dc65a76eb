import { TensorError } from './errors';

/** Typed array that holds the elements of each dtype, as onnxruntime hands them over. */
export interface TypedArrays {
    float32: Float32Array;
    float64: Float64Array;
    /** Bits of IEEE 754 half precision. */
    float16: Uint16Array;
    int8: Int8Array;
    uint8: Uint8Array;
    int16: Int16Array;
    uint16: Uint16Array;
    int32: Int32Array;
    uint32: Uint32Array;
    int64: BigInt64Array;
    uint64: BigUint64Array;
    /** One byte an element, 0 or 1. */
    bool: Uint8Array;
}

/** Element types of fixed size, by the names that onnxruntime uses. */
export type NumericDType = keyof TypedArrays;

/** Element types that a tensor may have. */
export type DType = NumericDType | 'string';

interface NumericDTypeFacts {
    /** Number in `TensorProto.DataType` of onnx.proto. */
    readonly onnx: number;
    /** Bytes of one element. */
    readonly bytes: number;
}

/** Facts of each element type of fixed size. */
export const NUMERIC_DTYPES: { readonly [D in NumericDType]: NumericDTypeFacts } = {
    float32: { onnx: 1, bytes: 4 },
    uint8: { onnx: 2, bytes: 1 },
    int8: { onnx: 3, bytes: 1 },
    uint16: { onnx: 4, bytes: 2 },
    int16: { onnx: 5, bytes: 2 },
    int32: { onnx: 6, bytes: 4 },
    int64: { onnx: 7, bytes: 8 },
    bool: { onnx: 9, bytes: 1 },
    float16: { onnx: 10, bytes: 2 },
    float64: { onnx: 11, bytes: 8 },
    uint32: { onnx: 12, bytes: 4 },
    uint64: { onnx: 13, bytes: 8 },
};

/** Number of `string` in `TensorProto.DataType`. */
export const ONNX_STRING = 8;

/** All element types, in the order of their ONNX numbers. */
export const DTYPES = [
    'float32',
    'uint8',
    'int8',
    'uint16',
    'int16',
    'int32',
    'int64',
    'string',
    'bool',
    'float16',
    'float64',
    'uint32',
    'uint64',
] as const satisfies readonly DType[];

/** ONNX types that the JavaScript border of onnxruntime has not, or aborts on. */
const REFUSED: Readonly<Record<number, string>> = {
    0: 'undefined',
    14: 'complex64',
    15: 'complex128',
    16: 'bfloat16',
    17: 'float8e4m3fn',
    18: 'float8e4m3fnuz',
    19: 'float8e5m2',
    20: 'float8e5m2fnuz',
    21: 'uint4',
    22: 'int4',
    23: 'float4e2m1',
    24: 'float8e8m0',
    25: 'uint2',
    26: 'int2',
};

const BY_NUMBER: ReadonlyMap<number, DType> = new Map(
    DTYPES.map((dtype) => [onnxNumberOf(dtype), dtype]),
);

/** Number of an element type in `TensorProto.DataType`. */
export function onnxNumberOf(dtype: DType): number {
    return dtype === 'string' ? ONNX_STRING : NUMERIC_DTYPES[dtype].onnx;
}

/**
 * Element type of a number of `TensorProto.DataType`.
 *
 * @throws TensorError `TENSOR_DTYPE_UNSUPPORTED`, also for int4 and its like, on which
 * onnxruntime-node ends the process.
 */
export function dtypeOfOnnxNumber(onnx: number, tensor?: string): DType {
    const dtype = BY_NUMBER.get(onnx);
    if (dtype !== undefined) return dtype;
    throw new TensorError(
        'TENSOR_DTYPE_UNSUPPORTED',
        `Tensors of the ONNX type ${REFUSED[onnx] ?? `number ${onnx}`} cannot be carried.`,
        { hint: `Cast it in the model to one of: ${DTYPES.join(', ')}.`, tensor },
    );
}

/** Whether elements of this type are floating-point numbers. */
export function isFloatDType(dtype: DType): dtype is 'float16' | 'float32' | 'float64' {
    return dtype === 'float16' || dtype === 'float32' || dtype === 'float64';
}
