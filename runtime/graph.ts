import { ModelRefusedError } from './errors';
import {
    type DeclaredTensor,
    readSparseTensor,
    readShape,
    readTensor,
    tooLarge,
} from './graph-tensor';
import { each, int32, message, readMessage, text } from './wire';

export type { DeclaredTensor } from './graph-tensor';

/** A value of a graph as the model file declares it. Numbers of the ONNX IR throughout. */
export interface DeclaredValue {
    readonly name: string;
    /** `TensorProto.DataType`; 0 where it is left open. */
    readonly elementType: number;
    /** A bigint is a fixed dimension, a string a symbol, `''` one without a name. `null`: no rank. */
    readonly shape: readonly (bigint | string)[] | null;
}

export interface GraphNode {
    readonly operator: string;
    readonly domain: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    /** Shapes and the like that it has as attributes. */
    readonly tensors: readonly DeclaredTensor[];
}

export interface Graph {
    /** Inputs that a caller has to give: those that no initializer stands behind. */
    readonly inputs: readonly DeclaredValue[];
    readonly outputs: readonly DeclaredValue[];
    /** What the file says of tensors in between, those of subgraphs included. */
    readonly between: readonly DeclaredValue[];
    /** All nodes, those of subgraphs included. */
    readonly nodes: readonly GraphNode[];
    /** All tensors of the file: initializers and attributes, those of subgraphs included. */
    readonly tensors: readonly DeclaredTensor[];
    /** Whether the model brings functions of its own. */
    readonly hasFunctions: boolean;
    /** Whether the model says how to train it. */
    readonly hasTraining: boolean;
}

export interface GraphBounds {
    readonly maxNodes: number;
    readonly maxTensors: number;
    /** Graphs inside graphs (If, Loop, Scan); 1 is the main graph alone. */
    readonly maxDepth: number;
    /** Attributes of all nodes. */
    readonly maxAttributes: number;
    /** Names of inputs and outputs of all nodes. */
    readonly maxNames: number;
    /** Of one name, and of one operator, UTF-8. */
    readonly maxNameBytes: number;
    /** Of one attribute that is no tensor and no graph: numbers, strings. */
    readonly maxAttributeBytes: number;
}

/**
 * Reads what matters of an ONNX `ModelProto` (onnx.proto3 of ONNX 1.20) without touching weights.
 *
 * @throws ModelRefusedError `malformed`, `dtype` for inputs and outputs that are no tensors,
 * `too-large` beyond the bounds.
 */
export function readGraph(model: Uint8Array, bounds: GraphBounds): Graph {
    let graph: Uint8Array | undefined;
    let hasFunctions = false;
    let hasTraining = false;
    readMessage(model, 'ModelProto', {
        7: message((bytes) => (graph = bytes)),
        20: each(() => (hasTraining = true)),
        25: each(() => (hasFunctions = true)),
    });
    if (graph === undefined) {
        throw new ModelRefusedError('malformed', 'The file holds no ONNX graph.');
    }
    const collector = new GraphCollector(bounds);
    const { inputs, outputs } = collector.readGraph(graph, 1);
    const { nodes, tensors, between } = collector;
    return { inputs, outputs, between, nodes, tensors, hasFunctions, hasTraining };
}

class GraphCollector {
    readonly nodes: GraphNode[] = [];
    readonly tensors: DeclaredTensor[] = [];
    readonly between: DeclaredValue[] = [];
    #attributes = 0;
    #names = 0;

    constructor(private readonly bounds: GraphBounds) {}

