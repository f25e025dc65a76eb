import { concatBytes, equalBytes, u32ToBytes, u64ToBytes, utf8ToBytes } from './bytes';
import type { ComparisonRule, OutputTolerance } from './comparison';
import { isFloatDType, onnxNumberOf } from './dtype';
import { floatElements } from './float-elements';
import { type Hash, sha256, sha256Of } from './hash';
import type { Item } from './item';
import { ITEM_ERROR_CODES, type ItemErrorName } from './leaf';
import { isNumeric, type NumericTensor, type Tensor } from './tensor';

/** Projections of each output; see `projections` in contracts/schema.tlb. */
export const PROJECTIONS = 8;
/** A scaled element at the clamp is this much, so that sums of 2^30 elements fit into 63 bits. */
const UNITS = 2 ** 32;
/** Elements whose sum of units a double holds exactly. */
const EXACT_ELEMENTS = 2 ** 20;

const SIGNS_TAG = utf8ToBytes('cocoon.sketch.signs');
const EXACT_TAG = utf8ToBytes('cocoon.sketch.exact');
const FAILED_TAG = utf8ToBytes('cocoon.sketch.failed');

/** What is known of an output without knowing it: enough to tell whether two are close. */
export interface Sketch {
    /** Whether the leaf is an error. */
    readonly failed: boolean;
    /** Keyed hash of everything that is compared exactly. */
    readonly exact: Hash;
    /** For each output of the rule, in its order: eight signed integers of 64 bits. */
    readonly projections: readonly (readonly bigint[])[];
}

/**
 * The sketch of an item's outputs under a seed that nobody knew when they were committed.
 *
 * For each output that the rule names, an element `x` becomes an integer of
 * `round(clamp(x * scale) / clamp * 2^32)` units, ties upwards, and 0 for NaN and infinities. A
 * projection is the sum of all elements, each with a random sign (the sketch of Alon, Matias and
 * Szegedy, as Achlioptas uses it for distances): bit `j` of byte `i mod 32` of
 * `SHA-256("cocoon.sketch.signs", seed, output as u8, floor(i / 32) as u64)` is set where element
 * `i` is subtracted in projection `j`. Everything is an integer after the first rounding, so that
 * every machine gets the same numbers from the same output.
 *
 * The exact hash covers each output by name, dtype and dimensions, and then all its bytes, or,
 * for one that the rule names, only which elements are NaN, infinite or at the clamp.
 */
export function sketchOutput(rule: ComparisonRule, output: Item, seed: Hash): Sketch {
    const tolerances = rule.class === 'exact' ? [] : rule.outputs;
    const byName = new Map(tolerances.map((tolerance) => [tolerance.name, tolerance]));
    const parts: Uint8Array[] = [EXACT_TAG, seed];
    for (const [name, tensor] of [...output].sort(([a], [b]) => (a < b ? -1 : 1))) {
        parts.push(framed(utf8ToBytes(name)), typeOf(tensor));
        const tolerance = byName.get(name);
        parts.push(
            tolerance !== undefined && isFloats(tensor)
                ? specialElements(tolerance, tensor)
                : contentOf(tensor),
        );
    }
    return {
        failed: false,
        exact: sha256Of(parts),
        projections: tolerances.map((tolerance, index) => {
            const tensor = output.get(tolerance.name);
            return tensor !== undefined && isFloats(tensor)
                ? project(tolerance, tensor, seed, index)
                : new Array<bigint>(PROJECTIONS).fill(0n);
        }),
    };
}

/** The sketch of a leaf without a result. */
export function sketchFailure(rule: ComparisonRule, code: ItemErrorName, seed: Hash): Sketch {
    const outputs = rule.class === 'exact' ? 0 : rule.outputs.length;
    return {
        failed: true,
        exact: sha256Of([FAILED_TAG, seed, u32ToBytes(ITEM_ERROR_CODES[code])]),
        projections: Array.from({ length: outputs }, () => new Array<bigint>(PROJECTIONS).fill(0n)),
    };
}

/** How one output is compared on chain; see `output_rule` in contracts/schema.tlb. */
export interface SketchRule {
    /** In 10^-9. */
    readonly tau: bigint;
    /** In units of the projections. */
    readonly floor: bigint;
}

const NANO = 1e9;
const MAX_FLOOR = 2n ** 63n - 1n;

/** The numbers of an output's rule as a contract compares with them. */
export function sketchRuleOf({ tau, floor, clamp }: OutputTolerance): SketchRule {
    // Eight projections together have eight times the square of the elements' norm.
    const units = (floor / clamp) * UNITS * Math.sqrt(PROJECTIONS);
    const whole = units < Number(MAX_FLOOR) ? BigInt(Math.max(1, Math.round(units))) : MAX_FLOOR;
    return { tau: BigInt(Math.max(1, Math.round(tau * NANO))), floor: whole };
}

/** How many times tau two sketches may be apart, as a fraction. */
export interface TauMultiple {
    readonly numerator: bigint;
    readonly denominator: bigint;
}

