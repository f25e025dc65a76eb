import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
    asHash,
    bytesToHex,
    compareOutputs,
    type ComparisonRule,
    decodeOutputItem,
    encodeItem,
    float16ToNumber,
    type Hash,
    hashFromHex,
    hexToBytes,
    isWithinTau,
    type Item,
    type ItemErrorName,
    numberToFloat16,
    type OutputTolerance,
    sha256,
    type Sketch,
    sketchFailure,
    sketchOutput,
    sketchRuleOf,
    tensorOf,
    type Tensor,
    u64ToBytes,
    utf8ToBytes,
} from '../../protocol';

const VECTORS = join(__dirname, 'sketch-vectors.json');
const Y: OutputTolerance = { name: 'y', scale: 1, clamp: 64, tau: 2.6e-4, floor: 0.01 };

function seed(index: number): Hash {
    return sha256(utf8ToBytes(`seed ${index}`));
}

function tolerance(...outputs: OutputTolerance[]): ComparisonRule {
    return { class: 'tolerance', outputs };
}

function output(tensor: Tensor): Item {
    return new Map([['y', tensor]]);
}

function floats(values: readonly number[]): Item {
    return output(tensorOf('float32', [values.length], [...values]));
}

/** Numbers that look like a layer's output, the same each time. */
function gaussian(count: number, stream: number): number[] {
    const uniform = (i: number) => {
        const hash = sha256(u64ToBytes(BigInt(stream) * 2n ** 40n + BigInt(i)));
        return (new DataView(hash.buffer, hash.byteOffset).getUint32(0) + 1) / (2 ** 32 + 1);
    };
    return Array.from({ length: count }, (_, i) => {
        const radius = Math.sqrt(-2 * Math.log(uniform(2 * i)));
        return radius * Math.cos(2 * Math.PI * uniform(2 * i + 1));
    });
}

function passes(a: Item, b: Item, rule = tolerance(Y), at = seed(1)): boolean {
    const rules = rule.class === 'exact' ? [] : rule.outputs.map(sketchRuleOf);
    return isWithinTau(rules, sketchOutput(rule, a, at), sketchOutput(rule, b, at));
}

interface Vector {
    readonly what: string;
    readonly seed: string;
    readonly rule: ComparisonRule;
    readonly item?: string;
    readonly error?: ItemErrorName;
    readonly exact?: string;
    readonly projections?: readonly (readonly string[])[];
}

/** What the file is made from; its numbers are checked against a second implementation below. */
function cases(): Vector[] {
    const make = (what: string, rule: ComparisonRule, item: Record<string, Tensor>): Vector => ({
        what,
        rule,
        seed: bytesToHex(seed(7)),
        item: bytesToHex(encodeItem(item)),
    });
    const ones = (count: number) => gaussian(count, 3);
    return [
        make('float32', tolerance(Y), { y: tensorOf('float32', [2, 50], ones(100)) }),
        make('float64', tolerance({ ...Y, scale: 3.7 }), {
            y: tensorOf('float64', [33], ones(33)),
        }),
        make('float16', tolerance(Y), { y: tensorOf('float16', [32], ones(32)) }),
        make('NaN, infinities, both zeros and both clamps', tolerance({ ...Y, clamp: 2 }), {
            y: tensorOf('float32', [8], [NaN, Infinity, -Infinity, 0, -0, 2, -2.5, 1.999]),
        }),
        make(
            'two outputs, and others that are compared exactly',
            tolerance(Y, { ...Y, name: 'z' }),
            {
                z: tensorOf('float32', [3], [1, 2, 3]),
                y: tensorOf('float32', [1], [-63.5]),
                ids: tensorOf('int64', [2], [-1n, 2n ** 62n]),
                words: tensorOf('string', [2], ['', 'día']),
                plain: tensorOf('float32', [2], [0.1, NaN]),
            },
        ),
        make(
            'a rule for exact outputs',
            { class: 'exact' },
            { ids: tensorOf('uint8', [3], [1, 2, 3]) },
        ),
        make('an output that is missing', tolerance(Y), { other: tensorOf('float32', [1], [1]) }),
        make('an output that has another type', tolerance(Y), { y: tensorOf('int32', [1], [1]) }),
        { what: 'an error', rule: tolerance(Y), seed: bytesToHex(seed(7)), error: 'MEMORY_LIMIT' },
    ];
}

function sketchOf(vector: Vector): Sketch {
    const at = hashFromHex(vector.seed);
    if (vector.error !== undefined) return sketchFailure(vector.rule, vector.error, at);
    return sketchOutput(vector.rule, decodeOutputItem(hexToBytes(vector.item ?? '')), at);
}

