import fc from 'fast-check';
import {
    asComparisonRule,
    compareOutputs,
    encodeItem,
    tensorOf,
    type ComparisonRule,
    type Item,
    type Tensor,
} from '../../protocol';
import { codeOf, items } from './arbitraries';

const exact: ComparisonRule = { class: 'exact' };
const y = { name: 'y', scale: 1, clamp: 100, tau: 1e-3, floor: 1e-3 };

function tolerance(changes: Partial<typeof y> = {}): ComparisonRule {
    return { class: 'tolerance', outputs: [{ ...y, ...changes }] };
}

function output(tensor: Tensor): Item {
    return new Map([['y', tensor]]);
}

function floats(...values: number[]): Item {
    return output(tensorOf('float64', [values.length], values));
}

/** Whether the outputs count as equal, or why not. */
function verdict(rule: ComparisonRule, expected: Item, actual: Item): string {
    const report = compareOutputs(rule, expected, actual);
    expect(report.equal).toBe(report.outputs.every(({ equal }) => equal));
    return report.outputs.find(({ equal }) => !equal)?.mismatch ?? 'equal';
}

describe('exact comparison', () => {
    it('is equality of the encoded items', () => {
        fc.assert(
            fc.property(items, items, (one, other) => {
                const same = Buffer.compare(encodeItem(one), encodeItem(other)) === 0;
                expect(compareOutputs(exact, one, other).equal).toBe(same);
                expect(compareOutputs(exact, one, new Map(one)).equal).toBe(true);
            }),
        );
    });

    it('says what is different', () => {
        const one = output(tensorOf('int32', [2], [1, 2]));
        expect(verdict(exact, one, output(tensorOf('int32', [2], [1, 3])))).toBe('bytes');
        expect(verdict(exact, one, output(tensorOf('uint32', [2], [1, 2])))).toBe('type');
        expect(verdict(exact, one, output(tensorOf('int32', [1, 2], [1, 2])))).toBe('type');
        expect(verdict(exact, one, new Map())).toBe('missing');
        expect(verdict(exact, new Map(), one)).toBe('unexpected');
    });

    it('compares strings', () => {
        const one = output(tensorOf('string', [2], ['a', 'b']));
        expect(verdict(exact, one, output(tensorOf('string', [2], ['a', 'b'])))).toBe('equal');
        expect(verdict(exact, one, output(tensorOf('string', [2], ['ab', ''])))).toBe('bytes');
    });

    it('tells zeros of two signs apart', () => {
        expect(verdict(exact, floats(0), floats(-0))).toBe('bytes');
        expect(verdict(tolerance(), floats(0), floats(-0))).toBe('equal');
    });
});