const ONCE: TauMultiple = { numerator: 1n, denominator: 1n };

/**
 * Whether a sketch lies within a multiple of tau of a reference: both failed in the same way, or
 * the exact parts agree and `|s - r|^2 <= (times * tau)^2 * max(|r|^2, floor^2)` for each output.
 * Integers of at most 194 bits, so that a contract computes the same.
 *
 * @param reference - the verifier's or juror's own sketch
 */
export function isWithinTau(
    rules: readonly SketchRule[],
    sketch: Sketch,
    reference: Sketch,
    { numerator, denominator }: TauMultiple = ONCE,
): boolean {
    if (sketch.failed !== reference.failed) return false;
    if (!equalBytes(sketch.exact, reference.exact)) return false;
    return rules.every(({ tau, floor }, index) => {
        const own = sketch.projections[index] ?? [];
        const other = reference.projections[index] ?? [];
        let difference = 0n;
        let norm = 0n;
        for (let j = 0; j < PROJECTIONS; j++) {
            const s = own[j] ?? 0n;
            const r = other[j] ?? 0n;
            difference += (s - r) * (s - r);
            norm += r * r;
        }
        const scale = norm > floor * floor ? norm : floor * floor;
        const limit = tau * tau * numerator * numerator * scale;
        return difference * 10n ** 18n * denominator * denominator <= limit;
    });
}

function project(
    { scale, clamp }: OutputTolerance,
    tensor: NumericTensor,
    seed: Hash,
    output: number,
): bigint[] {
    const elements = floatElements(tensor);
    const sums = new Float64Array(PROJECTIONS);
    const totals = new Array<bigint>(PROJECTIONS).fill(0n);
    const flush = () => {
        for (let j = 0; j < PROJECTIONS; j++) {
            totals[j] = (totals[j] ?? 0n) + BigInt(sums[j] ?? 0);
            sums[j] = 0;
        }
    };
    const head = concatBytes([SIGNS_TAG, seed, Uint8Array.of(output)]);
    let signs: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < elements.length; i++) {
        if (i % 32 === 0) signs = sha256(concatBytes([head, u64ToBytes(BigInt(i / 32))]));
        if (i % EXACT_ELEMENTS === 0) flush();
        const units = unitsOf(elements.at(i), scale, clamp);
        if (units === 0) continue;
        const byte = signs[i % 32] ?? 0;
        for (let j = 0; j < PROJECTIONS; j++) {
            sums[j] = (sums[j] ?? 0) + ((byte >> j) & 1 ? -units : units);
        }
    }
    flush();
    return totals;
}

function unitsOf(element: number, scale: number, clamp: number): number {
    if (!Number.isFinite(element)) return 0;
    const scaled = Math.max(-clamp, Math.min(clamp, element * scale));
    return Math.round((scaled / clamp) * UNITS);
}

/** Elements that have to agree exactly. */
const SPECIAL = { nan: 1, infinity: 2, minusInfinity: 3, clamped: 4, minusClamped: 5 } as const;

/** Index as u32 and kind as u8 of each special element, in order, after their number. */
function specialElements({ scale, clamp }: OutputTolerance, tensor: NumericTensor): Uint8Array {
    const elements = floatElements(tensor);
    const parts: Uint8Array[] = [];
    for (let i = 0; i < elements.length; i++) {
        const kind = kindOf(elements.at(i), scale, clamp);
        if (kind !== 0) parts.push(u32ToBytes(i), Uint8Array.of(kind));
    }
    return concatBytes([u32ToBytes(parts.length / 2), ...parts]);
}

function kindOf(element: number, scale: number, clamp: number): number {
    if (Number.isNaN(element)) return SPECIAL.nan;
    if (element === Infinity) return SPECIAL.infinity;
    if (element === -Infinity) return SPECIAL.minusInfinity;
    const scaled = element * scale;
    if (scaled >= clamp) return SPECIAL.clamped;
    return scaled <= -clamp ? SPECIAL.minusClamped : 0;
}

function isFloats(tensor: Tensor): tensor is NumericTensor {
    return isNumeric(tensor) && isFloatDType(tensor.dtype);
}

/** Dtype as ONNX numbers it, number of dimensions, and each as u64. */
function typeOf(tensor: Tensor): Uint8Array {
    const dims = tensor.dims.map((size) => u64ToBytes(BigInt(size)));
    const head = Uint8Array.of(onnxNumberOf(tensor.dtype), tensor.dims.length);
    return concatBytes([head, ...dims]);
}

function contentOf(tensor: Tensor): Uint8Array {
    if (isNumeric(tensor)) return framed(tensor.data);
    return concatBytes([u32ToBytes(tensor.data.length), ...tensor.data.map(framed)]);
}

function framed(bytes: Uint8Array): Uint8Array {
    return concatBytes([u64ToBytes(BigInt(bytes.length)), bytes]);
}
