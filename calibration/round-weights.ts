import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { concatBytes, float16ToNumber, numberToFloat16 } from '../protocol';

/** What weights can be rounded to. */
export const WEIGHT_FORMATS = ['fp16', 'bf16', 'int8'] as const;

export type WeightFormat = (typeof WEIGHT_FORMATS)[number];

/** Tensors with fewer elements are scalars, shapes and the like, and not worth rounding. */
const MIN_ELEMENTS = 16;

/*
 * Field numbers of onnx.proto3 (ONNX 1.20).
 */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE = { tensor: 5, graph: 6, tensors: 10, graphs: 11 } as const;
const TENSOR = { dims: 1, type: 2, floats: 4, raw: 9 } as const;
const FLOAT = 1;

/**
 * The same ONNX model with cheaper weights, still held and computed as float32: what a node would
 * gain by that it could gain with the narrow type, and no more honest bits would come out.
 *
 * All float32 tensors of 16 elements and more are rounded, those of nodes and subgraphs included.
 * `fp16` and `bf16`: to the nearest number of the format, ties to even. A tensor with an element over
 * 65,504, which fp16 cannot hold, stays as it is, since the result would be useless, not cheap.
 * `int8`: as `round(w / s) * s` with `s = max|w| / 127` for each row of the first dimension, which is
 * what is usual for weights; tensors of one dimension (biases) stay as they are. External data is left
 * alone.
 *
 * @param model - bytes of an ONNX file that is known to be well formed
 * @throws Error of the protobuf reader for bytes that are none
 */
export function roundWeights(model: Uint8Array, format: WeightFormat): Uint8Array {
    const tensor = (bytes: Uint8Array) => roundedTensor(bytes, format);
    const graph = (bytes: Uint8Array): Uint8Array =>
        rewritten(bytes, { [GRAPH.node]: node, [GRAPH.initializer]: tensor });
    const attribute = (bytes: Uint8Array) =>
        rewritten(bytes, {
            [ATTRIBUTE.tensor]: tensor,
            [ATTRIBUTE.tensors]: tensor,
            [ATTRIBUTE.graph]: graph,
            [ATTRIBUTE.graphs]: graph,
        });
    const node = (bytes: Uint8Array) => rewritten(bytes, { [NODE_ATTRIBUTE]: attribute });
    return rewritten(model, { [MODEL_GRAPH]: graph });
}

/** A message with some of its embedded messages replaced, and all else byte for byte. */
function rewritten(
    bytes: Uint8Array,
    replace: Readonly<Record<number, (embedded: Uint8Array) => Uint8Array>>,
): Uint8Array {
    const reader = new BinaryReader(bytes);
    const parts: Uint8Array[] = [];
    while (reader.pos < reader.len) {
        const start = reader.pos;
        const [number, wireType] = reader.tag();
        const change = replace[number];
        if (change !== undefined && wireType === WireType.LengthDelimited) {
            const writer = new BinaryWriter();
            writer.tag(number, wireType).bytes(change(reader.bytes()));
            parts.push(writer.finish());
        } else {
            reader.skip(wireType, number);
            parts.push(bytes.subarray(start, reader.pos));
        }
    }
    return concatBytes(parts);
}

function roundedTensor(bytes: Uint8Array, format: WeightFormat): Uint8Array {
    const { type, dims } = headOf(bytes);
    const elements = dims.reduce((size, dim) => size * dim, 1);
    if (type !== FLOAT || elements < MIN_ELEMENTS) return bytes;
    if (format === 'int8' && dims.length < 2) return bytes;
    const row = format === 'int8' ? elements / (dims[0] ?? 1) : elements;
    // Raw data and packed floats are the same little-endian bytes.
    const values = (data: Uint8Array) => {
        const floats = new Float32Array(Uint8Array.from(data).buffer);
        roundAll(floats, format, row);
        return new Uint8Array(floats.buffer);
    };
    return rewritten(bytes, { [TENSOR.floats]: values, [TENSOR.raw]: values });
}

function headOf(bytes: Uint8Array): { type: number; dims: number[] } {
    const reader = new BinaryReader(bytes);
    const dims: number[] = [];
    let type = 0;
    while (reader.pos < reader.len) {
        const [number, wireType] = reader.tag();
        if (number === TENSOR.type) type = reader.int32();
        else if (number === TENSOR.dims && wireType === WireType.Varint) {
            dims.push(Number(reader.int64()));
        } else if (number === TENSOR.dims) {
            for (const end = reader.uint32() + reader.pos; reader.pos < end;) {
                dims.push(Number(reader.int64()));
            }
        } else reader.skip(wireType, number);
    }
    return { type, dims };
}

const LARGEST_FLOAT16 = 65_504;
const INT8_STEPS = 127;

function roundAll(values: Float32Array, format: WeightFormat, row: number): void {
    switch (format) {
        case 'fp16':
            if (values.some((value) => Math.abs(value) > LARGEST_FLOAT16)) return;
            values.forEach((value, i) => (values[i] = float16ToNumber(numberToFloat16(value))));
            break;
        case 'bf16':
            roundToBfloat16(new Uint32Array(values.buffer));
            break;
        case 'int8':
            for (let start = 0; start < values.length; start += row) {
                roundToInt8(values.subarray(start, start + row));
            }
            break;
    }
}

/** The upper half of the bits, rounded to the nearest, ties to even. */
function roundToBfloat16(bits: Uint32Array): void {
    bits.forEach((value, i) => {
        const rounded = value + 0x7fff + ((value >>> 16) & 1);
        // What would become an infinity keeps its largest finite neighbour.
        const finite = (rounded & 0x7f800000) !== 0x7f800000;
        bits[i] = ((finite ? rounded : value) & 0xffff0000) >>> 0;
    });
}

function roundToInt8(values: Float32Array): void {
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const step = largest / INT8_STEPS;
    if (step === 0) return;
    values.forEach((value, i) => (values[i] = Math.round(value / step) * step));
}
