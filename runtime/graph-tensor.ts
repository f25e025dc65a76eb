import { ModelRefusedError } from './errors';
import type { FieldHandlers } from './wire';
import { each, int32, int64, int64s, message, readMessage, text } from './wire';

/** A tensor as the model file declares it. Numbers of the ONNX IR throughout. */
export interface DeclaredTensor {
    readonly name: string;
    /** `TensorProto.DataType`. */
    readonly elementType: number;
    readonly dims: readonly bigint[];
    /** Path of the file that holds the data, when it is not in the model. */
    readonly externalLocation: string | undefined;
    /** The one byte or number of a scalar that is stored inline; enough to read a flag. */
    readonly flag: boolean | undefined;
    /** The values of a short int64 tensor that is stored inline; enough to read a shape. */
    readonly integers: readonly bigint[] | undefined;
}

export const MAX_RANK = 32;
const EXTERNAL = 1;
const INT64 = 7;
const INT64_BYTES = 8;

/** Reads a `TensorProto` without touching weights. @throws ModelRefusedError */
export function readTensor(bytes: Uint8Array): DeclaredTensor {
    let name = '';
    let elementType = 0;
    let location = 0;
    let externalLocation: string | undefined;
    let flag: boolean | undefined;
    let raw: Uint8Array | undefined;
    const dims: bigint[] = [];
    const listed: bigint[] = [];
    const handlers: FieldHandlers = {
        1: int64s((dim) => pushDim(dims, dim)),
        2: int32((value) => (elementType = value)),
        7: int64s((value) => void (listed.length <= MAX_RANK && listed.push(value))),
        8: text((value) => (name = value)),
        9: message((data) => (raw = data)),
        13: each((entry) => {
            const { key, value } = readEntry(entry);
            if (key === 'location') externalLocation = value;
        }),
        14: int32((value) => (location = value)),
    };
    readMessage(bytes, 'TensorProto', handlers);
    // A tensor that is external without a location, or names one without being external, is
    // read differently by different readers.
    if ((location === EXTERNAL) !== (externalLocation !== undefined)) {
        throw new ModelRefusedError('malformed', 'A tensor is external only by half.');
    }
    if (raw?.length === 1) flag = raw[0] !== 0;
    const integers = elementType === INT64 ? integersIn(raw, listed) : undefined;
    return { name, elementType, dims, externalLocation, flag, integers };
}

/** Reads a `SparseTensorProto`. @returns the values, the indices, and the whole that they make */
export function readSparseTensor(bytes: Uint8Array): DeclaredTensor[] {
    const parts: DeclaredTensor[] = [];
    const dims: bigint[] = [];
    let [name, elementType] = ['', 0];
    readMessage(bytes, 'SparseTensorProto', {
        1: message((values) => {
            const tensor = readTensor(values);
            ({ name, elementType } = tensor);
            parts.push(tensor);
        }),
        2: message((indices) => parts.push(readTensor(indices))),
        3: int64s((dim) => pushDim(dims, dim)),
    });
    // ONNX Runtime expands it while loading, so that its full size counts.
    const whole = { externalLocation: undefined, flag: undefined, integers: undefined };
    return [...parts, { name, elementType, dims, ...whole }];
}

/** Sizes of a shape: a bigint is fixed, a string a symbol, `''` one without a name. */
export function readShape(bytes: Uint8Array): (bigint | string)[] {
    const shape: (bigint | string)[] = [];
    readMessage(bytes, 'TensorShapeProto', {
        1: each((dimension) => {
            let size: bigint | string = '';
            readMessage(dimension, 'TensorShapeProto.Dimension', {
                1: int64((value) => (size = value)),
                2: text((value) => (size = value)),
            });
            if (shape.push(size) > MAX_RANK) throw tooLarge('a value of too many dimensions');
        }),
    });
    return shape;
}

export function tooLarge(problem: string): ModelRefusedError {
    return new ModelRefusedError('too-large', `The model has ${problem}.`);
}

function pushDim(dims: bigint[], dim: bigint): void {
    if (dims.push(dim) > MAX_RANK) throw tooLarge('a tensor of too many dimensions');
}

function integersIn(raw: Uint8Array | undefined, listed: readonly bigint[]) {
    if (raw === undefined) return listed.length <= MAX_RANK ? listed : undefined;
    if (raw.length % INT64_BYTES !== 0 || raw.length > MAX_RANK * INT64_BYTES) return undefined;
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    return Array.from({ length: raw.length / INT64_BYTES }, (_, at) =>
        view.getBigInt64(at * INT64_BYTES, true),
    );
}

function readEntry(bytes: Uint8Array): { key: string; value: string } {
    let key = '';
    let value = '';
    readMessage(bytes, 'StringStringEntryProto', {
        1: text((read) => (key = read)),
        2: text((read) => (value = read)),
    });
    return { key, value };
}