function written(): Vector[] {
    return cases().map((vector) => {
        const { exact, projections } = sketchOf(vector);
        return {
            ...vector,
            exact: bytesToHex(exact),
            projections: projections.map((one) => one.map(String)),
        };
    });
}

describe('The sketch', () => {
    it('has the numbers of the vectors', () => {
        const now = written();
        if (process.env['UPDATE_VECTORS']) {
            writeFileSync(VECTORS, `${JSON.stringify(now, null, 4)}\n`);
        }
        expect(now).toEqual(JSON.parse(readFileSync(VECTORS, 'utf8')));
    });

    it('is the plain sum of its definition, for any floats', () => {
        const element = fc.oneof(
            fc.float(),
            fc.constantFrom(NaN, Infinity, -Infinity, 64, -64, -0),
        );
        fc.assert(
            fc.property(fc.array(element, { minLength: 1, maxLength: 80 }), (values) => {
                const item = floats(values);
                const kept = [...new Float32Array(values)];
                const expected = Array.from({ length: 8 }, (_, j) =>
                    kept.reduce((sum, x, i) => {
                        if (!Number.isFinite(x)) return sum;
                        const preimage = Buffer.concat([
                            Buffer.from('cocoon.sketch.signs'),
                            seed(1),
                            Buffer.from([0]),
                            u64ToBytes(BigInt(Math.floor(i / 32))),
                        ]);
                        const byte = sha256(preimage)[i % 32] ?? 0;
                        const clamped = Math.min(64, Math.max(-64, x));
                        const units = BigInt(Math.round((clamped / 64) * 2 ** 32));
                        return sum + ((byte & (1 << j)) === 0 ? units : -units);
                    }, 0n),
                );
                expect(sketchOutput(tolerance(Y), item, seed(1)).projections).toEqual([expected]);
            }),
        );
    });

    it('stays exact where a double would not, and within 64 bits', () => {
        const count = 2 ** 21 + 33;
        const item = output(tensorOf('float32', [count], new Array<number>(count).fill(63.9999)));
        const [projections] = sketchOutput(tolerance(Y), item, seed(2)).projections;
        const units = BigInt(Math.round((Math.fround(63.9999) / 64) * 2 ** 32));
        for (const projection of projections ?? []) {
            expect(projection % units).toBe(0n);
            expect(projection < 2n ** 63n && projection >= -(2n ** 63n)).toBe(true);
        }
    });

    it('measures the distance that the whole outputs have', () => {
        const reference = gaussian(6_000, 1);
        const direction = gaussian(6_000, 2);
        for (const distance of [0.25, 0.9, 1.1, 4].map((times) => times * Y.tau)) {
            const other = reference.map((x, i) => x + distance * (direction[i] ?? 0));
            const verdicts = Array.from({ length: 40 }, (_, at) =>
                passes(floats(other), floats(reference), tolerance(Y), seed(at)),
            );
            const passed = verdicts.filter(Boolean).length;
            if (distance < 0.5 * Y.tau) expect(passed).toBe(40);
            else if (distance > 2 * Y.tau) expect(passed).toBe(0);
            else expect(passed).toBeGreaterThan(0);
        }
    });
});

