import {
    type ComparisonRule,
    isFloatDType,
    MAX_TAU,
    MAX_TOLERANCE_OUTPUTS,
    type OutputTolerance,
    type TensorSpec,
} from '../protocol';
import { CalibrationRefusedError } from './errors';

/** tau is this many times the worst distance of honest runs. */
export const TAU_FACTOR = 20;

/**
 * The worst distance that was measured over all instruction sets, AVX-512 and NEON included, on few
 * inputs of 23 models. It counts as a model's worst unless a calibration knows better.
 */
export const LEAST_DISTANCE = 1.3e-5;

/**
 * Counts as the worst where a calibration knows better, and the model hardly rounds: eight times the
 * unit roundoff of float32, 2^-24, for processors that were not measured.
 */
export const LEAST_DISTANCE_KNOWN = 5e-7;

/** Other instruction sets from which a calibration knows better. */
const ENOUGH_SETS = 2;
/**
 * And inputs: a classifier rounds hardly at all on what it is sure of, and a hundred inputs may have
 * none that it is not sure of.
 */
const ENOUGH_INPUTS = 400;

/** The least that counts as a model's worst distance. */
export function leastDistance(inputs: number, instructionSets: number): number {
    const known = inputs >= ENOUGH_INPUTS && instructionSets >= ENOUGH_SETS;
    return known ? LEAST_DISTANCE_KNOWN : LEAST_DISTANCE;
}

/** The clamp is at least this many times the largest element that was seen. */
const CLAMP_FACTOR = 16;
/** The floor is this part of the median norm that was seen. */
const FLOOR_SHARE = 0.1;
/** Of tau. */
const DIGITS = 2;

/** What a float output was like in the reference class. */
export interface OutputRange {
    readonly name: string;
    /** Largest absolute value of an element. */
    readonly largest: number;
    /** L2 norm of the output of each input. */
    readonly norms: readonly number[];
}

/**
 * The float outputs of a model, which get a tolerance.
 *
 * @throws CalibrationRefusedError `too-many-outputs`
 */
export function floatOutputs(outputs: readonly TensorSpec[]): TensorSpec[] {
    const floats = outputs.filter(({ dtype }) => isFloatDType(dtype));
    if (floats.length <= MAX_TOLERANCE_OUTPUTS) return floats;
    throw new CalibrationRefusedError(
        'too-many-outputs',
        `it has ${floats.length} float outputs, and a rule holds ${MAX_TOLERANCE_OUTPUTS}.`,
    );
}

/**
 * Scale, clamp and floor by the range of the outputs, with the largest tau, which the distances
 * replace. The clamp is the power of two from 16 times the largest element, so that no honest element
 * saturates. The floor is a tenth of the median norm: an output of nearly zero is compared by
 * what the others are like, not by its own noise.
 *
 * @throws CalibrationRefusedError `no-signal`
 */
export function ruleOfRanges(ranges: readonly OutputRange[]): ComparisonRule {
    if (ranges.length === 0) return { class: 'exact' };
    return {
        class: 'tolerance',
        outputs: ranges.map(({ name, largest, norms }): OutputTolerance => {
            if (largest === 0) {
                throw new CalibrationRefusedError(
                    'no-signal',
                    `its output ${JSON.stringify(name)} is zero for every input.`,
                );
            }
            const clamp = 2 ** Math.ceil(Math.log2(CLAMP_FACTOR * largest));
            const middle = median(norms) || Math.max(...norms);
            const floor = Number((FLOOR_SHARE * middle).toPrecision(1));
            return { name, scale: 1, clamp, tau: MAX_TAU, floor };
        }),
    };
}

/** How far honest results of an output were apart, at most, and in which class. */
export interface WorstDistance {
    readonly distance: number;
    readonly className: string;
}

/**
 * The rule with a tau for each output: `20 * max(worst distance, least distance)`, rounded up to two
 * digits.
 *
 * @param worst - worst relative L2 distance of each output, by name, and the class that had it
 * @param least - see `leastDistance`
 * @throws CalibrationRefusedError `tau-too-large` over `MAX_TAU`
 */
export function withTau(
    rule: ComparisonRule,
    worst: ReadonlyMap<string, WorstDistance>,
    least: number,
): ComparisonRule {
    if (rule.class === 'exact') return rule;
    const outputs = rule.outputs.map((output) => {
        const { distance, className } = worst.get(output.name) ?? { distance: 0, className: '' };
        const tau = roundedUp(TAU_FACTOR * Math.max(distance, least));
        if (tau <= MAX_TAU) return { ...output, tau };
        throw new CalibrationRefusedError(
            'tau-too-large',
            `honest results of its output ${JSON.stringify(output.name)} are up to ` +
                `${distance.toExponential(1)} apart (${className}), and ${TAU_FACTOR} times that is ` +
                `over ${MAX_TAU}.`,
        );
    });
    return { class: 'tolerance', outputs };
}

/** Up to two digits, so that manifests stay readable. */
function roundedUp(value: number): number {
    const rounded = Number(value.toPrecision(DIGITS));
    // A value of two digits may have come out a little larger than it is.
    if (rounded >= value * (1 - 1e-12)) return rounded;
    const step = 10 ** (Math.floor(Math.log10(value)) - DIGITS + 1);
    return Number((rounded + step).toPrecision(DIGITS));
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
