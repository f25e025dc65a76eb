import { readFileSync } from 'node:fs';
import type { RefusalReason } from '../../runtime';
import { admitModel, describeModel, ModelRefusedError } from '../../runtime';
import {
    addModel,
    chainModel,
    externalModel,
    graph,
    identityModel,
    initializer,
    model,
    nestedModel,
    node,
    sequenceValue,
    value,
} from './onnx-models';
import { VOICE_MODEL } from './world';

function reasonOf(admit: () => unknown): RefusalReason | 'admitted' {
    try {
        admit();
    } catch (error) {
        if (error instanceof ModelRefusedError) return error.reason;
        throw error;
    }
    return 'admitted';
}

function around(...nodes: Uint8Array[]): Uint8Array {
    return model({
        nodes,
        inputs: [value('x', 'float32', [2])],
        outputs: [value('y', 'float32', [2])],
    });
}

const y = value('y', 'float32', [2]);
const identity = node('Identity', ['x'], ['y']);

describe('describeModel', () => {
    it('reads inputs and outputs of a real model with their symbols', () => {
        expect(describeModel(readFileSync(VOICE_MODEL))).toEqual({
            inputs: [
                { name: 'input', dtype: 'float32', shape: ['batch', 'sequence'] },
                { name: 'state', dtype: 'float32', shape: [2, 'batch', 128] },
                { name: 'sr', dtype: 'int64', shape: [] },
            ],
            outputs: [
                { name: 'output', dtype: 'float32', shape: ['batch', 1] },
                {
                    name: 'stateN',
                    dtype: 'float32',
                    shape: ['AddstateN_dim_0', 'batch', 'AddstateN_dim_2'],
                },
            ],
        });
    });

    it('leaves out inputs that an initializer stands behind', () => {
        const bytes = model({
            nodes: [node('Add', ['x', 'bias'], ['y'])],
            initializers: [
                initializer({ name: 'bias', type: 'float32', dims: [2], raw: new Uint8Array(8) }),
            ],
            inputs: [value('x', 'float32', [2]), value('bias', 'float32', [2])],
            outputs: [y],
        });
        expect(describeModel(bytes).inputs.map(({ name }) => name)).toEqual(['x']);
    });

    it('names dimensions that have no symbol, or a formula for one', () => {
        const bytes = model({
            nodes: [identity],
            inputs: [value('x', 'float32', ['', 'H/8', 'dim0', ''])],
            outputs: [value('y', 'float32', ['', 'H/8', 'dim0', ''])],
        });
        const { inputs, outputs } = describeModel(bytes);
        expect(inputs[0]?.shape).toEqual(['dim1', 'dim2', 'dim0', 'dim3']);
        expect(outputs[0]?.shape).toEqual(['dim4', 'dim2', 'dim0', 'dim5']);
    });
});

