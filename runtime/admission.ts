import { ModelRefusedError } from './errors';
import type { DeclaredTensor, DeclaredValue, Graph, GraphBounds } from './graph';
import { readGraph } from './graph';

/** What a graph may be, before ONNX Runtime sees it. */
export interface AdmissionPolicy extends GraphBounds {
    /** All tensors of the file at their declared sizes, bytes. */
    readonly maxTensorBytes: number;
    /** External files that the manifest lists, by the location that the graph uses. */
    readonly externalLocations: ReadonlySet<string>;
}

/** A chain of 200,000 nodes takes ONNX Runtime 14 s to load; real models stay far below 20,000. */
export const DEFAULT_ADMISSION: AdmissionPolicy = {
    maxNodes: 50_000,
    maxTensors: 50_000,
    maxDepth: 8,
    maxTensorBytes: 4 * 1024 ** 3,
    externalLocations: new Set(),
};

/** The domains that the ONNX standard itself defines for inference. */
const DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

const RANDOM_OPERATORS: ReadonlySet<string> = new Set([
    'Bernoulli',
    'Multinomial',
    'RandomNormal',
    'RandomNormalLike',
    'RandomUniform',
    'RandomUniformLike',
]);

/** Index of `training_mode` among the inputs of Dropout (opset 12 and later). */
const DROPOUT_TRAINING_INPUT = 2;

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

/**
 * Judges a model file. This is admission, not isolation: a model that passes can still crash or
 * hang ONNX Runtime, and the child process is there for that.
 *
 * @param overrides limits other than `DEFAULT_ADMISSION`
 * @returns the graph as it was read
 * @throws ModelRefusedError with the reason
 */
export function admitModel(model: Uint8Array, overrides: Partial<AdmissionPolicy> = {}): Graph {
    const policy = { ...DEFAULT_ADMISSION, ...overrides };
    const graph = readGraph(model, policy);
    if (graph.hasFunctions) {
        throw new ModelRefusedError('operator', 'The model brings functions of its own.');
    }
    admitOperators(graph);
    admitTensors(graph.tensors, policy);
    for (const value of [...graph.inputs, ...graph.outputs]) admitShape(value);
    return graph;
}

function admitOperators({ nodes, tensors }: Graph): void {
    const off = new Set(tensors.filter((t) => t.flag === false).map((t) => t.name));
    for (const { operator, domain, inputs } of nodes) {
        if (!DOMAINS.has(domain)) {
            throw new ModelRefusedError(
                'operator',
                `The model uses ${operator} of the domain ${domain}.`,
            );
        }
        const training = operator === 'Dropout' ? (inputs[DROPOUT_TRAINING_INPUT] ?? '') : '';
        if (RANDOM_OPERATORS.has(operator) || (training !== '' && !off.has(training))) {
            throw new ModelRefusedError('random', `The model uses ${operator}, which is random.`);
        }
    }
}

function admitTensors(tensors: readonly DeclaredTensor[], policy: AdmissionPolicy): void {
    let totalBytes = 0n;
    for (const { name, elementType, dims, externalLocation } of tensors) {
        const bits = ELEMENT_BITS[elementType];
        if (bits === undefined) {
            throw new ModelRefusedError('dtype', `The tensor ${name} is of an unknown type.`);
        }
        // An empty list ([0]) is how exporters leave out an argument, as in Resize.
        const emptyList = dims.length === 1 && dims[0] === 0n;
        if (!emptyList && dims.some((dim) => dim <= 0n)) {
            throw new ModelRefusedError('shape', `The tensor ${name} has an empty dimension.`);
        }
        totalBytes += (dims.reduce((size, dim) => size * dim, BigInt(bits)) + 7n) / 8n;
        if (totalBytes > BigInt(policy.maxTensorBytes)) {
            throw new ModelRefusedError('too-large', 'The tensors of the model exceed the limit.');
        }
        if (externalLocation !== undefined && !policy.externalLocations.has(externalLocation)) {
            throw new ModelRefusedError(
                'external-data',
                'The model reads an external file that is not listed.',
            );
        }
    }
}

function admitShape({ name, shape }: DeclaredValue): void {
    for (const size of shape ?? []) {
        if (typeof size === 'string') continue;
        if (size <= 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) {
            throw new ModelRefusedError('shape', `The model's ${name} has a dimension of ${size}.`);
        }
    }
}
