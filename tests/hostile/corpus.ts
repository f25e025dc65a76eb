import { encodeItem, type ItemErrorName, tensorOf } from '../../protocol';
import type { RefusalReason, RuntimeLimits } from '../../runtime';
import { chainModel, nestedModel } from '../runtime/onnx-models';
import * as models from './models';

type Verdict = 'done' | ItemErrorName;

/** A model, what it is fed with, and what has to become of it. */
export interface HostileCase {
    readonly name: string;
    readonly model: () => Uint8Array;
    /** Every one of these is a good end; anything else is a failure. */
    readonly end:
        | { readonly refused: readonly RefusalReason[] }
        | { readonly item: Uint8Array; readonly verdicts: readonly Verdict[] };
    readonly limits?: Partial<RuntimeLimits>;
    /** Takes seconds. */
    readonly slow?: boolean;
}

function floats(name: string, dims: readonly number[], at: (index: number) => number): Uint8Array {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const values = Array.from({ length: count }, (_, index) => at(index));
    return encodeItem({ [name]: tensorOf('float32', dims, values) });
}

const LIST = floats('x', [4], (i) => i);
const ONE = floats('x', [1], () => 1);
const PIXEL = floats('x', [1, 1, 1, 1], () => 1);

/** Takes its time, and shows nothing that another one does not. */
function slow(one: HostileCase): HostileCase {
    return { ...one, slow: true };
}

function refused(name: string, model: () => Uint8Array, ...reasons: RefusalReason[]): HostileCase {
    return { name, model, end: { refused: reasons } };
}

function run(
    name: string,
    model: () => Uint8Array,
    item: Uint8Array,
    verdicts: Verdict[],
    limits: Partial<RuntimeLimits> = {},
): HostileCase {
    return { name, model, end: { item, verdicts }, limits };
}

const SOON = { itemTimeoutMs: 300 };
const SMALL = { maxMemoryBytes: 512 * 1024 ** 2 };

