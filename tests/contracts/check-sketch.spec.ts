import { beginCell, type Cell } from '@ton/core';
import * as fc from 'fast-check';
import {
    asHash,
    type ComparisonRule,
    isWithinTau,
    type OutputTolerance,
    type Sketch,
} from '../../protocol';
import { encodeRule, encodeSketch, sketchRules } from '../../wrappers';
import { SketchScene } from './sketch-scene';

const RUNS = Number(process.env['SKETCH_RUNS'] ?? 60);
const SEED = 20_261_125;
const QUARTER = { numerator: 1n, denominator: 4n };
const ONCE = { numerator: 1n, denominator: 1n };
const EIGHT = { numerator: 8n, denominator: 1n };
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/**
 * The contract's distance classes against protocol/sketch.ts, through the only door that there is: a
 * juror's reveal, whose verdict tells the class of two distances.
 */
describe('Sketches, as the contract compares them', () => {
    let scene: SketchScene;

    beforeAll(async () => {
        scene = await SketchScene.create();
    });

    /** What the verdict should be. */
    function expected(rule: ComparisonRule, own: Sketch, wasm: Sketch, committed: Sketch) {
        const rules = sketchRules(rule);
        if (!isWithinTau(rules, wasm, own, QUARTER)) return 'unstable';
        if (isWithinTau(rules, committed, own, ONCE)) return 'right';
        if (isWithinTau(rules, committed, own, EIGHT)) return 'unstable';
        return committed.failed ? 'false-error' : 'wrong';
    }

    const hash = fc.constantFrom(1, 2).map((byte) => asHash(new Uint8Array(32).fill(byte)));
    const outputs = fc
        .array(
            fc.record({
                tau: fc.constantFrom(1e-9, 2.6e-4, 1e-3, 4),
                floor: fc.constantFrom(1e-20, 0.01, 1, 1e25),
                clamp: fc.constantFrom(1, 64, 1e-20),
            }),
            { minLength: 1, maxLength: 4 },
        )
        .map((list): OutputTolerance[] =>
            list.map((output, index) => ({ name: `y${index}`, scale: 1, ...output })),
        );
    const number = fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(0n, 1n, -1n, MAX, MIN) },
        { weight: 3, arbitrary: fc.bigInt(-(2n ** 40n), 2n ** 40n) },
        { weight: 1, arbitrary: fc.bigInt(MIN, MAX) },
    );
    const factor = fc.constantFrom(0, 1e-10, 2e-5, 2.5e-4, 2.6e-4, 1e-3, 2e-3, 8e-3, 8.1e-3, 1, 5);

    function moved(numbers: readonly bigint[], by: number): bigint[] {
        return numbers.map((x) => {
            const y = x + (x * BigInt(Math.round(by * 1e12))) / 10n ** 12n;
            return y > MAX ? MAX : y < MIN ? MIN : y;
        });
    }

    const comparison = outputs.chain((tolerances) =>
        fc.record({
            rule: fc.oneof(
                {
                    weight: 6,
                    arbitrary: fc.constant<ComparisonRule>({
                        class: 'tolerance',
                        outputs: tolerances,
                    }),
                },
                { weight: 1, arbitrary: fc.constant<ComparisonRule>({ class: 'exact' }) },
            ),
            projections: fc.array(fc.array(number, { minLength: 8, maxLength: 8 }), {
                minLength: tolerances.length,
                maxLength: tolerances.length,
            }),
            exact: fc.tuple(hash, fc.constantFrom(true, true, true, false)),
            failed: fc.tuple(
                fc.constantFrom(false, false, true),
                fc.constantFrom(true, true, true, false),
            ),
            wasm: fc.constantFrom(0, 0, 1e-10, 1e-5, 1e-3),
            by: factor,
        }),
    );

    it(`lie where protocol/sketch.ts says, ${RUNS} runs from seed ${SEED}`, async () => {
        const seen = new Set<string>();
        await fc.assert(
            fc.asyncProperty(comparison, async ({ rule, projections, exact, failed, wasm, by }) => {
                const list = rule.class === 'exact' ? [] : projections;
                const own: Sketch = { failed: failed[0], exact: exact[0], projections: list };
                const classes = { ...own, projections: list.map((one) => moved(one, wasm)) };
                const committed: Sketch = {
                    failed: failed[1] ? own.failed : !own.failed,
                    exact: exact[1] ? own.exact : asHash(new Uint8Array(32).fill(9)),
                    projections: list.map((one) => moved(one, by)),
                };
                const found = await scene.verdict(
                    encodeRule(rule),
                    encodeSketch(own),
                    encodeSketch(classes),
                    encodeSketch(committed),
                );
                seen.add(found ?? '');
                expect(found).toBe(expected(rule, own, classes, committed));
            }),
            { numRuns: RUNS, seed: SEED },
        );
        if (RUNS >= 60)
            expect([...seen].sort()).toEqual(['false-error', 'right', 'unstable', 'wrong']);
    }, 300_000);

    const good = () =>
        encodeSketch({
            failed: false,
            exact: asHash(new Uint8Array(32).fill(1)),
            projections: [[1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]],
        });
    const rule = () =>
        encodeRule({
            class: 'tolerance',
            outputs: [{ name: 'y0', scale: 1, clamp: 1, tau: 1e-3, floor: 1 }],
        });

    it.each<[string, () => Cell | null, () => Cell, () => Cell, () => Cell | null, string]>([
        ['no rule compares exactly', () => null, good, good, good, 'right'],
        ['an empty rule', () => beginCell().endCell(), good, good, good, 'unstable'],
        [
            'a rule that is cut off',
            () => beginCell().storeUint(2, 8).storeUint(1, 30).endCell(),
            good,
            good,
            good,
            'unstable',
        ],
        ['a rule of more outputs than sketches have', () => two(), good, good, good, 'unstable'],
        [
            'a rule of zeros',
            () => beginCell().storeUint(2, 8).storeUint(0, 224).endCell(),
            good,
            good,
            good,
            'right',
        ],
        [
            'an unknown class of rule',
            () => beginCell().storeUint(77, 8).endCell(),
            good,
            good,
            good,
            'unstable',
        ],
        ['an empty sketch', rule, bare, bare, bare, 'unstable'],
        ['an empty committed sketch', rule, good, good, bare, 'unstable'],
        ['a committed sketch that is cut off', rule, good, good, () => cut(300), 'wrong'],
        ['a failed one that is cut off', rule, good, good, () => cut(200, true), 'false-error'],
        [
            'sketches without outputs',
            rule,
            () => cut(257),
            () => cut(257),
            () => cut(257),
            'unstable',
        ],
        ['nothing served', rule, good, good, () => null, 'missing'],
    ])('%s is no reason to fail', async (_what, ruleOf, own, wasm, committed, found) => {
        expect(await scene.verdict(ruleOf(), own(), wasm(), committed())).toBe(found);
    });

    function bare(): Cell {
        return beginCell().endCell();
    }

    function cut(bits: number, failed = false): Cell {
        const builder = beginCell().storeBit(failed);
        for (let bit = 1; bit < bits; bit++) builder.storeBit(false);
        return builder.endCell();
    }

    function two(): Cell {
        const output = { scale: 1, clamp: 1, tau: 1e-3, floor: 1 };
        return encodeRule({
            class: 'tolerance',
            outputs: [
                { name: 'a', ...output },
                { name: 'b', ...output },
            ],
        });
    }
});
