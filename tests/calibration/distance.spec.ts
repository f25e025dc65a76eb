import fc from 'fast-check';
import { distanceOverTau, sketchDistances } from '../../calibration';
import {
    asHash,
    type ComparisonRule,
    isWithinTau,
    type OutputTolerance,
    type Sketch,
    sketchOutput,
    sketchRuleOf,
    tensorOf,
} from '../../protocol';

const exact = asHash(new Uint8Array(32).fill(1));
const rule: OutputTolerance = { name: 'y', scale: 1, clamp: 64, tau: 1e-3, floor: 0.5 };
const rules = [sketchRuleOf(rule)];

function sketch(projections: readonly bigint[]): Sketch {
    return { failed: false, exact, projections: [projections] };
}

const zeros = new Array<bigint>(8).fill(0n);

describe('the distance of two sketches', () => {
    it('is that of their projections over the norm of the reference', () => {
        const reference = [3n, 4n, 0n, 0n, 0n, 0n, 0n, 0n].map((x) => x * 10n ** 12n);
        const own = reference.map((x, i) => (i === 7 ? x + 10n ** 11n : x));
        expect(sketchDistances(rules, sketch(own), sketch(reference))?.[0]).toBeCloseTo(0.02, 12);
        expect(distanceOverTau(rules, sketch(own), sketch(reference))).toBeCloseTo(20, 9);
    });

    it('is over the floor where the reference is smaller', () => {
        const one = zeros.map((_, i) => (i === 0 ? 1_000_000n : 0n));
        const floor = Number(rules[0]?.floor);
        expect(sketchDistances(rules, sketch(one), sketch(zeros))).toEqual([1e6 / floor]);
    });

    it('is the worst of all outputs, each in its own tau', () => {
        const two = [rules[0], { tau: 1_000n, floor: 1_000n }].flatMap((one) => one ?? []);
        const moved = [zeros, zeros.map(() => 1n)];
        const own: Sketch = { failed: false, exact, projections: moved };
        const reference: Sketch = { failed: false, exact, projections: [zeros, zeros] };
        const expected = Math.sqrt(8) / 1000 / 1e-6;
        expect(distanceOverTau(two, own, reference)).toBeCloseTo(expected, 6);
    });

    it('is without bound where what is compared exactly differs', () => {
        const other = { ...sketch(zeros), exact: asHash(new Uint8Array(32).fill(2)) };
        expect(sketchDistances(rules, other, sketch(zeros))).toBeUndefined();
        expect(distanceOverTau(rules, other, sketch(zeros))).toBe(Infinity);
        const failed = { ...sketch(zeros), failed: true };
        expect(distanceOverTau(rules, failed, sketch(zeros))).toBe(Infinity);
    });

    it('is at most tau exactly where the protocol passes, whatever the projections', () => {
        const number = fc.bigInt(-(2n ** 50n), 2n ** 50n);
        const projections = fc.array(number, { minLength: 8, maxLength: 8 });
        const by = fc.double({ min: 0, max: 3e-3, noNaN: true });
        fc.assert(
            fc.property(projections, by, (reference, share) => {
                const own = reference.map((x) => x + BigInt(Math.round(Number(x) * share)));
                const distance = distanceOverTau(rules, sketch(own), sketch(reference));
                // Closer to the border than a double tells, either may hold.
                fc.pre(Math.abs(distance - 1) > 1e-9);
                expect(isWithinTau(rules, sketch(own), sketch(reference))).toBe(distance < 1);
            }),
        );
    });

    it('measures the relative L2 distance of the outputs, on average over seeds', () => {
        const values = Array.from({ length: 500 }, (_, i) => Math.sin(i));
        const noisy = values.map((x, i) => x + 1e-4 * Math.cos(7 * i));
        const norm = (list: readonly number[]) => Math.hypot(...list);
        const wanted = norm(values.map((x, i) => x - (noisy[i] ?? 0))) / norm(values);
        const comparison: ComparisonRule = { class: 'tolerance', outputs: [rule] };
        const item = (list: readonly number[]) =>
            new Map([['y', tensorOf('float32', [500], [...list])]]);
        const squares = Array.from({ length: 200 }, (_, i) => {
            const seed = asHash(new Uint8Array(32).fill(i));
            const [own, reference] = [noisy, values].map((list) =>
                sketchOutput(comparison, item(list), seed),
            );
            return (sketchDistances(rules, own as Sketch, reference as Sketch)?.[0] ?? NaN) ** 2;
        });
        const mean = Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / squares.length);
        expect(mean / wanted).toBeGreaterThan(0.9);
        expect(mean / wanted).toBeLessThan(1.3);
    });
});
