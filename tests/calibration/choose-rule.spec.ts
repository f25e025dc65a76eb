import {
    floatOutputs,
    LEAST_DISTANCE,
    LEAST_DISTANCE_KNOWN,
    leastDistance,
    ruleOfRanges,
    type WorstDistance,
    withTau,
} from '../../calibration/choose-rule';
import type { ComparisonRule, TensorSpec } from '../../protocol';
import { reasonOf } from './world';

const range = { name: 'y', largest: 1, norms: [2, 4, 6] };

function tausOf(rule: ComparisonRule): number[] {
    return rule.class === 'exact' ? [] : rule.outputs.map(({ tau }) => tau);
}

function worstOf(distances: Readonly<Record<string, number>>): Map<string, WorstDistance> {
    const entries = Object.entries(distances);
    return new Map(entries.map(([name, distance]) => [name, { distance, className: 'wasm' }]));
}

describe('a rule by ranges', () => {
    it('clamps at a power of two, at least 16 times beyond the largest element', () => {
        const clampOf = (largest: number) => {
            const rule = ruleOfRanges([{ ...range, largest }]);
            return rule.class === 'exact' ? 0 : rule.outputs[0]?.clamp;
        };
        expect([1, 1.01, 0.9, 100, 1e-6].map(clampOf)).toEqual([16, 32, 16, 2048, 2 ** -15]);
    });

    it('has a floor of a tenth of the median norm', () => {
        expect(ruleOfRanges([range])).toMatchObject({ outputs: [{ scale: 1, floor: 0.4 }] });
        expect(ruleOfRanges([{ ...range, norms: [0, 0, 0, 3] }])).toMatchObject({
            outputs: [{ floor: 0.3 }],
        });
    });

    it('is exact where there are no floats', () => {
        expect(ruleOfRanges([])).toEqual({ class: 'exact' });
    });

    it('is refused for an output that is always zero', () => {
        expect(reasonOf(() => ruleOfRanges([{ ...range, largest: 0, norms: [0] }]))).toBe(
            'no-signal',
        );
    });
});

describe('tau', () => {
    const rule = ruleOfRanges([range]);

    it('is 20 times the worst distance, rounded up', () => {
        const tau = (worst: number) => tausOf(withTau(rule, worstOf({ y: worst }), 1e-7))[0];
        expect([2e-5, 1.23e-6, 1.25e-6, 4.9e-5].map(tau)).toEqual([4e-4, 2.5e-5, 2.5e-5, 9.8e-4]);
    });

    it('is never below 20 times the least distance', () => {
        expect(tausOf(withTau(rule, worstOf({ y: 1e-9 }), LEAST_DISTANCE))).toEqual([2.6e-4]);
        expect(tausOf(withTau(rule, new Map(), LEAST_DISTANCE))).toEqual([2.6e-4]);
    });

    it('has a smaller least with many inputs in other instruction sets, and only with both', () => {
        expect(leastDistance(400, 2)).toBe(LEAST_DISTANCE_KNOWN);
        expect([leastDistance(399, 4), leastDistance(10_000, 1)]).toEqual([
            LEAST_DISTANCE,
            LEAST_DISTANCE,
        ]);
    });

    it('belongs to each output by itself', () => {
        const two = ruleOfRanges([range, { ...range, name: 'z' }]);
        const worst = worstOf({ y: 1e-6, z: 1e-5 });
        expect(tausOf(withTau(two, worst, 1e-7))).toEqual([2e-5, 2e-4]);
    });

    it('is refused over what nodes accept', () => {
        expect(reasonOf(() => withTau(rule, worstOf({ y: 5.1e-5 }), 1e-7))).toBe('tau-too-large');
        expect(reasonOf(() => withTau(rule, worstOf({ y: 5e-5 }), 1e-7))).toBeUndefined();
    });
});

describe('float outputs', () => {
    const spec = (name: string, dtype: TensorSpec['dtype']): TensorSpec => ({
        name,
        dtype,
        shape: [1],
    });

    it('are those that a tolerance is for, at most four', () => {
        const four = ['a', 'b', 'c', 'd'].map((name) => spec(name, 'float32'));
        expect(floatOutputs([...four, spec('n', 'int64')])).toEqual(four);
        expect(reasonOf(() => floatOutputs([...four, spec('e', 'float16')]))).toBe(
            'too-many-outputs',
        );
    });
});
