import * as z from 'zod';
import { equalBytes } from './bytes';
import { isFloatDType } from './dtype';
import { ComparisonError } from './errors';
import { type FloatElements, floatElements } from './float-elements';
import type { Item } from './item';
import { MAX_TAU, MAX_TOLERANCE_OUTPUTS } from './limits';
import { areUnique, checkedDocument, tensorNameSchema } from './schema';
import { haveSameType, isNumeric, type Tensor } from './tensor';

/** How one float output is compared. All numbers come from a calibration of the model. */
export interface OutputTolerance {
    /** Name of the output. */
    readonly name: string;
    /** Each element is multiplied by this first. */
    readonly scale: number;
    /** Scaled elements are clamped to -clamp to clamp; which ones are has to agree exactly. */
    readonly clamp: number;
    /** Largest relative L2 distance of the scaled and clamped elements that still passes. */
    readonly tau: number;
    /** Least L2 norm, of scaled elements, that the distance is relative to. */
    readonly floor: number;
}

/**
 * When two outputs of a model for the same input count as equal. `exact`: all bytes equal.
 * `tolerance`: the outputs that it names, which are floats, lie within their tau; all others are
 * equal byte for byte.
 */
export type ComparisonRule =
    | { readonly class: 'exact' }
    | { readonly class: 'tolerance'; readonly outputs: readonly OutputTolerance[] };

/** Far beyond any use, and far enough below the largest number that no sum of squares overflows. */
const LARGEST = 1e30;

const positive = z.number().positive().max(LARGEST);

export const comparisonRuleSchema: z.ZodType<ComparisonRule> = z.discriminatedUnion('class', [
    z.strictObject({ class: z.literal('exact') }),
    z.strictObject({
        class: z.literal('tolerance'),
        outputs: z
            .array(
                z.strictObject({
                    name: tensorNameSchema,
                    scale: positive,
                    clamp: positive,
                    tau: positive.max(MAX_TAU),
                    floor: positive,
                }),
            )
            .min(1)
            .max(MAX_TOLERANCE_OUTPUTS)
            .refine((outputs) => areUnique(outputs, ({ name }) => name), 'names an output twice'),
    }),
]);

/**
 * Takes a value of any origin as a comparison rule.
 *
 * @throws ComparisonError `COMPARISON_INVALID`.
 */
export function asComparisonRule(value: unknown): ComparisonRule {
    return checkedDocument(
        comparisonRuleSchema,
        value,
        (issues, cause) => new ComparisonError(issues, cause),
    );
}

/** Why two outputs are not equal. */
export type Mismatch =
    /** The actual item has no such output. */
    | 'missing'
    /** The expected item has no such output. */
    | 'unexpected'
    /** Another element type or other dimensions. */
    | 'type'
    /** Compared exactly, and some bytes differ. */
    | 'bytes'
    /** NaN or infinities in other places, or infinities of another sign. */
    | 'special-values'
    /** Other elements reach the clamp, or with another sign. */
    | 'saturation'
    /** Farther apart than tau. */
    | 'distance';

/** How one output compares. */
export interface OutputComparison {
    readonly name: string;
    readonly equal: boolean;
    /** Why not, if they are not equal. */
    readonly mismatch?: Mismatch;
    /** What a tolerance measured, where it could be: relative L2 distance, and its limit. */
    readonly measured?: {
        readonly distance: number;
        readonly tau: number;
        /** Largest difference between two elements, after scaling and clamping. */
        readonly maxDeviation: number;
    };
}

/** How two outputs of a model compare. */
export interface ComparisonReport {
    /** Whether all outputs are equal under the rule. */
    readonly equal: boolean;
    /** Each output of either item, sorted by name. */
    readonly outputs: readonly OutputComparison[];
}

/**
 * Compares what a model gave with what it should have given.
 *
 * For a tolerance, `y = clamp(x * scale)` and the distance is
 * `|y_actual - y_expected| / max(|y_expected|, floor)` in the L2 norm. NaN, infinities and clamped
 * elements have to agree in place and sign; NaN and infinities count as 0 in the norm.
 *
 * @param expected Output of the own run, or of the reference.
 * @param actual Output that is judged.
 */
export function compareOutputs(
    rule: ComparisonRule,
    expected: Item,
    actual: Item,
): ComparisonReport {
    const tolerances = new Map(
        rule.class === 'exact' ? [] : rule.outputs.map((output) => [output.name, output]),
    );
    const names = [...new Set([...expected.keys(), ...actual.keys()])].sort();
    const outputs = names.map((name): OutputComparison => {
        return compareOutput(name, expected.get(name), actual.get(name), tolerances.get(name));
    });
    return { equal: outputs.every(({ equal }) => equal), outputs };
}

function compareOutput(
    name: string,
    expected: Tensor | undefined,
    actual: Tensor | undefined,
    tolerance: OutputTolerance | undefined,
): OutputComparison {
    if (actual === undefined) return { name, equal: false, mismatch: 'missing' };
    if (expected === undefined) return { name, equal: false, mismatch: 'unexpected' };
    if (!haveSameType(expected, actual)) return { name, equal: false, mismatch: 'type' };
    const floats = isFloatDType(expected.dtype) && isNumeric(expected) && isNumeric(actual);
    if (tolerance !== undefined && floats) {
        return compareFloats(tolerance, floatElements(expected), floatElements(actual));
    }
    return haveSameBytes(expected, actual)
        ? { name, equal: true }
        : { name, equal: false, mismatch: 'bytes' };
}

function compareFloats(
    tolerance: OutputTolerance,
    expected: FloatElements,
    actual: FloatElements,
): OutputComparison {
    const { name, scale, clamp, tau, floor } = tolerance;
    let squaredDifference = 0;
    let squaredNorm = 0;
    let maxDeviation = 0;
    for (let i = 0; i < expected.length; i++) {
        const e = expected.at(i) * scale;
        const a = actual.at(i) * scale;
        if (!isSpecial(expected.at(i)) && !isSpecial(actual.at(i))) {
            const saturated = Math.abs(e) >= clamp;
            if (saturated !== Math.abs(a) >= clamp || (saturated && e > 0 !== a > 0)) {
                return { name, equal: false, mismatch: 'saturation' };
            }
            if (saturated) {
                squaredNorm += clamp * clamp;
                continue;
            }
            const deviation = Math.abs(a - e);
            squaredDifference += deviation * deviation;
            squaredNorm += e * e;
            maxDeviation = Math.max(maxDeviation, deviation);
        } else if (!Object.is(expected.at(i), actual.at(i))) {
            return { name, equal: false, mismatch: 'special-values' };
        }
    }
    const distance = Math.sqrt(squaredDifference) / Math.max(Math.sqrt(squaredNorm), floor);
    const measured = { distance, tau, maxDeviation };
    return distance <= tau
        ? { name, equal: true, measured }
        : { name, equal: false, mismatch: 'distance', measured };
}

function isSpecial(value: number): boolean {
    return !Number.isFinite(value);
}

function haveSameBytes(a: Tensor, b: Tensor): boolean {
    if (isNumeric(a) && isNumeric(b)) return equalBytes(a.data, b.data);
    if (isNumeric(a) || isNumeric(b) || a.data.length !== b.data.length) return false;
    return a.data.every((element, index) => equalBytes(element, b.data[index] as Uint8Array));
}
