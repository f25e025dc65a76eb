import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE, OCR_RECOGNISER } from '../../models';
import {
    asHash,
    compareOutputs,
    decodeOutputItem,
    type DType,
    DTYPES,
    encodeItem,
    type HashHex,
    isWithinTau,
    type Item,
    type ModelManifest,
    NUMERIC_DTYPES,
    numericTensor,
    sketchOutput,
    sketchRuleOf,
    type Tensor,
    tensorOf,
    tensorValues,
    utf8ToBytes,
} from '../../protocol';
import type { ExecutionClass, ExecutionOutcome, LoadedModel, ModelSource } from '../../runtime';
import { describeModel, EXECUTION_CLASSES } from '../../runtime';
import { INPUTS, packagedPath, receiptLine } from '../models/catalogue-inputs';
import { shape } from './items';
import {
    addModel,
    externalModel,
    growModel,
    model,
    node,
    sequenceValue,
    stringInitializer,
    value,
} from './onnx-models';
import { collect, createWorld, rejection } from './world';

const world = createWorld();
afterEach(() => world.stopAll());

type InBoth<T> = { readonly [C in ExecutionClass]: T };

async function inBoth<T>(work: (executionClass: ExecutionClass) => Promise<T>): Promise<InBoth<T>> {
    const [native, wasm] = await Promise.all([work('native'), work('wasm')]);
    return { native, wasm };
}

/** The outcomes of the same items in both classes. */
function runInBoth(source: ModelSource, items: readonly Uint8Array[]) {
    const runtime = world.runtime();
    return inBoth(async (executionClass) => {
        const loaded = await runtime.load(source, { executionClass });
        const outcomes = await collect(loaded.run(items));
        await loaded.stop();
        return outcomes;
    });
}

function outputOf(outcome: ExecutionOutcome | undefined): Item {
    if (outcome?.status !== 'done') throw new Error(JSON.stringify(outcome));
    return decodeOutputItem(outcome.output);
}

function codesOf(outcomes: readonly ExecutionOutcome[]): string[] {
    return outcomes.map((o) => (o.status === 'failed' ? o.error.code : o.status));
}

/** Whether each of some seeds' sketches lie within tau of each other, in both directions. */
function sketchesAgree({ comparison }: ModelManifest, a: Item, b: Item): boolean {
    const rules = comparison.class === 'exact' ? [] : comparison.outputs.map(sketchRuleOf);
    return Array.from({ length: 5 }, (_, i) => asHash(new Uint8Array(32).fill(i))).every((seed) => {
        const [first, second] = [a, b].map((output) => sketchOutput(comparison, output, seed));
        return (
            first !== undefined &&
            second !== undefined &&
            isWithinTau(rules, first, second) &&
            isWithinTau(rules, second, first)
        );
    });
}

async function outputsInBoth(manifest: ModelManifest, item: Item): Promise<InBoth<Item>> {
    const source = { manifest, locate: () => packagedPath(manifest) };
    const { native, wasm } = await runInBoth(source, [encodeItem(item)]);
    return { native: outputOf(native[0]), wasm: outputOf(wasm[0]) };
}

