import { readFileSync } from 'node:fs';
import { roundWeights, WEIGHT_FORMATS } from '../../calibration';
import { SILERO_VAD } from '../../models';
import {
    decodeOutputItem,
    encodeItem,
    float16ToNumber,
    numberToFloat16,
    tensorOf,
    tensorValues,
} from '../../protocol';
import { admitModel } from '../../runtime';
import { packagedPath } from '../models/catalogue-inputs';
import { graph, graphAttribute, initializer, model, node, value } from '../runtime/onnx-models';
import { collect, createWorld } from '../runtime/world';

const world = createWorld();
afterEach(() => world.stopAll());

const WEIGHTS = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i + 1) / 3);

/** `y = weights`, for a matrix of weights; in both branches of an If where it is nested. */
function weightModel(weights: Float32Array, dims: readonly number[], nested = false): Uint8Array {
    const raw = new Uint8Array(weights.buffer);
    const weight = initializer({ name: 'w', type: 'float32', dims, raw });
    const body = {
        nodes: [node('Identity', ['w'], ['y'])],
        initializers: [weight],
        outputs: [value('y', 'float32', [...dims])],
    };
    if (!nested) return model({ ...body, inputs: [value('x', 'float32', [1])] });
    const branch = graph(body);
    const attributes = ['then_branch', 'else_branch'].map((name) => graphAttribute(name, branch));
    return model({
        nodes: [node('If', ['yes'], ['y'], { attributes })],
        inputs: [value('x', 'float32', [1])],
        initializers: [initializer({ name: 'yes', type: 'bool', dims: [], raw: Uint8Array.of(1) })],
        outputs: body.outputs,
    });
}

/** The weights as the model gives them. */
async function given(bytes: Uint8Array): Promise<number[]> {
    const loaded = await world.runtime().load({ bytes });
    const item = encodeItem({ x: tensorOf('float32', [1], [0]) });
    const [outcome] = await collect(loaded.run([item]));
    if (outcome?.status !== 'done') throw new Error(JSON.stringify(outcome));
    const tensor = decodeOutputItem(outcome.output).get('y');
    return tensor === undefined ? [] : tensorValues(tensor).map(Number);
}

describe('rounded weights', () => {
    it('of fp16 are the nearest half-precision numbers', async () => {
        const expected = [...WEIGHTS].map((x) => float16ToNumber(numberToFloat16(x)));
        expect(await given(roundWeights(weightModel(WEIGHTS, [4, 4]), 'fp16'))).toEqual(expected);
        expect(expected).not.toEqual([...WEIGHTS]);
    });

    it('of bf16 have the upper 16 bits, rounded to the nearest, ties to even', async () => {
        // 1 + 2^-8 is a tie between 1 and 1 + 2^-7, 1 + 3 * 2^-8 one between that and 1 + 2^-6.
        const ties = Float32Array.from({ length: 16 }, (_, i) => 1 + (i % 4) * 2 ** -8);
        const rounded = await given(roundWeights(weightModel(ties, [16]), 'bf16'));
        expect(rounded.slice(0, 4)).toEqual([1, 1, 1 + 2 ** -7, 1 + 2 ** -6]);
    });

    it('of int8 are multiples of a step for each row', async () => {
        const rounded = await given(roundWeights(weightModel(WEIGHTS, [4, 4]), 'int8'));
        for (let row = 0; row < 4; row++) {
            const original = WEIGHTS.subarray(4 * row, 4 * row + 4);
            const step = Math.max(...original.map(Math.abs)) / 127;
            for (let i = 0; i < 4; i++) {
                const steps = (rounded[4 * row + i] ?? NaN) / step;
                expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-4);
                expect(Math.abs(steps * step - (original[i] ?? NaN))).toBeLessThan(0.51 * step);
            }
        }
    });

    it('are those of subgraphs, too', async () => {
        const nested = await given(roundWeights(weightModel(WEIGHTS, [4, 4], true), 'fp16'));
        expect(nested).toEqual([...WEIGHTS].map((x) => float16ToNumber(numberToFloat16(x))));
    });

    it('leave alone what is small, what fp16 cannot hold, and biases at int8', () => {
        const few = weightModel(WEIGHTS.slice(0, 15), [15]);
        const large = weightModel(
            WEIGHTS.map((x) => 1e6 * x),
            [4, 4],
        );
        const bias = weightModel(WEIGHTS, [16]);
        expect(roundWeights(few, 'fp16')).toEqual(few);
        expect(roundWeights(large, 'fp16')).toEqual(large);
        expect(roundWeights(bias, 'int8')).toEqual(bias);
        expect(roundWeights(bias, 'fp16')).not.toEqual(bias);
    });

    it.each(WEIGHT_FORMATS)('leave a real model one that is admitted, at %s', (format) => {
        const bytes = readFileSync(packagedPath(SILERO_VAD.manifest));
        const rounded = roundWeights(bytes, format);
        expect(admitModel(rounded)).toEqual(admitModel(bytes));
        expect(Buffer.compare(rounded, bytes)).not.toBe(0);
    });
});