    readGraph(bytes: Uint8Array, depth: number): Pick<Graph, 'inputs' | 'outputs'> {
        if (depth > this.bounds.maxDepth) {
            throw tooLarge(`graphs nested more than ${this.bounds.maxDepth} deep`);
        }
        const inputs: DeclaredValue[] = [];
        const outputs: DeclaredValue[] = [];
        const initialized = new Set<string>();
        const initialize = (name: string) => unique(initialized, name, 'initializer');
        const made = new Set<string>();
        readMessage(bytes, 'GraphProto', {
            1: each((node) => {
                for (const name of this.#readNode(node, depth)) {
                    if (name !== '') unique(made, name, 'value');
                }
            }),
            5: each((tensor) => initialize(this.#add(readTensor(tensor)).name)),
            // Body graphs may leave the types of their values open; only the main graph is called.
            11: each((value) => void (depth === 1 && inputs.push(readValue(value)))),
            12: each((value) => void (depth === 1 && outputs.push(readValue(value)))),
            13: each((value) => void this.between.push(readAnyValue(value).declared)),
            15: each((sparse) => initialize(this.#addSparse(sparse))),
        });
        return { inputs: inputs.filter(({ name }) => !initialized.has(name)), outputs };
    }

    /** @returns the names of what it makes */
    #readNode(bytes: Uint8Array, depth: number): readonly string[] {
        if (this.nodes.length >= this.bounds.maxNodes) {
            throw tooLarge(`more than ${this.bounds.maxNodes} nodes`);
        }
        let operator = '';
        let domain = '';
        const inputs: string[] = [];
        const outputs: string[] = [];
        const tensors: DeclaredTensor[] = [];
        const subgraphs: Uint8Array[] = [];
        readMessage(bytes, 'NodeProto', {
            1: each((name) => inputs.push(this.#name(name))),
            2: each((name) => outputs.push(this.#name(name))),
            4: each((name) => (operator = this.#name(name))),
            5: each((attribute) => this.#readAttribute(attribute, tensors, subgraphs)),
            7: text((value) => (domain = value)),
        });
        this.nodes.push({ operator, domain, inputs, outputs, tensors });
        for (const graph of subgraphs) this.readGraph(graph, depth + 1);
        return outputs;
    }

    #readAttribute(bytes: Uint8Array, tensors: DeclaredTensor[], subgraphs: Uint8Array[]): void {
        if (++this.#attributes > this.bounds.maxAttributes) {
            throw tooLarge(`more than ${this.bounds.maxAttributes} attributes`);
        }
        let heldBytes = 0;
        const held = (part: Uint8Array) => void (heldBytes += part.length);
        readMessage(bytes, 'AttributeProto', {
            5: message((tensor) => {
                held(tensor);
                tensors.push(this.#add(readTensor(tensor)));
            }),
            6: message((graph) => {
                held(graph);
                subgraphs.push(graph);
            }),
            10: each((tensor) => {
                held(tensor);
                this.#add(readTensor(tensor));
            }),
            11: each((graph) => {
                held(graph);
                subgraphs.push(graph);
            }),
            22: message((sparse) => {
                held(sparse);
                this.#addSparse(sparse);
            }),
            23: each((sparse) => {
                held(sparse);
                this.#addSparse(sparse);
            }),
        });
        if (bytes.length - heldBytes > this.bounds.maxAttributeBytes) {
            throw tooLarge(`an attribute of ${bytes.length} bytes`);
        }
    }

    #name(bytes: Uint8Array): string {
        if (bytes.length > this.bounds.maxNameBytes) {
            throw tooLarge(`a name of ${bytes.length} bytes`);
        }
        if (++this.#names > this.bounds.maxNames) {
            throw tooLarge(`more than ${this.bounds.maxNames} names`);
        }
        return decoder.decode(bytes);
    }

    #add(tensor: DeclaredTensor): DeclaredTensor {
        if (this.tensors.length >= this.bounds.maxTensors) {
            throw tooLarge(`more than ${this.bounds.maxTensors} tensors`);
        }
        this.tensors.push(tensor);
        return tensor;
    }

    /** @returns the name, which is that of the values */
    #addSparse(bytes: Uint8Array): string {
        const parts = readSparseTensor(bytes);
        for (const tensor of parts) this.#add(tensor);
        return parts.at(-1)?.name ?? '';
    }
}

/** Readers differ on which of two things of one name counts. */
function unique(names: Set<string>, name: string, kind: string): void {
    if (names.has(name)) {
        const shown = JSON.stringify(name.slice(0, 80));
        throw new ModelRefusedError('malformed', `The model has two ${kind}s named ${shown}.`);
    }
    names.add(name);
}

function readValue(bytes: Uint8Array): DeclaredValue {
    const { declared, isTensor } = readAnyValue(bytes);
    if (isTensor) return declared;
    const { name } = declared;
    throw new ModelRefusedError('dtype', `The model's ${name} is not declared as a tensor.`);
}

/** A value that is no tensor has no element type and no shape. */
function readAnyValue(bytes: Uint8Array): { declared: DeclaredValue; isTensor: boolean } {
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
    let elementType = 0;
    let shape: (bigint | string)[] | null = null;
    if (tensor !== undefined) {
        readMessage(tensor, 'TypeProto.Tensor', {
            1: int32((value) => (elementType = value)),
            2: message((value) => (shape = readShape(value))),
        });
    }
    return { declared: { name, elementType, shape }, isTensor: tensor !== undefined };
}

const decoder = new TextDecoder();
