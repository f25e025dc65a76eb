import { randomInputs } from '../../calibration';
import {
    encodeItem,
    encodeManifest,
    hashToHex,
    inputsRoot,
    itemHash,
    type ModelManifest,
    parseManifest,
    tensorOf,
} from '../../protocol';
import { denseModel, identityModel, model, node, value } from '../runtime/onnx-models';
import { castTo, floatModel, scalar, ZERO_POINT } from './models';
import { calibrateHere, refusal } from './world';

const rows = randomInputs({
    inputs: [{ name: 'x', dtype: 'float32', shape: [1, 8] }],
    count: 6,
    seed: 'rows',
});

describe('a calibration in all classes', () => {
    it('gives a tolerance to floats, by what every class gave, with its evidence', async () => {
        const seen = new Set<string>();
        const { rule, evidence, classes, skipped } = await calibrateHere({
            source: { bytes: denseModel() },
            items: rows,
            seed: 'rows',
            onProgress: ({ className }) => seen.add(className),
        });
        if (rule.class === 'exact') throw new Error('It is no tolerance.');
        expect(rule.outputs).toMatchObject([{ name: 'y', scale: 1, tau: 2.6e-4 }]);
        expect(rule.outputs[0]?.clamp).toBeGreaterThanOrEqual(16);
        expect(evidence).toMatchObject({
            tool: 'test 1',
            engine: 'onnxruntime 1.30.0',
            factor: 20,
            leastDistance: 1.3e-5,
            inputs: { count: 6, seed: 'rows', root: hashToHex(inputsRoot(rows.map(itemHash))) },
        });
        expect(evidence.classes.map(({ name }) => name)).toEqual([
            'native, again',
            'wasm',
            'native, 2 threads',
            'native, extended optimisation',
            'native, basic optimisation',
            'native, no optimisation',
        ]);
        expect(seen).toContain('native');
        const [again] = classes;
        expect(again).toMatchObject({ bitEqual: 6, distance: 0, sketchDistance: 0 });
        const worst = Math.max(...classes.map(({ distance }) => distance));
        expect(worst).toBeLessThan(1e-6);
        expect(evidence.worstDistance).toBeCloseTo(worst, 8);
        // The model's rows are not open, so that no batch can be made.
        expect(skipped.map(({ name }) => name)).toEqual(['native, batch 3']);
    });

    it('is exact for integers and strings', async () => {
        const items = ['one', 'two'].map((text) =>
            encodeItem({ x: tensorOf('string', [1], [text]) }),
        );
        const { rule, evidence } = await calibrateHere({
            source: { bytes: identityModel('string') },
            items,
        });
        expect(rule).toEqual({ class: 'exact' });
        expect(evidence.worstDistance).toBe(0);
        expect(evidence.classes.every(({ inputs, bitEqual }) => inputs === bitEqual)).toBe(true);
    });

    it('measures batches beside it, and does not count them', async () => {
        const bytes = model({
            nodes: [node('Tanh', ['x'], ['y'])],
            inputs: [value('x', 'float32', ['n', 8])],
            outputs: [value('y', 'float32', ['n', 8])],
        });
        const { classes, evidence, skipped } = await calibrateHere({
            source: { bytes },
            items: rows,
        });
        expect(skipped).toEqual([]);
        expect(classes.at(-1)).toMatchObject({ name: 'native, batch 3', counts: false, inputs: 6 });
        expect(evidence.classes.map(({ name }) => name)).not.toContain('native, batch 3');
    });

    it('gives evidence that a manifest takes', async () => {
        const { rule, evidence } = await calibrateHere({
            source: { bytes: denseModel() },
            items: rows.slice(0, 2),
        });
        const sha256 = hashToHex(itemHash(denseModel()));
        const manifest: ModelManifest = {
            format: 'cocoon.model/1',
            name: 'Dense',
            revision: '1',
            licence: 'MIT',
            files: [{ path: 'm.onnx', sha256, bytes: 1, sources: [] }],
            entry: 'm.onnx',
            inputs: [{ name: 'x', dtype: 'float32', shape: [1, 8] }],
            outputs: [{ name: 'y', dtype: 'float32', shape: [1, 4] }],
            comparison: rule,
            calibration: evidence,
        };
        expect(parseManifest(encodeManifest(manifest))).toEqual(manifest);
    });
});

describe('a model that cannot be verified is refused:', () => {
    const refused = (bytes: Uint8Array) =>
        refusal(calibrateHere({ source: { bytes }, items: rows }));

    it('integers that hang on rounding', async () => {
        // exp(x) * 2^23 has its last bits in the integers.
        const bytes = model({
            nodes: [
                node('Exp', ['x'], ['e']),
                node('Mul', ['e', 'large'], ['m']),
                node('Cast', ['m'], ['y'], { attributes: [castTo(6)] }),
            ],
            initializers: [scalar('large', 2 ** 23)],
            inputs: [value('x', 'float32', [1, 8])],
            outputs: [value('y', 'int32', [1, 8])],
        });
        expect(await refused(bytes)).toBe('exact-differs');
    });

    it('outputs that amplify rounding beyond what nodes accept', async () => {
        // exp(x) / exp(x) - 1 would be zero; against the exponential of a sum, rounding is all.
        const bytes = floatModel(
            [
                node('Exp', ['x'], ['e']),
                node('Log', ['e'], ['l']),
                node('Sub', ['l', 'x'], ['d']),
                node('Mul', ['d', 'large'], ['y']),
            ],
            [scalar('large', 1e6)],
        );
        expect(await refused(bytes)).toBe('tau-too-large');
    });

    it('but not quantisation by a scale that is fixed', async () => {
        const bytes = floatModel(
            [
                node('QuantizeLinear', ['x', 's', 'zero'], ['q']),
                node('DequantizeLinear', ['q', 's', 'zero'], ['y']),
            ],
            [scalar('s', 0.02), ZERO_POINT],
        );
        expect(await refused(bytes)).toBeUndefined();
    });
});
