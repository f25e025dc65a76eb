import { ModelRefusedError } from './errors';
import type { DeclaredTensor, DeclaredValue, Graph, GraphNode } from './graph';

/** Bits of an element, by `TensorProto.DataType`; strings count as their pointer. */
const ELEMENT_BITS: Readonly<Record<number, number>> = {
    1: 32,
    2: 8,
    3: 8,
    4: 16,
    5: 16,
    6: 32,
    7: 64,
    8: 64,
    9: 8,
    10: 16,
    11: 64,
    12: 32,
    13: 64,
    14: 64,
    15: 128,
    16: 16,
    17: 8,
    18: 8,
    19: 8,
    20: 8,
    21: 4,
    22: 4,
};

/** Of a value whose type is not known here, so that its size is not overstated. */
const LEAST_BITS = 8;

/**
 * Holds what a graph says of sizes against a limit: its tensors together, and each value that it
 * computes for itself, as far as that can be told without computing.
 *
 * @throws ModelRefusedError `dtype`, `shape`, `too-large`
 */
export function admitSizes(graph: Graph, maxBytes: number): void {
    const { tensors, inputs, outputs, between, nodes } = graph;
    let totalBytes = 0n;
    for (const tensor of tensors) {
        totalBytes += tensorBytes(tensor);
        if (totalBytes > BigInt(maxBytes)) {
            throw new ModelRefusedError('too-large', 'The tensors of the model exceed the limit.');
        }
    }
    for (const value of [...inputs, ...outputs]) admitShape(value, 1n, maxBytes);
    // An empty list, such as a region that Resize does not need, is declared with a 0.
    for (const value of between) admitShape(value, 0n, maxBytes);
    const types = new Map(
        [...inputs, ...between, ...tensors].map((one) => [one.name, one.elementType]),
    );
    admitFilled(nodes, tensors, types, maxBytes);
}

function tensorBytes({ name, elementType, dims }: DeclaredTensor): bigint {
    const bits = ELEMENT_BITS[elementType];
    if (bits === undefined) {
        throw new ModelRefusedError('dtype', `The tensor ${name} is of an unknown type.`);
    }
    // An empty list ([0]) is how exporters leave out an argument, as in Resize.
    const emptyList = dims.length === 1 && dims[0] === 0n;
    if (!emptyList && dims.some((dim) => dim <= 0n)) {
        throw new ModelRefusedError('shape', `The tensor ${name} has an empty dimension.`);
    }
    return bytesOf(dims, bits);
}

function admitShape({ name, elementType, shape }: DeclaredValue, least: bigint, maxBytes: number) {
    const fixed = (shape ?? []).filter((size) => typeof size === 'bigint');
    for (const size of fixed) {
        if (size < least || size > BigInt(Number.MAX_SAFE_INTEGER)) {
            throw new ModelRefusedError('shape', `The model's ${name} has a dimension of ${size}.`);
        }
    }
    // Dimensions that vary are 1 at least.
    admitBytes(name, bytesOf(fixed, ELEMENT_BITS[elementType] ?? LEAST_BITS), maxBytes);
}

/** Operators that make a tensor of a shape that is an input, with the index of that input. */
const FILLING: Readonly<Record<string, number>> = {
    ConstantOfShape: 0,
    Expand: 1,
    Reshape: 1,
    Resize: 3,
    Tile: 1,
};

/** Tensors whose shape is a constant of the file: 16 GB from a file of 200 bytes. */
function admitFilled(
    nodes: readonly GraphNode[],
    tensors: readonly DeclaredTensor[],
    types: ReadonlyMap<string, number>,
    maxBytes: number,
): void {
    const constants = new Map(tensors.map(({ name, integers }) => [name, integers]));
    for (const { operator, outputs, tensors: values } of nodes) {
        if (operator !== 'Constant' || outputs[0] === undefined) continue;
        constants.set(outputs[0], values[0]?.integers);
    }
    for (const { operator, inputs, outputs, tensors: values } of nodes) {
        const at = Object.hasOwn(FILLING, operator) ? FILLING[operator] : undefined;
        const sizes = at === undefined ? undefined : constants.get(inputs[at] ?? '');
        if (sizes === undefined) continue;
        const name = outputs[0] ?? operator;
        if (operator === 'ConstantOfShape' && sizes.some((size) => size < 0n)) {
            throw new ModelRefusedError('shape', `The model makes ${name} of a negative size.`);
        }
        const type =
            operator === 'ConstantOfShape'
                ? (values[0]?.elementType ?? FLOAT)
                : types.get(inputs[0] ?? '');
        const bits = ELEMENT_BITS[type ?? 0] ?? LEAST_BITS;
        const known = sizes.filter((size) => size > 0n);
        if (known.length === sizes.length || operator !== 'ConstantOfShape') {
            admitBytes(name, bytesOf(known, bits), maxBytes);
        }
    }
}

const FLOAT = 1;

function bytesOf(dims: readonly bigint[], bits: number): bigint {
    return (dims.reduce((size, dim) => size * dim, BigInt(bits)) + 7n) / 8n;
}

function admitBytes(name: string, bytes: bigint, maxBytes: number): void {
    if (bytes <= BigInt(maxBytes)) return;
    throw new ModelRefusedError('too-large', `The model's ${name} has ${bytes} bytes.`);
}
