import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
    graph,
    graphAttribute,
    initializer,
    intAttribute,
    model,
    node,
    sequenceValue,
    stringAttribute,
    stringInitializer,
    value,
} from '../runtime/onnx-models';

/*
 * Models that are made to harm whoever runs them. Each is the same bytes whenever it is made.
 */

export function int64s(name: string, values: readonly bigint[], scalar = false): Uint8Array {
    return initializer({
        name,
        type: 'int64',
        dims: scalar ? [] : [values.length],
        raw: new Uint8Array(BigInt64Array.from(values).buffer),
    });
}

const X = value('x', 'float32', ['n']);
const Y = value('y', 'float32', ['n']);

/** `nodes` between the float lists `x` and `y`. */
export function between(
    nodes: readonly Uint8Array[],
    initializers: readonly Uint8Array[] = [],
): Uint8Array {
    return model({ nodes, initializers, inputs: [X], outputs: [Y] });
}

const IDENTITY = node('Identity', ['x'], ['y']);

export const harmless = between([IDENTITY]);

/** A ring of two nodes. */
export const cyclic = between([
    node('Add', ['x', 'b'], ['a']),
    node('Neg', ['a'], ['b']),
    node('Identity', ['b'], ['y']),
]);

/** A local function that calls itself. */
export const recursive = model(
    { nodes: [node('F', ['x'], ['y'], { domain: 'own' })], inputs: [X], outputs: [Y] },
    {
        functions: [
            message((w) => {
                w.tag(1, WireType.LengthDelimited).string('F');
                w.tag(4, WireType.LengthDelimited).string('x');
                w.tag(5, WireType.LengthDelimited).string('y');
                w.tag(7, WireType.LengthDelimited).bytes(
                    node('F', ['x'], ['y'], { domain: 'own' }),
                );
                w.tag(10, WireType.LengthDelimited).string('own');
            }),
        ],
    },
);

export const foreign = between([node('ATen', ['x'], ['y'], { domain: 'org.pytorch.aten' })]);
export const unknown = between([node('RunShell', ['x'], ['y'])]);
export const random = between([node('RandomUniformLike', ['x'], ['y'])]);
export const training = model(
    { nodes: [IDENTITY], inputs: [X], outputs: [Y] },
    { training: [harmless] },
);

export const fourBits = model({
    nodes: [node('Cast', ['x'], ['y'], { attributes: [intAttribute('to', 22)] })],
    inputs: [X],
    outputs: [value('y', 22, ['n'])],
});

/** Normalises images without pixels, which is valid ONNX. */
export const emptyImage = model({
    nodes: [node('InstanceNormalization', ['x', 'scale', 'bias'], ['y'])],
    initializers: [
        initializer({ name: 'scale', type: 'float32', dims: [3], raw: new Uint8Array(12) }),
        initializer({ name: 'bias', type: 'float32', dims: [3], raw: new Uint8Array(12) }),
    ],
    inputs: [value('x', 'float32', [1, 3, 0])],
    outputs: [value('y', 'float32', [1, 3, 0])],
});

/** The same for images of any size: the input decides. */
export const anyImage = model({
    nodes: [node('InstanceNormalization', ['x', 'scale', 'bias'], ['y'])],
    initializers: [
        initializer({ name: 'scale', type: 'float32', dims: [3], raw: new Uint8Array(12) }),
        initializer({ name: 'bias', type: 'float32', dims: [3], raw: new Uint8Array(12) }),
    ],
    inputs: [value('x', 'float32', [1, 3, 'n'])],
    outputs: [value('y', 'float32', [1, 3, 'n'])],
});

/** Weights that are the file of the system's users. */
export const readsUsers = external('../../../../../../etc/passwd');
export const readsUsersByName = external('/etc/passwd');

function external(location: string): Uint8Array {
    return between(
        [node('Add', ['x', 'w'], ['y'])],
        [initializer({ name: 'w', type: 'float32', dims: [1], location })],
    );
}

/** A file of 200 bytes that is 16 GB of floats. */
export const constantOf16Gb = between(
    [node('ConstantOfShape', ['shape'], ['c']), node('Add', ['x', 'c'], ['y'])],
    [int64s('shape', [4_000_000_000n])],
);

