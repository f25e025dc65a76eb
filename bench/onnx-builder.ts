import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type DType, onnxNumberOf } from '../protocol';

/** Builds tiny ONNX models. Field numbers are those of onnx.proto3. */

const IR_VERSION = 9;
const OPSET = 18;
const EXTERNAL = 1;

type Part = Uint8Array;

function build(write: (writer: BinaryWriter) => void): Part {
    const writer = new BinaryWriter();
    write(writer);
    return writer.finish();
}

function bytes(writer: BinaryWriter, field: number, value: Uint8Array): void {
    writer.tag(field, WireType.LengthDelimited).bytes(value);
}

function text(writer: BinaryWriter, field: number, value: string): void {
    writer.tag(field, WireType.LengthDelimited).string(value);
}

function int(writer: BinaryWriter, field: number, value: number | bigint): void {
    writer.tag(field, WireType.Varint).int64(value);
}

/** A `ValueInfoProto`. A number as type is one of `TensorProto.DataType`; `null` leaves the rank. */
export function value(
    name: string,
    type: DType | number,
    shape: readonly (number | string)[] | null,
): Part {
    const elementType = typeof type === 'number' ? type : onnxNumberOf(type);
    const shapeProto = build((w) => {
        for (const size of shape ?? []) {
            const dimension = build((d) =>
                typeof size === 'number' ? int(d, 1, size) : text(d, 2, size),
            );
            bytes(w, 1, dimension);
        }
    });
    const tensor = build((w) => {
        int(w, 1, elementType);
        if (shape !== null) bytes(w, 2, shapeProto);
    });
    return build((w) => {
        text(w, 1, name);
        bytes(
            w,
            2,
            build((t) => bytes(t, 1, tensor)),
        );
    });
}

/** A `ValueInfoProto` of a sequence of float tensors. */
export function sequenceValue(name: string): Part {
    const element = build((w) =>
        bytes(
            w,
            1,
            build((t) => int(t, 1, 1)),
        ),
    );
    const type = build((w) =>
        bytes(
            w,
            4,
            build((s) => bytes(s, 1, element)),
        ),
    );
    return build((w) => {
        text(w, 1, name);
        bytes(w, 2, type);
    });
}

export interface InitializerParts {
    readonly name: string;
    readonly type: DType | number;
    readonly dims: readonly number[];
    readonly raw?: Uint8Array;
    /** Makes the tensor external. */
    readonly location?: string;
}

/** A `TensorProto`. */
export function initializer({ name, type, dims, raw, location }: InitializerParts): Part {
    return build((w) => {
        for (const dim of dims) int(w, 1, dim);
        int(w, 2, typeof type === 'number' ? type : onnxNumberOf(type));
        text(w, 8, name);
        if (raw !== undefined) bytes(w, 9, raw);
        if (location === undefined) return;
        const entry = build((e) => {
            text(e, 1, 'location');
            text(e, 2, location);
        });
        bytes(w, 13, entry);
        int(w, 14, EXTERNAL);
    });
}

/** An `AttributeProto` that holds a graph. */
export function graphAttribute(name: string, body: Part): Part {
    return build((w) => {
        text(w, 1, name);
        bytes(w, 6, body);
        int(w, 20, 5);
    });
}

/** An `AttributeProto` of a string. */
export function stringAttribute(name: string, value: string): Part {
    return build((w) => {
        text(w, 1, name);
        text(w, 4, value);
        int(w, 20, 3);
    });
}

/** An `AttributeProto` of an integer. */
export function intAttribute(name: string, value: number): Part {
    return build((w) => {
        text(w, 1, name);
        int(w, 3, value);
        int(w, 20, 2);
    });
}

/** A `NodeProto`. */
export function node(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    options: { readonly domain?: string; readonly attributes?: readonly Part[] } = {},
): Part {
    return build((w) => {
        for (const input of inputs) text(w, 1, input);
        for (const output of outputs) text(w, 2, output);
        text(w, 4, operator);
        for (const attribute of options.attributes ?? []) bytes(w, 5, attribute);
        if (options.domain !== undefined) text(w, 7, options.domain);
    });
}

export interface GraphParts {
    readonly nodes: readonly Part[];
    readonly inputs?: readonly Part[];
    readonly outputs?: readonly Part[];
    readonly initializers?: readonly Part[];
    /** What it says of values in between. */
    readonly values?: readonly Part[];
    readonly sparse?: readonly Part[];
}

/** A `GraphProto`. */
export function graph(parts: GraphParts): Part {
    const { nodes, inputs = [], outputs = [], initializers = [], values = [], sparse = [] } = parts;
    return build((w) => {
        for (const part of nodes) bytes(w, 1, part);
        text(w, 2, 'g');
        for (const part of initializers) bytes(w, 5, part);
        for (const part of inputs) bytes(w, 11, part);
        for (const part of outputs) bytes(w, 12, part);
        for (const part of values) bytes(w, 13, part);
        for (const part of sparse) bytes(w, 15, part);
    });
}

/** A `ModelProto` of one graph, or of parts that are not one. */
export function model(
    parts: GraphParts,
    options: {
        readonly functions?: readonly Part[];
        readonly training?: readonly Part[];
        readonly graphs?: number;
    } = {},
): Part {
    const body = graph(parts);
    const opset = build((w) => {
        text(w, 1, '');
        int(w, 2, OPSET);
    });
    return build((w) => {
        int(w, 1, IR_VERSION);
        for (let i = 0; i < (options.graphs ?? 1); i++) bytes(w, 7, body);
        bytes(w, 8, opset);
        for (const part of options.training ?? []) bytes(w, 20, part);
        for (const part of options.functions ?? []) bytes(w, 25, part);
    });
}

/** A `TensorProto` of strings, whatever their bytes. */
export function stringInitializer(name: string, strings: readonly Uint8Array[]): Part {
    return build((w) => {
        int(w, 1, strings.length);
        int(w, 2, onnxNumberOf('string'));
        for (const element of strings) bytes(w, 6, element);
        text(w, 8, name);
    });
}
