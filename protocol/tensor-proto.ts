import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { bytesToUtf8, concatBytes, equalBytes, utf8ToBytes } from './bytes';
import { dtypeOfOnnxNumber, onnxNumberOf } from './dtype';
import { TensorError } from './errors';
import { MAX_TENSOR_RANK } from './limits';
import { checkStringCount, checkTensor, isNumeric, subject, type Tensor } from './tensor';

/*
 * The canonical bytes of a tensor: an ONNX `TensorProto` message (onnx.proto, proto2) with
 *
 *     repeated int64 dims = 1;          one varint field a dimension, not packed
 *     optional int32 data_type = 2;
 *     repeated bytes string_data = 6;   only for strings, one field an element
 *     optional string name = 8;         left out when empty
 *     optional bytes raw_data = 9;      only for other types, present even when empty
 *
 * in this order, with the shortest varints, and no other field. These are the bytes that the
 * serialiser of the onnx package writes for a tensor with raw data, so any ONNX tool reads them.
 */
export const FIELD = {
    dims: 1,
    dataType: 2,
    segment: 3,
    floatData: 4,
    int32Data: 5,
    stringData: 6,
    int64Data: 7,
    name: 8,
    rawData: 9,
    doubleData: 10,
    uint64Data: 11,
    externalData: 13,
    dataLocation: 14,
} as const;

/** A tensor with the name under which a model takes or gives it. */
export interface NamedTensor {
    /** Empty if the tensor has no name. */
    readonly name: string;
    readonly tensor: Tensor;
}

/**
 * Encodes a tensor as canonical ONNX `TensorProto` bytes.
 *
 * @throws TensorError when dimensions and data do not agree, EncodingError `UTF8_MALFORMED` for
 * a name that UTF-8 cannot carry.
 */
export function encodeTensor(tensor: Tensor, name = ''): Uint8Array {
    return concatBytes(tensorParts(tensor, name));
}

/** The canonical bytes in parts, of which the last is the memory of the tensor itself. */
export function tensorParts(tensor: Tensor, name: string): readonly Uint8Array[] {
    checkTensor(tensor, name);
    return unchecked(tensor, utf8ToBytes(name));
}

function unchecked(tensor: Tensor, name: Uint8Array): readonly Uint8Array[] {
    const writer = new BinaryWriter();
    for (const dim of tensor.dims) writer.tag(FIELD.dims, WireType.Varint).int64(dim);
    writer.tag(FIELD.dataType, WireType.Varint).int32(onnxNumberOf(tensor.dtype));
    if (!isNumeric(tensor)) {
        for (const element of tensor.data) {
            writer.tag(FIELD.stringData, WireType.LengthDelimited).bytes(element);
        }
    }
    if (name.length > 0) writer.tag(FIELD.name, WireType.LengthDelimited).bytes(name);
    if (!isNumeric(tensor)) return [writer.finish()];
    writer.tag(FIELD.rawData, WireType.LengthDelimited).uint32(tensor.data.length);
    return [writer.finish(), tensor.data];
}

/**
 * Decodes canonical `TensorProto` bytes. The data of the tensor is a view of the given bytes, not
 * a copy. Tensors with a dimension of 0 are decoded; see `hasZeroDimension`.
 *
 * @throws TensorError `TENSOR_MALFORMED`, `TENSOR_NOT_CANONICAL` for a valid message in another
 * form (`decodeTensorProto` reads those), `TENSOR_DTYPE_UNSUPPORTED`, `TENSOR_DIMS_INVALID`,
 * `TENSOR_SIZE_MISMATCH`, `TENSOR_VALUE_INVALID`.
 */
export function decodeTensor(bytes: Uint8Array): NamedTensor {
    const named = reading(() => readFields(bytes));
    checkTensor(named.tensor, named.name);
    const parts = unchecked(named.tensor, utf8ToBytes(named.name));
    const head = parts[0] as Uint8Array;
    const tail = bytes.length - head.length;
    // What follows the head can only be the raw data, which was read from there.
    if (tail !== (parts[1]?.length ?? 0) || !equalBytes(head, bytes.subarray(0, head.length))) {
        throw notCanonical(`${subject(named.name)} is not in the canonical form.`);
    }
    return named;
}

function readFields(bytes: Uint8Array): NamedTensor {
    const reader = new BinaryReader(bytes);
    const dims: number[] = [];
    const strings: Uint8Array[] = [];
    let dataType = 0;
    let raw: Uint8Array | undefined;
    let name = '';
    while (reader.pos < reader.len) {
        const [field, wireType] = reader.tag();
        if (field === FIELD.dims && wireType === WireType.Varint) {
            addDim(dims, reader.int64());
        } else if (field === FIELD.dataType && wireType === WireType.Varint) {
            dataType = reader.int32();
        } else if (field === FIELD.stringData && wireType === WireType.LengthDelimited) {
            strings.push(reader.bytes());
            checkStringCount(strings.length);
        } else if (field === FIELD.name && wireType === WireType.LengthDelimited) {
            name = bytesToUtf8(reader.bytes());
        } else if (field === FIELD.rawData && wireType === WireType.LengthDelimited) {
            raw = reader.bytes();
        } else {
            throw notCanonical(`Field ${field} of a tensor is not part of the canonical form.`);
        }
    }
    const dtype = dtypeOfOnnxNumber(dataType, name);
    if (dtype === 'string') return { name, tensor: { dtype, dims, data: strings } };
    if (raw === undefined) throw notCanonical(`${subject(name)} has no raw data.`);
    return { name, tensor: { dtype, dims, data: raw } };
}

/** Takes the next dimension as protobuf gives it. */
export function addDim(dims: number[], dim: bigint | string): void {
    if (dims.length >= MAX_TENSOR_RANK || BigInt(dim) < 0n || BigInt(dim) >= 2n ** 53n) {
        throw new TensorError(
            'TENSOR_DIMS_INVALID',
            `A tensor has over ${MAX_TENSOR_RANK} dimensions, or one of ${String(dim)}.`,
            { hint: 'Use at most 32 dimensions, whose product is below 2^53.' },
        );
    }
    dims.push(Number(dim));
}

/** Runs a reader of protobuf; what the library throws becomes a `TensorError`. */
export function reading<T>(read: () => T): T {
    try {
        return read();
    } catch (cause) {
        if (cause instanceof TensorError) throw cause;
        throw new TensorError('TENSOR_MALFORMED', 'The bytes are not an ONNX tensor.', {
            hint: 'Encode the tensor with encodeTensor, or with any ONNX tool.',
            cause,
        });
    }
}

function notCanonical(message: string): TensorError {
    return new TensorError('TENSOR_NOT_CANONICAL', message, {
        hint: 'Read files of other tools with decodeTensorProto, then encode them again.',
    });
}
