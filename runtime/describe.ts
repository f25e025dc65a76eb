import type { TensorSpec } from '../protocol';
import { dtypeOfOnnxNumber } from '../protocol';
import { admitModel } from './admission';
import { ModelRefusedError } from './errors';
import type { DeclaredValue, Graph } from './graph';

/** What goes into a model and what comes out, in the form of a manifest. */
export interface ModelSignature {
    readonly inputs: readonly TensorSpec[];
    readonly outputs: readonly TensorSpec[];
}

/**
 * Reads the signature of an ONNX file, as its manifest states it.
 *
 * @param model the bytes of the file; external data is not needed
 * @param externalLocations external files that it may refer to
 * @returns inputs and outputs with element types and shapes; a dimension that varies is a symbol
 * @throws ModelRefusedError when the model would not be admitted
 *
 * @example
 * const { inputs } = describeModel(await readFile('digits.onnx'));
 * // [{ name: 'image', dtype: 'float32', shape: ['batch', 1, 28, 28] }]
 */
export function describeModel(
    model: Uint8Array,
    externalLocations: ReadonlySet<string> = new Set(),
): ModelSignature {
    return signatureOf(admitModel(model, { externalLocations }));
}

/** The signature of a graph that was admitted. */
export function signatureOf(graph: Graph): ModelSignature {
    const symbols = new Symbols([...graph.inputs, ...graph.outputs]);
    return {
        inputs: graph.inputs.map((value) => specOf(value, symbols)),
        outputs: graph.outputs.map((value) => specOf(value, symbols)),
    };
}

/**
 * Holds a manifest against the graph. The manifest may fix dimensions that the graph leaves open,
 * and leave outputs out.
 *
 * @throws ModelRefusedError `signature`
 */
export function checkSignature(graph: ModelSignature, manifest: ModelSignature): void {
    for (const { name } of graph.inputs) {
        if (!manifest.inputs.some((input) => input.name === name)) {
            throw mismatch(`has the input ${JSON.stringify(name)}, and the manifest has not`);
        }
    }
    for (const side of ['inputs', 'outputs'] as const) {
        for (const stated of manifest[side]) {
            const declared = graph[side].find(({ name }) => name === stated.name);
            if (declared === undefined || !agrees(stated, declared)) {
                const kind = side === 'inputs' ? 'input' : 'output';
                throw mismatch(
                    `has no such ${kind} as the manifest's ${JSON.stringify(stated.name)}`,
                );
            }
        }
    }
}

function agrees(stated: TensorSpec, declared: TensorSpec): boolean {
    return (
        stated.dtype === declared.dtype &&
        stated.shape.length === declared.shape.length &&
        declared.shape.every(
            (size, axis) => typeof size === 'string' || size === stated.shape[axis],
        )
    );
}

function mismatch(problem: string): ModelRefusedError {
    return new ModelRefusedError('signature', `The model ${problem}.`);
}

function specOf({ name, elementType, shape }: DeclaredValue, symbols: Symbols): TensorSpec {
    if (shape === null) {
        throw new ModelRefusedError('shape', `The model leaves the rank of ${name} open.`);
    }
    return {
        name,
        dtype: dtypeOf(name, elementType),
        shape: shape.map((size) => (typeof size === 'string' ? symbols.name(size) : Number(size))),
    };
}

function dtypeOf(name: string, elementType: number) {
    try {
        return dtypeOfOnnxNumber(elementType, name);
    } catch (error) {
        throw new ModelRefusedError('dtype', `The model's ${name} cannot be carried.`, error);
    }
}

const SYMBOL = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Symbols as manifests allow them: exporters also write formulas, or nothing at all. */
class Symbols {
    readonly #taken: Set<string>;
    readonly #renamed = new Map<string, string>();
    #next = 0;

    constructor(values: readonly DeclaredValue[]) {
        const sizes = values.flatMap(({ shape }) => shape ?? []);
        this.#taken = new Set(sizes.filter((size) => typeof size === 'string'));
    }

    name(symbol: string): string {
        if (SYMBOL.test(symbol)) return symbol;
        const name = this.#renamed.get(symbol) ?? this.#fresh();
        // Dimensions without a symbol have nothing to do with each other.
        if (symbol !== '') this.#renamed.set(symbol, name);
        return name;
    }

    #fresh(): string {
        let name: string;
        do name = `dim${this.#next++}`;
        while (this.#taken.has(name));
        return name;
    }
}
