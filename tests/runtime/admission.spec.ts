import { readFileSync } from 'node:fs';
import type { RefusalReason } from '../../runtime';
import { admitModel, describeModel, ModelRefusedError } from '../../runtime';
import {
    addModel,
    chainModel,
    externalModel,
    graph,
    graphAttribute,
    identityModel,
    initializer,
    model,
    nestedModel,
    node,
    sequenceValue,
    stringAttribute,
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

    it('refuses operators that the standard has not, and what trains a model', () => {
        expect(reasonOf(() => admitModel(around(node('Exfiltrate', ['x'], ['y']))))).toBe(
            'operator',
        );
        const training = model(
            { nodes: [identity], inputs: [value('x', 'float32', [2])], outputs: [y] },
            { training: [new Uint8Array(0)] },
        );
        expect(reasonOf(() => admitModel(training))).toBe('operator');
    });

    it('refuses a Loop that has neither a number of trips nor a condition', () => {
        const body = graphAttribute('body', graph({ nodes: [] }));
        const loop = (...inputs: string[]) =>
            reasonOf(() => admitModel(around(node('Loop', inputs, ['y'], { attributes: [body] }))));
        expect(loop('', '', 'x')).toBe('endless');
        expect(loop()).toBe('endless');
        expect(loop('trips', '', 'x')).toBe('admitted');
        expect(loop('', 'go', 'x')).toBe('admitted');
    });

    it('refuses names that two things have', () => {
        const w = initializer({ name: 'w', type: 'float32', dims: [1], raw: new Uint8Array(4) });
        const twice = model({ nodes: [identity], outputs: [y], initializers: [w, w] });
        expect(reasonOf(() => admitModel(twice))).toBe('malformed');
        expect(reasonOf(() => admitModel(around(identity, identity)))).toBe('malformed');
    });

    it('refuses a tensor that it makes from a constant shape beyond the limit', () => {
        const filled = (sizes: bigint[]) =>
            model({
                nodes: [node('ConstantOfShape', ['shape'], ['y'])],
                initializers: [
                    initializer({
                        name: 'shape',
                        type: 'int64',
                        dims: [sizes.length],
                        raw: new Uint8Array(BigInt64Array.from(sizes).buffer),
                    }),
                ],
                outputs: [value('y', 'float32', ['n'])],
            });
        const reason = (...sizes: bigint[]) =>
            reasonOf(() => admitModel(filled(sizes), { maxTensorBytes: 4096 }));
        expect(reason(1024n)).toBe('admitted');
        expect(reason(1025n)).toBe('too-large');
        expect(reason(1n << 62n, 1n << 62n)).toBe('too-large');
        expect(reason(-5n)).toBe('shape');
    });

    it('refuses values that are declared beyond the limit', () => {
        const between = (size: number) =>
            model({
                nodes: [identity],
                inputs: [value('x', 'float32', [2])],
                outputs: [y],
                values: [value('v', 'float32', [size])],
            });
        const policy = { maxTensorBytes: 4096 };
        expect(reasonOf(() => admitModel(between(1024), policy))).toBe('admitted');
        expect(reasonOf(() => admitModel(between(1025), policy))).toBe('too-large');
        expect(reasonOf(() => admitModel(between(0), policy))).toBe('admitted');
        expect(reasonOf(() => admitModel(between(-1), policy))).toBe('shape');
    });

    it('refuses long names, long attributes and too many of them, at the limit', () => {
        const named = around(node('Identity', ['x'.repeat(8)], ['y']));
        expect(reasonOf(() => admitModel(named, { maxNameBytes: 8 }))).toBe('admitted');
        expect(reasonOf(() => admitModel(named, { maxNameBytes: 7 }))).toBe('too-large');
        expect(reasonOf(() => admitModel(chainModel(5), { maxNames: 15 }))).toBe('admitted');
        expect(reasonOf(() => admitModel(chainModel(5), { maxNames: 14 }))).toBe('too-large');
        const long = around(
            node('Identity', ['x'], ['y'], {
                attributes: [stringAttribute('s', 'long'.repeat(9))],
            }),
        );
        expect(reasonOf(() => admitModel(long))).toBe('admitted');
        expect(reasonOf(() => admitModel(long, { maxAttributeBytes: 30 }))).toBe('too-large');
        expect(reasonOf(() => admitModel(long, { maxAttributes: 0 }))).toBe('too-large');
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
