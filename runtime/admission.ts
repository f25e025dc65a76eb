import { admitSizes } from './admission-sizes';
import { ModelRefusedError } from './errors';
import type { Graph, GraphBounds } from './graph';
import { readGraph } from './graph';
import { isStandard, RANDOM_OPERATORS } from './operators';

/** What a graph may be, before ONNX Runtime sees it. */
export interface AdmissionPolicy extends GraphBounds {
    /** All tensors of the file at their declared sizes, and each value in between, bytes. */
    readonly maxTensorBytes: number;
    /** External files that the manifest lists, by the location that the graph uses. */
    readonly externalLocations: ReadonlySet<string>;
}

/** A chain of 200,000 nodes takes ONNX Runtime 14 s to load; real models stay far below 20,000. */
export const DEFAULT_ADMISSION: AdmissionPolicy = {
    maxNodes: 50_000,
    maxTensors: 50_000,
    maxDepth: 8,
    maxAttributes: 500_000,
    maxNames: 500_000,
    maxNameBytes: 1024,
    maxAttributeBytes: 4 * 1024 ** 2,
    maxTensorBytes: 4 * 1024 ** 3,
    externalLocations: new Set(),
};

/** Index of `training_mode` among the inputs of Dropout (opset 12 and later). */
const DROPOUT_TRAINING_INPUT = 2;

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
    if (graph.hasTraining) {
        throw new ModelRefusedError('operator', 'The model says how to train it.');
    }
    admitOperators(graph);
    admitFiles(graph, policy);
    admitSizes(graph, policy.maxTensorBytes);
    return graph;
}

function admitOperators({ nodes, tensors }: Graph): void {
    const off = new Set(tensors.filter((t) => t.flag === false).map((t) => t.name));
    for (const { operator, domain, inputs } of nodes) {
        if (!isStandard(domain, operator)) {
            const of = domain === '' ? 'which the standard has not' : `of the domain ${domain}`;
            throw new ModelRefusedError('operator', `The model uses ${operator}, ${of}.`);
        }
        // The standard says of neither a number of trips nor a condition: for ever.
        if (operator === 'Loop' && (inputs[0] ?? '') === '' && (inputs[1] ?? '') === '') {
            throw new ModelRefusedError('endless', 'The model has a Loop that cannot end.');
        }
        const training = operator === 'Dropout' ? (inputs[DROPOUT_TRAINING_INPUT] ?? '') : '';
        if (RANDOM_OPERATORS.has(operator) || (training !== '' && !off.has(training))) {
            throw new ModelRefusedError('random', `The model uses ${operator}, which is random.`);
        }
    }
}

function admitFiles({ tensors }: Graph, { externalLocations }: AdmissionPolicy): void {
    for (const { externalLocation } of tensors) {
        if (externalLocation === undefined || externalLocations.has(externalLocation)) continue;
        throw new ModelRefusedError(
            'external-data',
            'The model reads an external file that is not listed.',
        );
    }
}
