import { type CalibrationClass, randomInputs } from '../../calibration';
import { encodeItem, numericTensor, tensorOf } from '../../protocol';
import type { ExecutionOutcome, LoadedModel, Runtime } from '../../runtime';
import { addModel, denseModel, model, node, value } from '../runtime/onnx-models';
import { floatModel, ZERO_POINT } from './models';
import { calibrateHere, refusal } from './world';

/** Enough classes for the rules of calibration; all of them are in classes.spec.ts. */
const WASM: CalibrationClass = { name: 'wasm', executionClass: 'wasm' };

const rows = randomInputs({
    inputs: [{ name: 'x', dtype: 'float32', shape: [1, 8] }],
    count: 6,
    seed: 'rows',
});

describe('a calibration', () => {
    it('finds classes that round otherwise, and the distance of their sketches', async () => {
        // exp is computed by other polynomials in WebAssembly and in the native library.
        const bytes = floatModel([node('Exp', ['x'], ['e']), node('Softmax', ['e'], ['y'])]);
        const { classes, rule } = await calibrateHere({
            source: { bytes },
            items: rows,
            classes: [WASM],
        });
        const wasm = classes.find(({ name }) => name === 'wasm');
        expect(wasm?.bitEqual).toBeLessThan(6);
        expect(wasm?.distance).toBeGreaterThan(0);
        expect(wasm?.distance).toBeLessThan(1e-6);
        expect(wasm?.sketchDistance).toBeGreaterThan(0);
        expect(wasm?.byOutput.get('y')).toBe(wasm?.distance);
        expect(rule).toMatchObject({ class: 'tolerance' });
    });
});

describe('a model that cannot be verified is refused:', () => {
    const refused = (bytes: Uint8Array, items: readonly Uint8Array[] = rows.slice(0, 2)) =>
        refusal(calibrateHere({ source: { bytes }, items }));

    it('random operators', async () => {
        const noise = node('RandomNormalLike', ['x'], ['r']);
        expect(await refused(floatModel([noise, node('Add', ['x', 'r'], ['y'])]))).toBe('random');
    });

    it('dynamic quantisation, by its operator and by a scale that is computed', async () => {
        const dequantise = node('DequantizeLinear', ['q', 's', 'z'], ['y']);
        const byOperator = floatModel([
            node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
            dequantise,
        ]);
        expect(await refused(byOperator)).toBe('dynamic-quantisation');
        const byHand = floatModel(
            [
                node('ReduceMax', ['x'], ['most']),
                node('Squeeze', ['most'], ['s']),
                node('QuantizeLinear', ['x', 's', 'zero'], ['q']),
                node('DequantizeLinear', ['q', 's', 'zero'], ['y']),
            ],
            [ZERO_POINT],
        );
        expect(await refused(byHand)).toBe('dynamic-quantisation');
    });

    it('NaN and infinities', async () => {
        expect(await refused(floatModel([node('Log', ['x'], ['y'])]))).toBe('non-finite');
    });

    it('outputs that are always zero', async () => {
        expect(await refused(floatModel([node('Sub', ['x', 'x'], ['y'])]))).toBe('no-signal');
    });

    it('more float outputs than a rule holds', async () => {
        const names = ['a', 'b', 'c', 'd', 'e'];
        const bytes = model({
            nodes: names.map((name) => node('Neg', ['x'], [name])),
            inputs: [value('x', 'float32', [1, 8])],
            outputs: names.map((name) => value(name, 'float32', [1, 8])),
        });
        expect(await refused(bytes)).toBe('too-many-outputs');
    });

    it('inputs without a result', async () => {
        const items = [encodeItem({ a: tensorOf('float32', [3], [1, 2, 3]) })];
        expect(await refused(addModel(), items)).toBe('item-failed');
    });

    it('results that differ from run to run in the same class', async () => {
        let runs = 0;
        const unsteady = (): Runtime => ({
            load: () => Promise.resolve(unsteadyModel(runs++)),
            stop: () => Promise.resolve(),
        });
        const calibration = calibrateHere({
            source: { bytes: denseModel() },
            items: rows.slice(0, 2),
            openRuntime: unsteady,
        });
        expect(await refusal(calibration)).toBe('nondeterministic');
    });
});

/** A model whose last bit is another in each process. */
function unsteadyModel(bit: number): LoadedModel {
    async function* run(items: Iterable<unknown>): AsyncGenerator<ExecutionOutcome, void, void> {
        let index = 0;
        for (const item of items) {
            void item;
            const data = new Uint8Array(Float32Array.of(0.5, 0.25, 0.5, 1).buffer);
            data[0] = bit;
            const output = encodeItem({ y: numericTensor('float32', [1, 4], data) });
            yield await Promise.resolve({
                status: 'done' as const,
                index: index++,
                output,
                elapsedUs: 1,
            });
        }
    }
    return { run: run as LoadedModel['run'] } as LoadedModel;
}