/** Valid for no input. */
export const hugeReshape = reshaped(2n ** 62n + 2n, 4n);
/** 12.8 GB, as floats. */
export const largeReshape = reshaped(2n, 1_593_835_524n);

function reshaped(...sizes: bigint[]): Uint8Array {
    return between(
        [
            node('Reshape', ['x', 'shape'], ['r']),
            node('Transpose', ['r'], ['t']),
            node('Slice', ['t', 'from', 'to'], ['y']),
        ],
        [int64s('shape', sizes), int64s('from', [1n, 0n]), int64s('to', [7n, 2n])],
    );
}

/** The shape is hidden behind a sum, so that admission cannot see it. */
export const hidden16Gb = between(
    [
        node('Add', ['half', 'half'], ['shape']),
        node('ConstantOfShape', ['shape'], ['c']),
        node('ReduceMax', ['c'], ['m']),
        node('Add', ['x', 'm'], ['y']),
    ],
    [int64s('half', [2_000_000_000n])],
);

/** One pixel that becomes 60,000 x 60,000. */
export const resize = model({
    nodes: [
        node('Resize', ['x', '', '', 'sizes'], ['big'], {
            attributes: [stringAttribute('mode', 'nearest')],
        }),
        node('ReduceMax', ['big'], ['y']),
    ],
    initializers: [int64s('sizes', [1n, 1n, 60_000n, 60_000n])],
    inputs: [value('x', 'float32', [1, 1, 1, 1])],
    outputs: [value('y', 'float32', [1, 1, 1, 1])],
});

/** Doubles a list as often as it has nodes. */
export function doubling(times: number): Uint8Array {
    const names = ['x', ...Array.from({ length: times }, (_, i) => `d${i}`)];
    const nodes = names.slice(1).map((name, i) => {
        const before = names[i] as string;
        const attributes = [intAttribute('axis', 0)];
        return node('Concat', [before, before], [name], { attributes });
    });
    const last = names.at(-1) as string;
    return between([...nodes, node('ReduceMax', [last], ['m']), node('Add', ['x', 'm'], ['y'])]);
}

/** Gives the list back many times over: small inputs, large outputs. */
export function manyOutputs(count: number): Uint8Array {
    const names = Array.from({ length: count }, (_, i) => `y${i}`);
    return model({
        nodes: [
            node('Expand', ['x', 'shape'], ['wide']),
            ...names.map((name) => node('Neg', ['wide'], [name])),
        ],
        initializers: [int64s('shape', [10_000n])],
        inputs: [value('x', 'float32', [1])],
        outputs: names.map((name) => value(name, 'float32', ['n'])),
    });
}

/** Compares all with all: slow, and no loop in sight. */
export const quadratic = model({
    nodes: [
        node('MatMul', ['x', 'x'], ['a']),
        ...Array.from({ length: 200 }, (_, i) =>
            node('MatMul', [i === 0 ? 'a' : `m${i - 1}`, 'x'], [`m${i}`]),
        ),
        node('ReduceMax', ['m199'], ['y']),
    ],
    inputs: [value('x', 'float32', ['n', 'n'])],
    outputs: [value('y', 'float32', [1, 1])],
});

/** A loop that goes on as long as it likes: forever. */
export const endless = loop('', 'yes');
/** The same with neither a number of trips nor a condition. */
export const boundless = loop('', '');

function loop(trips: string, condition: string): Uint8Array {
    const body = graph({
        nodes: [node('Identity', ['go'], ['goOn']), node('Neg', ['seen'], ['next'])],
        inputs: [value('i', 'int64', []), value('go', 'bool', []), value('seen', 'float32', ['n'])],
        outputs: [value('goOn', 'bool', []), value('next', 'float32', ['n'])],
    });
    const attributes = [graphAttribute('body', body)];
    return between(
        [node('Loop', [trips, condition, 'x'], ['y'], { attributes })],
        [initializer({ name: 'yes', type: 'bool', dims: [], raw: Uint8Array.of(1) })],
    );
}

