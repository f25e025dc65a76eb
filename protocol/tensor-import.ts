import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { bytesToUtf8 } from './bytes';
import { dtypeOfOnnxNumber, type DType, type NumericDType, type TypedArrays } from './dtype';
import { TensorError } from './errors';
import { numericTensor, stringTensor, subject, type Tensor } from './tensor';
import { addDim, FIELD, reading, type NamedTensor } from './tensor-proto';
import { fromTypedArray, tensorArray } from './tensor-values';

/** Where `TensorProto` keeps the elements of each type, unless it has raw data. */
type TypedField = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

const TYPED_FIELDS: { readonly [D in NumericDType]: TypedField } = {
    float32: 'floatData',
    float64: 'doubleData',
    float16: 'int32Data',
    int8: 'int32Data',
    uint8: 'int32Data',
    int16: 'int32Data',
    uint16: 'int32Data',
    int32: 'int32Data',
    bool: 'int32Data',
    int64: 'int64Data',
    uint32: 'uint64Data',
    uint64: 'uint64Data',
};

/** Elements as they are written: numbers in 32-bit fields, bigints in 64-bit fields. */
const READ_ELEMENT: Readonly<Record<TypedField, (reader: BinaryReader) => number | bigint>> = {
    // Bits, not values: a number would lose the payload of a NaN.
    floatData: (reader) => reader.fixed32(),
    doubleData: (reader) => BigInt(reader.fixed64()),
    int32Data: (reader) => reader.int32(),
    int64Data: (reader) => BigInt(reader.int64()),
    uint64Data: (reader) => BigInt(reader.uint64()),
};

const FIELD_OF_NUMBER: ReadonlyMap<number, TypedField> = new Map(
    (Object.keys(READ_ELEMENT) as TypedField[]).map((field) => [FIELD[field], field]),
);

interface TensorProto {
    name: string;
    dataType: number;
    readonly dims: number[];
    readonly typed: Map<TypedField, (number | bigint)[]>;
    readonly strings: Uint8Array[];
    raw: Uint8Array | undefined;
}

/**
 * Decodes any valid ONNX `TensorProto`, as other tools write them to `.pb` files: elements in raw
 * data or in the typed fields, packed or not, fields in any order, unknown fields ignored.
 * `encodeTensor` then gives the canonical bytes.
 *
 * @throws TensorError `TENSOR_MALFORMED`, also when the elements stand in two places or in the
 * wrong one; `TENSOR_EXTERNAL_DATA` when they stand in another file or in segments;
 * `TENSOR_VALUE_INVALID` for elements outside of the range of their type; and as `decodeTensor`.
 */
export function decodeTensorProto(bytes: Uint8Array): NamedTensor {
    const proto = reading(() => readProto(bytes));
    const dtype = dtypeOfOnnxNumber(proto.dataType, proto.name);
    return { name: proto.name, tensor: toTensor(proto, dtype) };
}

function readProto(bytes: Uint8Array): TensorProto {
    const reader = new BinaryReader(bytes);
    const proto: TensorProto = {
        name: '',
        dataType: 0,
        dims: [],
        typed: new Map(),
        strings: [],
        raw: undefined,
    };
    while (reader.pos < reader.len) {
        const [field, wireType] = reader.tag();
        readField(proto, reader, field, wireType);
    }
    return proto;
}

