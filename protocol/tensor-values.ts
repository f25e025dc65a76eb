import { bytesToUtf8, utf8ToBytes } from './bytes';
import { NUMERIC_DTYPES, type DType, type NumericDType, type TypedArrays } from './dtype';
import { TensorError } from './errors';
import { float16ToNumber, numberToFloat16 } from './float16';
import { isNumeric, numericTensor, stringTensor, type NumericTensor, type Tensor } from './tensor';

const ARRAYS = {
    float32: Float32Array,
    float64: Float64Array,
    float16: Uint16Array,
    int8: Int8Array,
    uint8: Uint8Array,
    int16: Int16Array,
    uint16: Uint16Array,
    int32: Int32Array,
    uint32: Uint32Array,
    int64: BigInt64Array,
    uint64: BigUint64Array,
    bool: Uint8Array,
} as const;

/**
 * Typed arrays use the byte order of the machine, tensors are little-endian. Every platform that
 * runs onnxruntime is little-endian, so the bytes are shared rather than swapped; another one is
 * refused.
 */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function requireLittleEndian(): void {
    if (LITTLE_ENDIAN) return;
    throw new TensorError(
        'TENSOR_PLATFORM_UNSUPPORTED',
        'Typed arrays of this machine are big-endian, tensors are little-endian.',
        { hint: 'Use a little-endian machine, or read the bytes with a DataView.' },
    );
}

/**
 * The elements as the typed array that onnxruntime takes. It shares the tensor's memory where
 * that is aligned, and is a copy otherwise; so it is for reading.
 *
 * @throws TensorError `TENSOR_PLATFORM_UNSUPPORTED` on a big-endian machine.
 */
export function toTypedArray<D extends NumericDType>(tensor: NumericTensor<D>): TypedArrays[D] {
    requireLittleEndian();
    const { bytes } = NUMERIC_DTYPES[tensor.dtype];
    const aligned = tensor.data.byteOffset % bytes === 0;
    const data = aligned ? tensor.data : new Uint8Array(tensor.data);
    const buffer = data.buffer as ArrayBuffer;
    const array = new ARRAYS[tensor.dtype](buffer, data.byteOffset, data.length / bytes);
    return array as TypedArrays[D];
}

/**
 * A tensor over the memory of a typed array, which is shared, not copied: do not write to the
 * array afterwards. A `Float16Array` is taken for `float16` where the engine has it.
 *
 * @throws TensorError `TENSOR_DTYPE_UNSUPPORTED` when the array is of another type,
 * `TENSOR_PLATFORM_UNSUPPORTED` on a big-endian machine, and as `checkTensor` does.
 */
export function fromTypedArray<D extends NumericDType>(
    dtype: D,
    array: TypedArrays[D],
    dims: readonly number[],
): NumericTensor<D> {
    requireLittleEndian();
    if (!(array instanceof ARRAYS[dtype])) requireNamed(dtype, array);
    const data = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    return numericTensor(dtype, dims, data);
}

/** Arrays of another frame or worker are instances of another class with the same name. */
function requireNamed(dtype: NumericDType, array: TypedArrays[NumericDType]): void {
    const got = Object.prototype.toString.call(array).slice('[object '.length, -1);
    const wanted = ARRAYS[dtype].name;
    if (got !== wanted && !(dtype === 'float16' && got === 'Float16Array')) {
        throw new TensorError(
            'TENSOR_DTYPE_UNSUPPORTED',
            `A ${dtype} tensor is made from a ${wanted}, not from a ${got}.`,
            { hint: `Convert the elements to a ${wanted}, or name their own type.` },
        );
    }
}

/** What the elements of each type are made from, and read as. */
export type ElementOf<D extends DType> = D extends 'string'
    ? string
    : D extends 'bool'
      ? boolean
      : D extends 'int64' | 'uint64'
        ? bigint
        : number;

/**
 * Makes a tensor from plain values in row-major order.
 *
 * @example
 * tensorOf('float32', [1, 3], [0.5, -1, 2]);
 * tensorOf('string', [2], ['left', 'right']);
 *
 * @throws TensorError `TENSOR_VALUE_INVALID` for a value that an integer type cannot hold, and as
 * `checkTensor` does.
 */
export function tensorOf<D extends DType>(
    dtype: D,
    dims: readonly number[],
    values: readonly ElementOf<D>[],
): Tensor {
    if (dtype === 'string') {
        return stringTensor(dims, (values as readonly string[]).map(utf8ToBytes));
    }
    return fromTypedArray(dtype, arrayOf(dtype, values as readonly Element[]), dims);
}

type Element = number | bigint | boolean;

/** A new typed array for that many elements of a type, all zero. */
export function tensorArray<D extends NumericDType>(dtype: D, length: number): TypedArrays[D] {
    requireLittleEndian();
    return new ARRAYS[dtype](length) as TypedArrays[D];
}

function arrayOf<D extends NumericDType>(dtype: D, values: readonly Element[]): TypedArrays[D] {
    const array: TypedArrays[NumericDType] = tensorArray(dtype, values.length);
    const isBig = dtype === 'int64' || dtype === 'uint64';
    const rounds = dtype === 'float32' || dtype === 'float64';
    values.forEach((value, index) => {
        // A typed array would throw a bare TypeError for the other kind of number.
        if (isBig !== (typeof value === 'bigint')) throw wrongValue(dtype, value);
        const stored = storedForm(dtype, value);
        array[index] = stored;
        if (!rounds && array[index] !== stored) throw wrongValue(dtype, value);
    });
    return array as TypedArrays[D];
}

function storedForm(dtype: NumericDType, value: Element): number | bigint {
    if (typeof value === 'bigint') return value;
    return dtype === 'float16' ? numberToFloat16(Number(value)) : Number(value);
}

function wrongValue(dtype: NumericDType, value: Element): TensorError {
    return new TensorError('TENSOR_VALUE_INVALID', `${value} is not a value of ${dtype}.`, {
        hint: 'Use a type that can hold the value; 64-bit integers are bigints.',
    });
}

/**
 * The elements as plain values in row-major order: numbers, bigints for 64-bit integers,
 * booleans, strings. For display and small tensors; large ones are read with `toTypedArray`.
 *
 * @throws EncodingError `UTF8_MALFORMED` for a string that is not UTF-8.
 */
export function tensorValues(tensor: Tensor): (number | bigint | boolean | string)[] {
    if (!isNumeric(tensor)) return tensor.data.map(bytesToUtf8);
    const elements = Array.from<number | bigint>(toTypedArray(tensor));
    if (tensor.dtype === 'bool') return elements.map((element) => element === 1);
    if (tensor.dtype === 'float16') return elements.map((bits) => float16ToNumber(Number(bits)));
    return elements;
}