/** A loop whose list grows by itself with each trip. */
export const growingLoop = (() => {
    const body = graph({
        nodes: [
            node('Identity', ['go'], ['goOn']),
            node('Concat', ['seen', 'seen'], ['next'], { attributes: [intAttribute('axis', 0)] }),
        ],
        inputs: [value('i', 'int64', []), value('go', 'bool', []), value('seen', 'float32', ['n'])],
        outputs: [value('goOn', 'bool', []), value('next', 'float32', ['m'])],
    });
    return between(
        [node('Loop', ['', 'yes', 'x'], ['y'], { attributes: [graphAttribute('body', body)] })],
        [initializer({ name: 'yes', type: 'bool', dims: [], raw: Uint8Array.of(1) })],
    );
})();

export const floodOfNan = between([
    node('Sub', ['x', 'x'], ['zero']),
    node('Div', ['zero', 'zero'], ['y']),
]);

export const longName = between([node('Identity', ['x'.repeat(100_000)], ['y'])]);
export const longAttribute = between([
    node('Identity', ['x'], ['y'], { attributes: [stringAttribute('s', 's'.repeat(5_000_000))] }),
]);
export const manyAttributes = between([
    node('Identity', ['x'], ['y'], {
        attributes: Array.from({ length: 500_001 }, () => stringAttribute('a', '')),
    }),
]);
export const longStrings = model({
    nodes: [node('Identity', ['w'], ['y'])],
    initializers: [stringInitializer('w', [new Uint8Array(1_000_000).fill(97)])],
    inputs: [X],
    outputs: [value('y', 'string', [1])],
});

/** Dimensions whose product is 2^128, and 0 in 64 bits. */
export const overflowing = between(
    [IDENTITY],
    [initializer({ name: 'w', type: 'float32', dims: [2 ** 32, 2 ** 32, 2 ** 32, 2 ** 32] })],
);
export const negative = between(
    [IDENTITY],
    [initializer({ name: 'w', type: 'float32', dims: [-1] })],
);
/** Says 4 MB of weights, and brings 4 bytes. */
export const shortWeights = between(
    [node('Add', ['x', 'w'], ['y'])],
    [initializer({ name: 'w', type: 'float32', dims: [1_000_000], raw: new Uint8Array(4) })],
);

/** Twelve bytes that ONNX Runtime would expand to 400 GB. */
export const sparse = model({
    nodes: [node('Add', ['x', 'w'], ['y'])],
    inputs: [X],
    outputs: [Y],
    sparse: [
        message((w) => {
            const values = {
                name: 'w',
                type: 'float32',
                dims: [1],
                raw: new Uint8Array(4),
            } as const;
            w.tag(1, WireType.LengthDelimited).bytes(initializer(values));
            w.tag(2, WireType.LengthDelimited).bytes(int64s('', [0n]));
            w.tag(3, WireType.Varint).int64(100_000_000_000);
        }),
    ],
});

export const sequence = model({
    nodes: [node('SequenceConstruct', ['x'], ['y'])],
    inputs: [X],
    outputs: [sequenceValue('y')],
});

const weight = initializer({ name: 'w', type: 'float32', dims: [1], raw: new Uint8Array(4) });
export const doubledWeights = between([node('Add', ['x', 'w'], ['y'])], [weight, weight]);
export const doubledValues = between([IDENTITY, IDENTITY]);
export const doubledGraphs = model({ nodes: [IDENTITY], inputs: [X], outputs: [Y] }, { graphs: 2 });
export const noNodes = model({ nodes: [], inputs: [X], outputs: [Y] });
export const missingInput = between([node('Add', ['x', 'nowhere'], ['y'])]);
export const wrongArity = between([node('Add', ['x'], ['y'])]);
export const gatherOutside = between(
    [node('Gather', ['x', 'far'], ['y'])],
    [int64s('far', [1_000_000_000_000n])],
);

/** A graph where a number should be. */
export const wrongWireType = message((w) => w.tag(7, WireType.Varint).int32(1));
export const truncated = harmless.subarray(0, harmless.length - 7);
/** Groups in groups, which old protobuf allows without end. */
export const nestedGroups = message((w) => {
    for (let i = 0; i < 100_000; i++) w.tag(15, WireType.StartGroup);
});

function message(write: (writer: BinaryWriter) => void): Uint8Array {
    const writer = new BinaryWriter();
    write(writer);
    return writer.finish();
}
