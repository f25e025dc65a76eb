import {
    compareOutputs,
    type ComparisonRule,
    decodeItem,
    decodeOutputItem,
    encodeItem,
    equalBytes,
    type Hash,
    type Item,
    type Mismatch,
    sketchOutput,
    sketchRuleOf,
} from '../protocol';
import { type CalibrationClass, counts } from './calibration-class';
import { sketchDistances } from './distance';
import { type CalibrationRefusal, CalibrationRefusedError } from './errors';
import {
    type ClassOutcome,
    executeClass,
    type ExecuteClassOptions,
    outputBytes,
    type StoredOutput,
} from './execute-class';
import { projectionSeedOf } from './seeded';
import type { SourceGraph } from './source-graph';
import { firstOfBatch, stackItems } from './stack';
import type { ModelSource } from '../runtime';

/** What every class is held against. */
export interface Reference {
    readonly model: SourceGraph;
    readonly source: ModelSource;
    /** Encoded inputs. */
    readonly items: readonly Uint8Array[];
    /** Their outputs in the reference class. */
    readonly outputs: readonly StoredOutput[];
    readonly rule: ComparisonRule;
    /** Merkle root of the inputs, from which projections are drawn. */
    readonly root: Hash;
}

/** How one class lay beside the reference. */
export interface ClassResult {
    readonly name: string;
    /** Whether tau has to allow for it. */
    readonly counts: boolean;
    readonly inputs: number;
    readonly bitEqual: number;
    /** Worst relative L2 distance; Infinity where something differs that is compared exactly. */
    readonly distance: number;
    /** Worst distance of sketches, in the same way. */
    readonly sketchDistance: number;
    /** Worst relative L2 distance of each output of the rule, by name. */
    readonly byOutput: ReadonlyMap<string, number>;
}

export interface MeasureClassOptions extends ExecuteClassOptions {
    /** Inputs to execute, by their places; all unless set. */
    readonly chosen?: readonly number[];
    readonly onInput?: (done: number, total: number) => void;
}

/**
 * Executes inputs in a class and measures how far its outputs are from those of the reference.
 *
 * @returns undefined where the model cannot be executed at the batch of the class
 * @throws CalibrationRefusedError, for a class that counts, where outputs differ in what no tau
 * allows, or an input gives none; else as `executeClass`
 */
export async function measureClass(
    cls: CalibrationClass,
    reference: Reference,
    options: MeasureClassOptions,
): Promise<ClassResult | undefined> {
    const { items, rule, model } = reference;
    const { batch = 1 } = cls;
    const chosen = options.chosen ?? items.map((_, index) => index);
    const encoded = chosen.map((index) =>
        batch === 1 ? items[index] : stackedAt(reference, index, batch),
    );
    const inputs = encoded.filter((item) => item !== undefined);
    if (inputs.length < chosen.length) return undefined;
    const tally = new Tally(cls, rule);
    const source = batch === 1 ? reference.source : model.open;
    for await (const outcome of executeClass(cls, source, inputs, options)) {
        const index = chosen[outcome.index] ?? 0;
        const expected = outputBytes(reference.outputs[index] ?? new Uint8Array(0));
        const actual = actualOf(cls, outcome, index, expected, model);
        if (actual === undefined) return undefined;
        tally.add(index, expected, actual, projectionSeedOf(reference.root, index));
        options.onInput?.(tally.inputs, chosen.length);
    }
    return tally.result;
}

/** An input together with those after it. */
function stackedAt(
    { items, model }: Reference,
    index: number,
    batch: number,
): Uint8Array | undefined {
    const parts = Array.from({ length: batch }, (_, i) => {
        return decodeItem(items[(index + i) % items.length] as Uint8Array);
    });
    const stacked = stackItems(model.declared.inputs, parts);
    return stacked && encodeItem(stacked);
}

function actualOf(
    cls: CalibrationClass,
    outcome: ClassOutcome,
    index: number,
    expected: Uint8Array,
    { declared }: SourceGraph,
): Uint8Array | undefined {
    if ('error' in outcome) {
        if (!counts(cls)) return undefined;
        const { code, message } = outcome.error;
        throw new CalibrationRefusedError(
            'item-failed',
            `input ${index} gives no result in the class ${cls.name} (${code}: ${message}).`,
        );
    }
    const bytes = outputBytes(outcome.output);
    const { batch = 1 } = cls;
    if (batch === 1) return bytes;
    const like = decodeOutputItem(expected);
    const first = firstOfBatch(declared.outputs, decodeOutputItem(bytes), like, batch);
    return first && encodeItem(first);
}

/** Gathers the worst of a class. */
class Tally {
    inputs = 0;
    #bitEqual = 0;
    #distance = 0;
    #sketchDistance = 0;
    readonly #byOutput = new Map<string, number>();

    constructor(
        private readonly cls: CalibrationClass,
        private readonly rule: ComparisonRule,
    ) {}

    add(index: number, expected: Uint8Array, actual: Uint8Array, seed: Hash): void {
        this.inputs += 1;
        if (equalBytes(expected, actual)) {
            this.#bitEqual += 1;
            return;
        }
        this.#compare(index, decodeOutputItem(expected), decodeOutputItem(actual), seed);
    }

    get result(): ClassResult {
        return {
            name: this.cls.name,
            counts: counts(this.cls),
            inputs: this.inputs,
            bitEqual: this.#bitEqual,
            distance: this.#distance,
            sketchDistance: this.#sketchDistance,
            byOutput: this.#byOutput,
        };
    }

    #compare(index: number, expected: Item, actual: Item, seed: Hash): void {
        for (const { name, mismatch, measured } of compareOutputs(this.rule, expected, actual)
            .outputs) {
            if (mismatch !== undefined && mismatch !== 'distance') {
                if (counts(this.cls)) throw this.#refusal(index, name, mismatch);
                this.#distance = this.#sketchDistance = Infinity;
                return;
            }
            const distance = measured?.distance ?? 0;
            this.#distance = Math.max(this.#distance, distance);
            this.#byOutput.set(name, Math.max(this.#byOutput.get(name) ?? 0, distance));
        }
        if (this.rule.class === 'exact') return;
        const [own, other] = [actual, expected].map((item) => sketchOutput(this.rule, item, seed));
        if (own === undefined || other === undefined) return;
        const distances = sketchDistances(this.rule.outputs.map(sketchRuleOf), own, other);
        this.#sketchDistance = Math.max(this.#sketchDistance, ...(distances ?? [Infinity]));
    }

    #refusal(index: number, output: string, mismatch: Mismatch): CalibrationRefusedError {
        return new CalibrationRefusedError(
            REFUSALS[mismatch],
            `its output ${JSON.stringify(output)} for input ${index} differs in the class ` +
                `${this.cls.name}: ${WORDS[mismatch]}.`,
        );
    }
}

const REFUSALS: Record<Mismatch, CalibrationRefusal> = {
    missing: 'shape-unstable',
    unexpected: 'shape-unstable',
    type: 'shape-unstable',
    bytes: 'exact-differs',
    'special-values': 'non-finite',
    saturation: 'tau-too-large',
    distance: 'tau-too-large',
};

const WORDS: Record<Mismatch, string> = {
    missing: 'it is not there',
    unexpected: 'it is there',
    type: 'it has other dimensions',
    bytes: 'it has other values, and only floats have a tolerance',
    'special-values': 'other elements are NaN or infinite',
    saturation: 'elements are more than 16 times as large',
    distance: 'it is too far away',
};