function readField(proto: TensorProto, reader: BinaryReader, field: number, wire: WireType): void {
    const typed = FIELD_OF_NUMBER.get(field);
    if (typed !== undefined) {
        const elements = proto.typed.get(typed) ?? [];
        proto.typed.set(typed, elements);
        const element = typed === 'floatData' ? WireType.Bit32 : WireType.Varint;
        const expected = typed === 'doubleData' ? WireType.Bit64 : element;
        readRepeated(reader, wire, expected, (from) => elements.push(READ_ELEMENT[typed](from)));
        return;
    }
    switch (field) {
        case FIELD.dims:
            readRepeated(reader, wire, WireType.Varint, (from) => addDim(proto.dims, from.int64()));
            return;
        case FIELD.dataType:
            expectWire(wire, WireType.Varint);
            proto.dataType = reader.int32();
            return;
        case FIELD.stringData:
            expectWire(wire, WireType.LengthDelimited);
            proto.strings.push(reader.bytes());
            return;
        case FIELD.name:
            expectWire(wire, WireType.LengthDelimited);
            proto.name = bytesToUtf8(reader.bytes());
            return;
        case FIELD.rawData:
            expectWire(wire, WireType.LengthDelimited);
            proto.raw = reader.bytes();
            return;
        case FIELD.dataLocation:
            expectWire(wire, WireType.Varint);
            if (reader.int32() !== 0) throw elsewhere(proto.name);
            return;
        case FIELD.segment:
        case FIELD.externalData:
            throw elsewhere(proto.name);
        default:
            reader.skip(wire, field);
    }
}

function readRepeated(
    reader: BinaryReader,
    wire: WireType,
    element: WireType,
    read: (from: BinaryReader) => void,
): void {
    if (wire === element) return read(reader);
    expectWire(wire, WireType.LengthDelimited);
    const packed = new BinaryReader(reader.bytes());
    while (packed.pos < packed.len) read(packed);
}

function expectWire(wire: WireType, expected: WireType): void {
    if (wire !== expected) throw malformed('', 'has a field of the wrong wire type');
}

function toTensor(proto: TensorProto, dtype: DType): Tensor {
    const { name, dims, raw } = proto;
    const filled = [...proto.typed].filter(([, elements]) => elements.length > 0);
    const places = filled.length + (raw === undefined ? 0 : 1) + (proto.strings.length > 0 ? 1 : 0);
    if (places > 1) throw malformed(name, 'has its elements in two places');
    if (dtype === 'string') {
        if (places > 0 && proto.strings.length === 0) throw misplaced(name, dtype);
        return stringTensor(dims, proto.strings);
    }
    if (raw !== undefined) return numericTensor(dtype, dims, raw);
    const [field, elements] = filled[0] ?? [TYPED_FIELDS[dtype], []];
    if (proto.strings.length > 0 || field !== TYPED_FIELDS[dtype]) throw misplaced(name, dtype);
    return fromElements(dtype, dims, elements, name);
}

function fromElements(
    dtype: NumericDType,
    dims: readonly number[],
    elements: readonly (number | bigint)[],
    name: string,
): Tensor {
    if (dtype === 'float32') {
        return numericTensor(dtype, dims, bytesOf(Uint32Array.from(elements as number[])));
    }
    if (dtype === 'float64') {
        return numericTensor(dtype, dims, bytesOf(BigUint64Array.from(elements as bigint[])));
    }
    const array: TypedArrays[NumericDType] = tensorArray(dtype, elements.length);
    elements.forEach((element, index) => {
        const value = dtype === 'uint32' ? Number(element) : element;
        array[index] = value;
        if (array[index] === value) return;
        throw new TensorError(
            'TENSOR_VALUE_INVALID',
            `${subject(name)} has the element ${element}, which is not a value of ${dtype}.`,
            { hint: 'Use a type that can hold the value.', tensor: name },
        );
    });
    return fromTypedArray(dtype, array, dims);
}

function bytesOf(array: Uint32Array | BigUint64Array): Uint8Array {
    return new Uint8Array(array.buffer);
}

function misplaced(name: string, dtype: DType): TensorError {
    return malformed(name, `does not have its elements where ONNX keeps those of ${dtype}`);
}

function malformed(name: string, what: string): TensorError {
    return new TensorError('TENSOR_MALFORMED', `${subject(name)} ${what}.`, {
        hint: 'Write the tensor with raw data, as numpy_helper.from_array does.',
        tensor: name,
    });
}

function elsewhere(name: string): TensorError {
    return new TensorError(
        'TENSOR_EXTERNAL_DATA',
        `${subject(name)} has its elements in another file, or in segments.`,
        { hint: 'Write the tensor whole, with its data inside.', tensor: name },
    );
}
