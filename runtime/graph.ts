import { ModelRefusedError } from './errors';
import type { FieldHandlers } from './wire';
import { each, int32, int64, int64s, message, readMessage, text } from './wire';

/** A graph input or output as the model file declares it. Numbers of the ONNX IR throughout. */
export interface DeclaredValue {
    readonly name: string;
    /** `TensorProto.DataType`. */
    readonly elementType: number;
    /** A bigint is a fixed dimension, a string a symbol, `''` one without a name. `null`: no rank. */
    readonly shape: readonly (bigint | string)[] | null;
}

export interface DeclaredTensor {
    readonly name: string;
    readonly elementType: number;
    readonly dims: readonly bigint[];
    /** Path of the file that holds the data, when it is not in the model. */
    readonly externalLocation: string | undefined;
    /** The one byte or number of a scalar that is stored inline; enough to read a flag. */
    readonly flag: boolean | undefined;
}

export interface GraphNode {
    readonly operator: string;
    readonly domain: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
}

export interface Graph {
    /** Inputs that a caller has to give: those that no initializer stands behind. */
    readonly inputs: readonly DeclaredValue[];
    readonly outputs: readonly DeclaredValue[];
    /** All nodes, those of subgraphs included. */
    readonly nodes: readonly GraphNode[];
    /** All tensors of the file: initializers and attributes, those of subgraphs included. */
    readonly tensors: readonly DeclaredTensor[];
    /** Whether the model brings functions of its own. */
    readonly hasFunctions: boolean;
}

export interface GraphBounds {
    readonly maxNodes: number;
    readonly maxTensors: number;
    /** Graphs inside graphs (If, Loop, Scan); 1 is the main graph alone. */
    readonly maxDepth: number;
}

const EXTERNAL = 1;

/**
 * Reads what matters of an ONNX `ModelProto` (onnx.proto3 of ONNX 1.20) without touching weights.
 *
 * @throws ModelRefusedError `malformed`, `dtype` for inputs and outputs that are no tensors,
 * `too-large` beyond the bounds.
 */
export function readGraph(model: Uint8Array, bounds: GraphBounds): Graph {
    let graph: Uint8Array | undefined;
    let hasFunctions = false;
    readMessage(model, 'ModelProto', {
        7: message((bytes) => (graph = bytes)),
        25: each(() => (hasFunctions = true)),
    });
    if (graph === undefined) {
        throw new ModelRefusedError('malformed', 'The file holds no ONNX graph.');
    }
    const collector = new GraphCollector(bounds);
    const { inputs, outputs } = collector.readGraph(graph, 1);
    return { inputs, outputs, nodes: collector.nodes, tensors: collector.tensors, hasFunctions };
}

class GraphCollector {
    readonly nodes: GraphNode[] = [];
    readonly tensors: DeclaredTensor[] = [];

    constructor(private readonly bounds: GraphBounds) {}

    readGraph(bytes: Uint8Array, depth: number): Pick<Graph, 'inputs' | 'outputs'> {
        if (depth > this.bounds.maxDepth) {
            throw tooLarge(`graphs nested more than ${this.bounds.maxDepth} deep`);
        }
        const inputs: DeclaredValue[] = [];
        const outputs: DeclaredValue[] = [];
        const initialized = new Set<string>();
        readMessage(bytes, 'GraphProto', {
            1: each((node) => this.readNode(node, depth)),
            5: each((tensor) => initialized.add(this.readTensor(tensor).name)),
            // Body graphs may leave the types of their values open; only the main graph is called.
            11: each((value) => void (depth === 1 && inputs.push(readValue(value)))),
            12: each((value) => void (depth === 1 && outputs.push(readValue(value)))),
            15: each((sparse) => initialized.add(this.readSparseTensor(sparse))),
        });
        return { inputs: inputs.filter(({ name }) => !initialized.has(name)), outputs };
    }