describe('admitModel', () => {
    it('admits ordinary models', () => {
        expect(reasonOf(() => admitModel(readFileSync(VOICE_MODEL)))).toBe('admitted');
        expect(reasonOf(() => admitModel(addModel()))).toBe('admitted');
        expect(reasonOf(() => admitModel(identityModel('string')))).toBe('admitted');
    });

    it.each([
        'RandomNormal',
        'RandomNormalLike',
        'RandomUniform',
        'RandomUniformLike',
        'Multinomial',
        'Bernoulli',
    ])('refuses the random operator %s', (operator) => {
        expect(reasonOf(() => admitModel(around(node(operator, ['x'], ['y']))))).toBe('random');
    });

    it('refuses a random operator inside a subgraph', () => {
        const body = graph({ nodes: [node('RandomNormal', [], ['y'])], outputs: [y] });
        const attribute = Uint8Array.from([0x32, body.length, ...body]);
        const bytes = around(node('If', ['c'], ['y'], { attributes: [attribute] }));
        expect(reasonOf(() => admitModel(bytes))).toBe('random');
    });

    it('refuses Dropout unless it is known not to train', () => {
        const flag = (on: number) =>
            model({
                nodes: [node('Dropout', ['x', '', 'training'], ['y'])],
                initializers: [
                    initializer({
                        name: 'training',
                        type: 'bool',
                        dims: [],
                        raw: Uint8Array.of(on),
                    }),
                ],
                inputs: [value('x', 'float32', [2])],
                outputs: [y],
            });
        expect(reasonOf(() => admitModel(around(node('Dropout', ['x'], ['y']))))).toBe('admitted');
        expect(reasonOf(() => admitModel(flag(0)))).toBe('admitted');
        expect(reasonOf(() => admitModel(flag(1)))).toBe('random');
        const unknown = around(node('Dropout', ['x', '', 'somewhere'], ['y']));
        expect(reasonOf(() => admitModel(unknown))).toBe('random');
    });

    it('refuses operators of other domains and functions of the model', () => {
        const foreign = node('Gelu', ['x'], ['y'], { domain: 'com.microsoft' });
        expect(reasonOf(() => admitModel(around(foreign)))).toBe('operator');
        const standard = node('Scaler', ['x'], ['y'], { domain: 'ai.onnx.ml' });
        expect(reasonOf(() => admitModel(around(standard)))).toBe('admitted');
        const functions = model(
            { nodes: [identity], inputs: [value('x', 'float32', [2])], outputs: [y] },
            { functions: [new Uint8Array(0)] },
        );
        expect(reasonOf(() => admitModel(functions))).toBe('operator');
    });

    it('refuses external data that is not listed', () => {
        const bytes = externalModel('weights.bin');
        expect(reasonOf(() => admitModel(bytes))).toBe('external-data');
        const listed = new Set(['weights.bin']);
        expect(reasonOf(() => admitModel(bytes, { externalLocations: listed }))).toBe('admitted');
        const outside = externalModel('../../etc/passwd');
        expect(reasonOf(() => admitModel(outside, { externalLocations: listed }))).toBe(
            'external-data',
        );
    });

    it.each([
        ['uint4', 21],
        ['int4', 22],
        ['bfloat16', 16],
        ['complex64', 14],
        ['an unknown type', 99],
    ])('refuses outputs of %s', (_, type) => {
        const bytes = model({
            nodes: [identity],
            inputs: [value('x', 'float32', [2])],
            outputs: [value('y', type, [2])],
        });
        expect(reasonOf(() => describeModel(bytes))).toBe('dtype');
    });

    it('refuses inputs and outputs that are no tensors', () => {
        const bytes = model({ nodes: [identity], inputs: [sequenceValue('x')], outputs: [y] });
        expect(reasonOf(() => admitModel(bytes))).toBe('dtype');
    });

    it('refuses empty and negative dimensions', () => {
        for (const size of [0, -1]) {
            const bytes = model({
                nodes: [identity],
                inputs: [value('x', 'float32', [2, size])],
                outputs: [y],
            });
            expect(reasonOf(() => admitModel(bytes))).toBe('shape');
        }
        const weights = (dims: number[]) =>
            model({
                nodes: [identity],
                initializers: [initializer({ name: 'w', type: 'float32', dims })],
                inputs: [value('x', 'float32', [2])],
                outputs: [y],
            });
        expect(reasonOf(() => admitModel(weights([3, 0])))).toBe('shape');
        expect(reasonOf(() => admitModel(weights([-1])))).toBe('shape');
        expect(reasonOf(() => admitModel(weights([0])))).toBe('admitted');
    });

    it('refuses sizes that are declared beyond the limit, overflow included', () => {
        const declared = (dims: number[]) =>
            model({
                nodes: [identity],
                initializers: [initializer({ name: 'w', type: 'float32', dims })],
                inputs: [value('x', 'float32', [2])],
                outputs: [y],
            });
        const policy = { maxTensorBytes: 4096 };
        expect(reasonOf(() => admitModel(declared([32, 32]), policy))).toBe('admitted');
        expect(reasonOf(() => admitModel(declared([32, 33]), policy))).toBe('too-large');
        expect(reasonOf(() => admitModel(declared([2 ** 32, 2 ** 32]), policy))).toBe('too-large');
    });

    it('refuses too many nodes and too deep a nesting, at the limit', () => {
        expect(reasonOf(() => admitModel(chainModel(10), { maxNodes: 10 }))).toBe('admitted');
        expect(reasonOf(() => admitModel(chainModel(11), { maxNodes: 10 }))).toBe('too-large');
        expect(reasonOf(() => admitModel(nestedModel(3), { maxDepth: 3 }))).toBe('admitted');
        expect(reasonOf(() => admitModel(nestedModel(4), { maxDepth: 3 }))).toBe('too-large');
    });

    it('refuses a file that says one thing twice, since readers differ on it', () => {
        const bytes = model({ nodes: [identity], outputs: [y] }, { graphs: 2 });
        expect(reasonOf(() => admitModel(bytes))).toBe('malformed');
    });

    it('refuses what is no model, and every truncation of one, with a typed error', () => {
        expect(reasonOf(() => admitModel(new Uint8Array(0)))).toBe('malformed');
        expect(reasonOf(() => admitModel(Buffer.from('<html></html>')))).toBe('malformed');
        const whole = addModel();
        for (let length = 0; length < whole.length; length++) {
            expect(() => reasonOf(() => describeModel(whole.subarray(0, length)))).not.toThrow();
        }
    });
});