/** Hostile models and inputs, each with the only ends that it may have. */
export const CORPUS: readonly HostileCase[] = [
    run('nothing special', () => models.harmless, LIST, ['done']),

    // Files that are no models.
    refused('no bytes', () => new Uint8Array(0), 'malformed'),
    refused('a truncated file', () => models.truncated, 'malformed'),
    refused('a field of another wire type', () => models.wrongWireType, 'malformed'),
    refused('groups in groups without end', () => models.nestedGroups, 'malformed'),
    refused('two graphs', () => models.doubledGraphs, 'malformed'),
    refused('two weights of one name', () => models.doubledWeights, 'malformed'),
    refused('two values of one name', () => models.doubledValues, 'malformed'),

    // What it uses.
    refused('weights from ../../etc/passwd', () => models.readsUsers, 'external-data'),
    refused('weights from /etc/passwd', () => models.readsUsersByName, 'external-data'),
    refused('a random operator', () => models.random, 'random'),
    refused('an operator of another domain', () => models.foreign, 'operator'),
    refused('an operator that nobody knows', () => models.unknown, 'operator'),
    refused('a function that calls itself', () => models.recursive, 'operator'),
    refused('a way to train it', () => models.training, 'operator'),
    refused('outputs of four bits', () => models.fourBits, 'dtype'),
    refused('a sequence as output', () => models.sequence, 'dtype'),

    // Sizes.
    slow(refused('200,000 nodes', () => chainModel(200_000), 'too-large')),
    refused('graphs nested 12 deep', () => nestedModel(12), 'too-large'),
    refused('16 GB from a constant', () => models.constantOf16Gb, 'too-large'),
    refused('sparse weights that expand to 400 GB', () => models.sparse, 'too-large'),
    refused('dimensions that overflow', () => models.overflowing, 'too-large'),
    // Found by the fuzz job: ONNX Runtime 1.30 aborts over it while it folds constants.
    refused('a Slice of what was reshaped to 2^62', () => models.hugeReshape, 'too-large'),
    refused('the same with 12.8 GB', () => models.largeReshape, 'too-large'),
    refused('a negative dimension', () => models.negative, 'shape'),
    refused('an image without pixels', () => models.emptyImage, 'shape'),
    refused('a name of 100 KB', () => models.longName, 'too-large'),
    refused('an attribute of 5 MB', () => models.longAttribute, 'too-large'),
    slow(refused('500,001 attributes', () => models.manyAttributes, 'too-large')),
    refused('a Loop that cannot end', () => models.boundless, 'endless'),

    // What only ONNX Runtime finds.
    refused('a ring of nodes', () => models.cyclic, 'load-failed'),
    slow(refused('no nodes', () => models.noNodes, 'load-failed')),
    slow(refused('an input that nothing makes', () => models.missingInput, 'load-failed')),
    slow(refused('an operator without its second input', () => models.wrongArity, 'load-failed')),
    slow(refused('weights shorter than they say', () => models.shortWeights, 'load-failed')),

    // What only running it shows.
    run('an index far outside', () => models.gatherOutside, LIST, ['RUNTIME_ERROR']),
    slow(run('a flood of NaN', () => models.floodOfNan, LIST, ['done'])),
    slow(run('a string of 1 MB', () => models.longStrings, LIST, ['done', 'INPUT_INVALID'])),
    run('a Loop that never ends', () => models.endless, LIST, ['TIME_LIMIT'], SOON),
    slow(run('a Loop that doubles a list', () => models.growingLoop, ONE, ['MEMORY_LIMIT'], SMALL)),
    run('40 doublings', () => models.doubling(40), ONE, ['MEMORY_LIMIT'], SMALL),
    run('16 GB behind a sum', () => models.hidden16Gb, LIST, ['MEMORY_LIMIT']),
    slow(
        run('60,000 x 60,000 pixels', () => models.resize, PIXEL, ['MEMORY_LIMIT'], {
            maxMemoryBytes: 4 * 1024 ** 3,
        }),
    ),
    run('500 outputs of 40 KB', () => models.manyOutputs(500), ONE, ['OUTPUT_LIMIT'], {
        maxOutputBytes: 1024 ** 2,
    }),
    slow(
        run(
            'products of large matrices',
            () => models.quadratic,
            floats('x', [1000, 1000], () => 0.001),
            ['TIME_LIMIT'],
            SOON,
        ),
    ),

    // Inputs.
    slow(
        run('an item that is none', () => models.harmless, Buffer.from('GET / HTTP/1.1'), [
            'INPUT_INVALID',
        ]),
    ),
    slow(run('an item cut short', () => models.harmless, LIST.subarray(0, 9), ['INPUT_INVALID'])),
    run('an image without pixels as input', () => models.anyImage, emptyImageItem(), [
        'INPUT_INVALID',
    ]),
    slow(
        run(
            'a tensor of another name',
            () => models.harmless,
            floats('z', [1], () => 1),
            ['INPUT_INVALID'],
        ),
    ),
    slow(
        run(
            'NaN and infinities',
            () => models.harmless,
            floats('x', [3], (i) => [NaN, Infinity, -Infinity][i] ?? 0),
            ['done'],
        ),
    ),

    slow(run('50,000 nodes', () => chainModel(50_000), ONE, ['done', 'TIME_LIMIT'])),
    slow(
        run('1,000 doublings', () => models.doubling(1000), ONE, ['MEMORY_LIMIT', 'RUNTIME_ERROR']),
    ),
];

/** `{ x: float32 [1, 3, 0] }`, which the encoder refuses to write. */
function emptyImageItem(): Uint8Array {
    const item = floats('x', [1, 3, 7], () => 0);
    // Dimensions are varints with a tag each.
    const at = item.findIndex((byte, i) => byte === 7 && item[i - 1] === 8 && item[i - 2] === 3);
    if (at < 0) throw new Error('Items are encoded in another way now.');
    const changed = Uint8Array.from(item);
    changed[at] = 0;
    return changed;
}