    private readNode(bytes: Uint8Array, depth: number): void {
        if (this.nodes.length >= this.bounds.maxNodes) {
            throw tooLarge(`more than ${this.bounds.maxNodes} nodes`);
        }
        let operator = '';
        let domain = '';
        const inputs: string[] = [];
        const outputs: string[] = [];
        const subgraphs: Uint8Array[] = [];
        readMessage(bytes, 'NodeProto', {
            1: each((name) => inputs.push(utf8(name))),
            2: each((name) => outputs.push(utf8(name))),
            4: text((value) => (operator = value)),
            5: each((attribute) =>
                readMessage(attribute, 'AttributeProto', {
                    5: message((tensor) => this.readTensor(tensor)),
                    6: message((graph) => subgraphs.push(graph)),
                    10: each((tensor) => this.readTensor(tensor)),
                    11: each((graph) => subgraphs.push(graph)),
                    22: message((sparse) => this.readSparseTensor(sparse)),
                    23: each((sparse) => this.readSparseTensor(sparse)),
                }),
            ),
            7: text((value) => (domain = value)),
        });
        this.nodes.push({ operator, domain, inputs, outputs });
        for (const graph of subgraphs) this.readGraph(graph, depth + 1);
    }

    private readTensor(bytes: Uint8Array): DeclaredTensor {
        if (this.tensors.length >= this.bounds.maxTensors) {
            throw tooLarge(`more than ${this.bounds.maxTensors} tensors`);
        }
        let name = '';
        let elementType = 0;
        let location = 0;
        let externalLocation: string | undefined;
        let flag: boolean | undefined;
        const dims: bigint[] = [];
        const handlers: FieldHandlers = {
            1: int64s((dim) => {
                if (dims.push(dim) > MAX_RANK) throw tooLarge('a tensor of too many dimensions');
            }),
            2: int32((value) => (elementType = value)),
            8: text((value) => (name = value)),
            9: message((raw) => {
                if (raw.length === 1) flag = raw[0] !== 0;
            }),
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
        const tensor = { name, elementType, dims, externalLocation, flag };
        this.tensors.push(tensor);
        return tensor;
    }

    /** @returns the name, which is that of the values */
    private readSparseTensor(bytes: Uint8Array): string {
        let name = '';
        const dims: bigint[] = [];
        let elementType = 0;
        readMessage(bytes, 'SparseTensorProto', {
            1: message((values) => ({ name, elementType } = this.readTensor(values))),
            2: message((indices) => this.readTensor(indices)),
            3: int64s((dim) => {
                if (dims.push(dim) > MAX_RANK) throw tooLarge('a tensor of too many dimensions');
            }),
        });
        // ONNX Runtime expands it while loading, so that its full size counts.
        this.tensors.push({
            name,
            elementType,
            dims,
            externalLocation: undefined,
            flag: undefined,
        });
        return name;
    }
}

const MAX_RANK = 32;

function readValue(bytes: Uint8Array): DeclaredValue {
    let name = '';
    let type: Uint8Array | undefined;
    readMessage(bytes, 'ValueInfoProto', {
        1: text((value) => (name = value)),
        2: message((value) => (type = value)),
    });
    let tensor: Uint8Array | undefined;
    if (type !== undefined) {
        readMessage(type, 'TypeProto', { 1: message((value) => (tensor = value)) });
    }
    if (tensor === undefined) {
        throw new ModelRefusedError('dtype', `The model's ${name} is not declared as a tensor.`);
    }
    let elementType = 0;
    let shape: (bigint | string)[] | null = null;
    readMessage(tensor, 'TypeProto.Tensor', {
        1: int32((value) => (elementType = value)),
        2: message((value) => (shape = readShape(value))),
    });
    return { name, elementType, shape };
}

function readShape(bytes: Uint8Array): (bigint | string)[] {
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

function readEntry(bytes: Uint8Array): { key: string; value: string } {
    let key = '';
    let value = '';
    readMessage(bytes, 'StringStringEntryProto', {
        1: text((read) => (key = read)),
        2: text((read) => (value = read)),
    });
    return { key, value };
}

function tooLarge(problem: string): ModelRefusedError {
    return new ModelRefusedError('too-large', `The model has ${problem}.`);
}

const decoder = new TextDecoder();

function utf8(bytes: Uint8Array): string {
    return decoder.decode(bytes);
}