describe('native and wasm', () => {
    it.each(CATALOGUE.map(({ name, manifest }) => [name, manifest] as const))(
        'give results of %s that its rule takes for equal, by far, and so do their sketches',
        async (name, manifest) => {
            const item = (await INPUTS[name]?.()) ?? new Map<string, Tensor>();
            const { native, wasm } = await outputsInBoth(manifest, item);
            const { outputs } = compareOutputs(manifest.comparison, native, wasm);
            expect(outputs).toHaveLength(manifest.outputs.length);
            for (const { equal, measured } of outputs) {
                expect(equal).toBe(true);
                expect(measured?.distance).toBeLessThan(1.3e-5);
            }
            expect(sketchesAgree(manifest, native, wasm)).toBe(true);
        },
    );

    it('read the same line, and a sketch tells a result that is a thousandth off', async () => {
        const { manifest } = OCR_RECOGNISER;
        const { native, wasm } = await outputsInBoth(manifest, await receiptLine());
        expect(compareOutputs(manifest.comparison, native, wasm).equal).toBe(true);
        expect(sketchesAgree(manifest, native, wasm)).toBe(true);
        const off = new Map(
            [...wasm].map(([name, tensor]) => {
                const values = tensorValues(tensor).map((x) => Number(x) * 1.001);
                return [name, tensorOf('float32', tensor.dims, values)];
            }),
        );
        expect(sketchesAgree(manifest, native, off)).toBe(false);
    });

    it('carry every element type bit by bit', async () => {
        const count = 3;
        const tensors = new Map(
            DTYPES.map((dtype): [DType, Tensor] => [dtype, sample(dtype, count)]),
        );
        const bytes = model({
            nodes: DTYPES.map((dtype) => node('Identity', [dtype], [`${dtype}-out`])),
            inputs: DTYPES.map((dtype) => value(dtype, dtype, [count])),
            outputs: DTYPES.map((dtype) => value(`${dtype}-out`, dtype, [count])),
        });
        const outcomes = await runInBoth({ bytes }, [encodeItem(tensors)]);
        const expected = [...tensors].map(([dtype, tensor]) => [`${dtype}-out`, tensor] as const);
        for (const executionClass of EXECUTION_CLASSES) {
            const [outcome] = outcomes[executionClass];
            const output = outcome?.status === 'done' ? Buffer.from(outcome.output) : outcome;
            expect(output).toEqual(Buffer.from(encodeItem(new Map(expected))));
        }
    });

    it('give the same strings, whatever a model makes of them', async () => {
        const strings = [
            utf8ToBytes('\u{feff}short'),
            utf8ToBytes('\u{feff}a long one with a byte order mark before it'),
            utf8ToBytes(''),
            utf8ToBytes('a NUL\0inside'),
            Uint8Array.of(0xff, 0x61),
            Uint8Array.of(0xed, 0xa0, 0x80),
            Uint8Array.of(0xc0, 0xaf),
            Uint8Array.of(...utf8ToBytes('bytes that end within a letter: '), 0xf0, 0x9f),
            utf8ToBytes('🦋'),
        ];
        const n = strings.length;
        const bytes = model({
            nodes: [node('Where', ['own', 'strings', 'x'], ['y'])],
            initializers: [stringInitializer('strings', strings)],
            inputs: [value('own', 'bool', [n]), value('x', 'string', [n])],
            outputs: [value('y', 'string', [n])],
        });
        const texts = strings.map((_, i) => '\u{feff}мир'.repeat(i));
        const items = [true, false].map((own) =>
            encodeItem({
                own: tensorOf('bool', [n], new Array<boolean>(n).fill(own)),
                x: tensorOf('string', [n], texts),
            }),
        );
        const { native, wasm } = await runInBoth({ bytes }, items);
        expect(wasm.map(outputOf)).toEqual(native.map(outputOf));
        expect(wasm.map(outputOf)[1]?.get('y')).toEqual(tensorOf('string', [n], texts));
    });

    it('give items that fail the same code, since leaves hold it', async () => {
        const source = { bytes: growModel() };
        const items = [
            new Uint8Array(3),
            encodeItem({ shape: tensorOf('int64', [2], [1n, 1n]) }),
            shape(-5n),
            shape(5n),
        ];
        const { native, wasm } = await runInBoth(source, items);
        expect(codesOf(native)).toEqual([
            'INPUT_INVALID',
            'INPUT_INVALID',
            'RUNTIME_ERROR',
            'done',
        ]);
        expect(codesOf(wasm)).toEqual(codesOf(native));
    });

    it('take external data from the files of the manifest', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
        const graph = externalModel('w.bin');
        const weights = new Uint8Array(Float32Array.of(10, 20).buffer);
        const files = Object.entries({ 'm.onnx': graph, 'w.bin': weights }).map(([path, bytes]) => {
            writeFileSync(join(folder, path), bytes);
            const sha256 = createHash('sha256').update(bytes).digest('hex') as HashHex;
            return { path, sha256, bytes: bytes.length, sources: [] };
        });
        const manifest = { files, entry: 'm.onnx', ...describeModel(graph, new Set(['w.bin'])) };
        const source = { manifest, locate: ({ path }: { path: string }) => join(folder, path) };
        const item = encodeItem({ x: tensorOf('float32', [2], [1, 2]) });
        const outcomes = await runInBoth(source, [item]);
        for (const executionClass of EXECUTION_CLASSES) {
            const y = outputOf(outcomes[executionClass][0]).get('y');
            expect(y && tensorValues(y)).toEqual([11, 22]);
        }
        rmSync(folder, { recursive: true });
    });

    it('refuse the same models', async () => {
        const x = [value('x', 'float32', [1])];
        const bad = [
            model({
                nodes: [node('NoSuchOperator', ['x'], ['y'])],
                inputs: x,
                outputs: [value('y', 'float32', [1])],
            }),
            model({
                nodes: [
                    node('SequenceConstruct', ['x'], ['s']),
                    node('SequenceLength', ['s'], ['y']),
                ],
                inputs: x,
                outputs: [value('y', 'int64', []), sequenceValue('s')],
            }),
        ];
        const runtime = world.runtime();
        for (const bytes of bad) {
            const { native, wasm } = await inBoth((executionClass) =>
                rejection(runtime.load({ bytes }, { executionClass })),
            );
            expect(wasm).toMatchObject({ code: 'MODEL_REFUSED' });
            expect((wasm as { reason: string }).reason).toBe((native as { reason: string }).reason);
        }
    });
});

describe('the execution class', () => {
    function loadedLibraries({ pids }: LoadedModel): string {
        return readFileSync(`/proc/${pids[0]}/maps`, 'latin1');
    }

    it('is native, unless the runtime or the load says otherwise, and the model tells it', async () => {
        const source = { bytes: addModel() };
        const classes = [
            await world.runtime().load(source),
            await world.runtime({ executionClass: 'wasm' }).load(source),
            await world
                .runtime({ executionClass: 'wasm' })
                .load(source, { executionClass: 'native' }),
        ].map(({ executionClass }) => executionClass);
        expect(classes).toEqual(['native', 'wasm', 'native']);
    });

    it('decides which library a child loads, and it loads no other', async () => {
        const { native, wasm } = await inBoth((executionClass) =>
            world.runtime().load({ bytes: addModel() }, { executionClass }),
        );
        expect(loadedLibraries(native)).toContain('onnxruntime');
        expect(loadedLibraries(wasm)).not.toContain('onnxruntime');
    });

    it('needs no network for wasm', async () => {
        const execArgv = ['--import', 'data:text/javascript,delete globalThis.fetch'];
        const runtime = world.runtime({ executionClass: 'wasm', execArgv });
        const loaded = await runtime.load({ bytes: addModel() });
        const one = tensorOf('float32', [2], [1, 1]);
        const outcomes = await collect(loaded.run([encodeItem({ a: one, b: one })]));
        expect(codesOf(outcomes)).toEqual(['done']);
    });
});

/** Elements of all kinds of bits, NaN included. */
function sample(dtype: DType, count: number): Tensor {
    if (dtype === 'string') return tensorOf('string', [count], ['', 'ħello мир', '🦋']);
    const size = count * NUMERIC_DTYPES[dtype].bytes;
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 151 + 255) & 0xff);
    return numericTensor(dtype, [count], dtype === 'bool' ? bytes.map((b) => b & 1) : bytes);
}
