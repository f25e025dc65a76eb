import { equalBytes, PROJECTIONS, type Sketch, type SketchRule } from '../protocol';

/**
 * How far a sketch is from a reference: `|s - r| / max(|r|, floor)` over the eight projections of each
 * output of the rule, in its order; the square root of what a contract compares with tau squared
 * (contracts/escrow/sketch.tact).
 *
 * @returns undefined where the parts that are compared exactly differ, which no tau allows
 */
export function sketchDistances(
    rules: readonly SketchRule[],
    sketch: Sketch,
    reference: Sketch,
): number[] | undefined {
    if (sketch.failed !== reference.failed || !equalBytes(sketch.exact, reference.exact)) {
        return undefined;
    }
    return rules.map(({ floor }, output) => {
        const own = sketch.projections[output] ?? [];
        const other = reference.projections[output] ?? [];
        let difference = 0n;
        let norm = 0n;
        for (let j = 0; j < PROJECTIONS; j++) {
            const r = other[j] ?? 0n;
            const d = (own[j] ?? 0n) - r;
            difference += d * d;
            norm += r * r;
        }
        const scale = norm > floor * floor ? norm : floor * floor;
        return Math.sqrt(Number(difference) / Number(scale));
    });
}

const NANO = 1e9;

/**
 * The same in units of each output's tau, the worst output: up to 1 a check passes, and beyond 8 a
 * jury convicts. Infinity where the exact parts differ.
 */
export function distanceOverTau(
    rules: readonly SketchRule[],
    sketch: Sketch,
    reference: Sketch,
): number {
    const distances = sketchDistances(rules, sketch, reference);
    if (distances === undefined) return Infinity;
    return Math.max(
        0,
        ...distances.map((distance, i) => (distance * NANO) / Number(rules[i]?.tau ?? 1n)),
    );
}