describe('Two sketches', () => {
    const reference = gaussian(2_000, 5);

    it('of one output pass, whatever it holds', () => {
        fc.assert(
            fc.property(fc.array(fc.float(), { minLength: 1, maxLength: 40 }), (values) => {
                expect(passes(floats(values), floats(values))).toBe(true);
            }),
        );
    });

    it('pass with the noise that honest processors have', () => {
        const noisy = reference.map((x, i) => x * (1 + 1.3e-5 * (i % 2 ? 1 : -1)));
        expect(passes(floats(noisy), floats(reference))).toBe(true);
    });

    it('fail when numbers were rounded to 16 bits on the way', () => {
        const coarse = reference.map((x) => float16ToNumber(numberToFloat16(x)));
        const rule = tolerance({ ...Y, tau: 1e-4 });
        expect(compareOutputs(rule, floats(reference), floats(coarse)).equal).toBe(false);
        expect(passes(floats(coarse), floats(reference), rule)).toBe(false);
    });

    it('fail when an output is invented, all zero, or of another length', () => {
        expect(passes(floats(gaussian(2_000, 6)), floats(reference))).toBe(false);
        expect(passes(floats(reference.map(() => 0)), floats(reference))).toBe(false);
        expect(passes(floats(reference.slice(1)), floats(reference))).toBe(false);
        expect(passes(new Map(), floats(reference))).toBe(false);
    });

    it('fail when special values stand elsewhere, or have another sign', () => {
        const at = (index: number, value: number) =>
            floats(reference.map((x, i) => (i === index ? value : x)));
        expect(passes(at(3, NaN), at(3, NaN))).toBe(true);
        expect(passes(at(3, NaN), at(4, NaN))).toBe(false);
        expect(passes(at(3, NaN), floats(reference.map((x, i) => (i === 3 ? 0 : x))))).toBe(false);
        expect(passes(at(3, Infinity), at(3, -Infinity))).toBe(false);
        expect(passes(at(3, 64), at(3, 1e9))).toBe(true);
        expect(passes(at(3, 64), at(3, -64))).toBe(false);
        expect(passes(at(3, 63), at(3, 64))).toBe(false);
    });

    it('fail when a huge element would hide what is wrong with the others', () => {
        const forged = reference.map((x, i) => (i === 0 ? 1e30 : -x));
        expect(passes(floats(forged), floats(reference))).toBe(false);
    });

    it('of exact outputs fail with any other byte', () => {
        const rule: ComparisonRule = { class: 'exact' };
        const ids = (last: bigint) => new Map([['ids', tensorOf('int64', [2], [1n, last])]]);
        expect(passes(ids(2n), ids(2n), rule)).toBe(true);
        expect(passes(ids(3n), ids(2n), rule)).toBe(false);
        expect(passes(ids(2n), new Map([['id', tensorOf('int64', [2], [1n, 2n])]]), rule)).toBe(
            false,
        );
    });

    it('of errors pass only for the same error, and never beside a result', () => {
        const rule = tolerance(Y);
        const rules = rule.class === 'exact' ? [] : rule.outputs.map(sketchRuleOf);
        const timeout = sketchFailure(rule, 'TIME_LIMIT', seed(1));
        const memory = sketchFailure(rule, 'MEMORY_LIMIT', seed(1));
        expect(isWithinTau(rules, timeout, timeout)).toBe(true);
        expect(isWithinTau(rules, timeout, memory)).toBe(false);
        expect(isWithinTau(rules, sketchOutput(rule, floats([0]), seed(1)), timeout)).toBe(false);
    });

    it('can be held against several multiples of tau', () => {
        const rule = tolerance(Y);
        const other = reference.map((x) => x * (1 + 3 * Y.tau));
        const [a, b] = [floats(other), floats(reference)].map((one) =>
            sketchOutput(rule, one, seed(1)),
        );
        const rules = [sketchRuleOf(Y)];
        const within = (numerator: bigint, denominator = 1n) =>
            isWithinTau(rules, a!, b!, { numerator, denominator });
        expect([within(1n), within(8n), within(1n, 4n)]).toEqual([false, true, false]);
    });

    it('take the floor where the reference is almost nothing', () => {
        const tiny = floats([1e-7, -1e-7]);
        expect(passes(floats([1.2e-7, -1e-7]), tiny)).toBe(true);
        expect(
            passes(floats([1.2e-7, -1e-7]), tiny, tolerance({ ...Y, clamp: 1e-3, floor: 1e-9 })),
        ).toBe(false);
    });

    it('never need more than 257 bits', () => {
        const most = 2n ** 63n - 1n;
        const sketch = (value: bigint): Sketch => ({
            failed: false,
            exact: asHash(new Uint8Array(32)),
            projections: [new Array<bigint>(8).fill(value)],
        });
        const rules = [{ tau: 1_000_000n, floor: most }];
        expect(isWithinTau(rules, sketch(most), sketch(-most))).toBe(false);
        expect(8n * (2n * most) ** 2n * 10n ** 18n * 16n < 2n ** 256n).toBe(true);
        expect((8n * 1_000_000n) ** 2n * 8n * most ** 2n < 2n ** 256n).toBe(true);
    });
});

describe('The numbers of a rule', () => {
    it('are those that a contract computes with', () => {
        expect(sketchRuleOf(Y)).toEqual({
            tau: 260_000n,
            floor: BigInt(Math.round((0.01 / 64) * 2 ** 32 * Math.sqrt(8))),
        });
    });

    it('fit their fields however extreme the rule is', () => {
        const { floor } = sketchRuleOf({ ...Y, clamp: 1e-30, floor: 1e30 });
        expect(floor).toBe(2n ** 63n - 1n);
        expect(sketchRuleOf({ ...Y, tau: 1e-12 }).tau).toBe(1n);
    });
});