describe('comparison with a tolerance', () => {
    it('is the L2 distance relative to the norm of what was expected', () => {
        const report = compareOutputs(tolerance(), floats(3, 4), floats(3, 4.001));
        expect(report.outputs).toHaveLength(1);
        expect(report.outputs[0]?.measured?.distance).toBeCloseTo(0.001 / 5, 12);
        expect(report.outputs[0]?.measured?.maxDeviation).toBeCloseTo(0.001, 12);
        expect(report.equal).toBe(true);
    });

    it('passes up to tau and no farther', () => {
        expect(verdict(tolerance({ tau: 2 ** -10 }), floats(64), floats(64.0625))).toBe('equal');
        expect(verdict(tolerance({ tau: 2 ** -10 }), floats(64), floats(64.0626))).toBe('distance');
    });

    it('is relative to the floor where the norm is below it', () => {
        expect(verdict(tolerance({ floor: 1 }), floats(0), floats(0.0009))).toBe('equal');
        expect(verdict(tolerance({ floor: 0.1 }), floats(0), floats(0.0009))).toBe('distance');
    });

    it('wants NaN and infinities in the same places, with the same sign', () => {
        expect(verdict(tolerance(), floats(NaN, 1), floats(NaN, 1))).toBe('equal');
        expect(verdict(tolerance(), floats(-Infinity, 1), floats(-Infinity, 1))).toBe('equal');
        for (const wrong of [0, Infinity, NaN, -1e300]) {
            expect(verdict(tolerance(), floats(-Infinity, 1), floats(wrong, 1))).toBe(
                'special-values',
            );
        }
        expect(verdict(tolerance(), floats(0, 1), floats(NaN, 1))).toBe('special-values');
    });

    it('clamps large elements, and wants the same ones clamped', () => {
        const rule = tolerance({ clamp: 10 });
        expect(verdict(rule, floats(1000, 1), floats(2000, 1))).toBe('equal');
        expect(verdict(rule, floats(1000, 1), floats(-1000, 1))).toBe('saturation');
        expect(verdict(rule, floats(10, 1), floats(9.999, 1))).toBe('saturation');
    });

    it('scales before it clamps', () => {
        const rule = tolerance({ clamp: 10, scale: 0.001 });
        expect(verdict(rule, floats(1000), floats(2000))).toBe('distance');
        expect(verdict(rule, floats(1e300), floats(1.5e300))).toBe('equal');
    });

    it('reads all float types', () => {
        for (const dtype of ['float16', 'float32', 'float64'] as const) {
            const one = output(tensorOf(dtype, [2], [1, 2]));
            expect(verdict(tolerance(), one, output(tensorOf(dtype, [2], [1, 2.001])))).toBe(
                'equal',
            );
            expect(verdict(tolerance(), one, output(tensorOf(dtype, [2], [1, 2.01])))).toBe(
                'distance',
            );
        }
    });

    it('compares exactly what it does not name, and what is no float', () => {
        const rule = tolerance({ name: 'other' });
        expect(verdict(rule, floats(1), floats(1 + 1e-9))).toBe('bytes');
        const one = output(tensorOf('int32', [1], [1_000_000]));
        expect(verdict(tolerance(), one, output(tensorOf('int32', [1], [1_000_001])))).toBe(
            'bytes',
        );
    });

    it('of an output with itself is 0', () => {
        fc.assert(
            fc.property(fc.array(fc.double({ noNaN: false })), (values) => {
                const report = compareOutputs(tolerance(), floats(...values), floats(...values));
                expect(report.equal).toBe(true);
                expect(report.outputs[0]?.measured?.distance).toBe(0);
            }),
        );
    });

    it('passes nothing when the numbers of the rule overflow', () => {
        const rule = tolerance({ clamp: 1e300, scale: 1 });
        expect(verdict(rule, floats(1e200), floats(-1e200))).toBe('distance');
    });
});

describe('a comparison rule', () => {
    it('is exact, or names up to 4 outputs with a tau of at most 1e-3', () => {
        expect(asComparisonRule({ class: 'exact' })).toEqual(exact);
        expect(asComparisonRule(tolerance())).toEqual(tolerance());
        const outputs = ['a', 'b', 'c', 'd'].map((name) => ({ ...y, name }));
        expect(asComparisonRule({ class: 'tolerance', outputs })).toBeDefined();
        const five = [...outputs, { ...y, name: 'e' }];
        const wrong: unknown[] = [
            undefined,
            {},
            { class: 'generous' },
            { class: 'exact', tau: 1 },
            { class: 'tolerance', outputs: [] },
            { class: 'tolerance', outputs: five },
            { class: 'tolerance', outputs: [y, y] },
            tolerance({ tau: 0.0011 }),
            tolerance({ tau: 0 }),
            tolerance({ scale: -1 }),
            tolerance({ clamp: 0 }),
            tolerance({ clamp: 1e31 }),
            tolerance({ floor: 0 }),
            tolerance({ floor: NaN }),
            tolerance({ name: '' }),
        ];
        for (const rule of wrong) {
            expect(codeOf(() => asComparisonRule(rule))).toBe('COMPARISON_INVALID');
        }
    });
});
