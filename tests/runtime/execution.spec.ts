import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { DType, HashHex, ModelFile, ModelManifest } from '../../protocol';
import { decodeOutputItem, DTYPES, encodeItem, tensorOf, tensorValues } from '../../protocol';
import type { ExecutionOutcome, FileSlice } from '../../runtime';
import { BenchmarkError, describeModel, ModelRefusedError, readSlice } from '../../runtime';
import { OutputEncoder } from '../../runtime/output-parts';
import { shape, trips } from './items';
import {
    addModel,
    countModel,
    externalModel,
    growModel,
    identityModel,
    model,
    node,
    value,
} from './onnx-models';
import { collect, createWorld, rejection, verdicts, VOICE_MODEL } from './world';

const world = createWorld();
afterEach(() => world.stopAll());

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function valuesOf(outcome: ExecutionOutcome | undefined, name: string): unknown[] {
    if (outcome?.status !== 'done') throw new Error(JSON.stringify(outcome));
    const tensor = decodeOutputItem(outcome.output).get(name);
    if (tensor === undefined) throw new Error(`no ${name}`);
    return tensorValues(tensor);
}

function pair(a: number[], b: number[]): Uint8Array {
    return encodeItem({
        a: tensorOf('float32', [a.length], a),
        b: tensorOf('float32', [b.length], b),
    });
}

function sha256(bytes: Uint8Array): HashHex {
    return createHash('sha256').update(bytes).digest('hex') as HashHex;
}

type Manifest = Pick<ModelManifest, 'files' | 'entry' | 'inputs' | 'outputs'>;

/** Writes files into the folder, and a manifest of the first as the model. */
function manifestOf(files: Record<string, Uint8Array>): Manifest {
    const [entry = ''] = Object.keys(files);
    const listed: ModelFile[] = Object.entries(files).map(([path, bytes]) => {
        writeFileSync(join(folder, path), bytes);
        return { path, sha256: sha256(bytes), bytes: bytes.length, sources: [] };
    });
    const graph = files[entry] ?? new Uint8Array(0);
    return { files: listed, entry, ...describeModel(graph, new Set(Object.keys(files))) };
}

const locate = ({ path }: ModelFile) => join(folder, path);

const SAMPLES: { readonly [D in DType]: readonly unknown[] } = {
    float32: [0, -0, 1.5, -Infinity, NaN],
    float64: [0, -0, Math.PI, Infinity, NaN],
    float16: [0, -0, 1.5, -Infinity, NaN],
    int8: [-128, 0, 127],
    uint8: [0, 255],
    int16: [-32768, 32767],
    uint16: [0, 65535],
    int32: [-(2 ** 31), 2 ** 31 - 1],
    uint32: [0, 2 ** 32 - 1],
    int64: [-(2n ** 63n), 2n ** 63n - 1n],
    uint64: [0n, 2n ** 64n - 1n],
    bool: [true, false, true],
    string: ['', 'ħello мир', '🦋'],
};

describe('running items', () => {
    it.each([...DTYPES])('carries %s through a model bit by bit', async (dtype) => {
        const loaded = await world.runtime().load({ bytes: identityModel(dtype) });
        const samples = SAMPLES[dtype];
        const tensor = tensorOf(dtype, [samples.length], samples as never);
        const [outcome] = await collect(loaded.run([encodeItem({ x: tensor })]));
        expect(outcome).toMatchObject({ status: 'done', index: 0 });
        expect(outcome?.status === 'done' && Buffer.from(outcome.output)).toEqual(
            Buffer.from(encodeItem({ y: tensor })),
        );
    });

    it('gives each of many items its own outcome, over several processes', async () => {
        const loaded = await world.runtime({ processes: 2 }).load({ bytes: addModel() });
        const count = 3000;
        const items = Array.from({ length: count }, (_, i) => pair([i, 1], [i, 2]));
        const outcomes = await collect(loaded.run(items));
        expect(outcomes).toHaveLength(count);
        outcomes.forEach((outcome, i) => expect(valuesOf(outcome, 'sum')).toEqual([2 * i, 3]));
    });

    it('runs nothing for no items', async () => {
        const loaded = await world.runtime().load({ bytes: addModel() });
        expect(await collect(loaded.run([]))).toEqual([]);
    });

    it('takes items from an asynchronous source and reports progress', async () => {
        const loaded = await world.runtime().load({ bytes: addModel() });
        async function* source() {
            for (let i = 0; i < 5; i++) yield await Promise.resolve(pair([i, 0], [1, 1]));
            yield new Uint8Array(3);
        }
        const seen: unknown[] = [];
        const outcomes = await collect(
            loaded.run(source(), { onProgress: (progress) => seen.push(progress) }),
        );
        expect(outcomes).toHaveLength(6);
        expect(seen.at(-1)).toEqual({ taken: 6, finished: 6, failed: 1 });
    });

    it('shares its children between runs at the same time', async () => {
        const loaded = await world.runtime().load({ bytes: addModel() });
        const runs = [1, 2, 3].map((n) =>
            collect(loaded.run(Array.from({ length: 200 }, (_, i) => pair([i, n], [0, 0])))),
        );
        for (const [index, outcomes] of (await Promise.all(runs)).entries()) {
            outcomes.forEach((o, i) => expect(valuesOf(o, 'sum')).toEqual([i, index + 1]));
        }
    });

    it('repeats the result of a real model bit for bit, in whatever process and message', async () => {
        const loaded = await world
            .runtime({ processes: 2 })
            .load({ bytes: readFileSync(VOICE_MODEL) });
        const samples = Array.from({ length: 576 }, (_, i) => Math.sin(i / 9) / 3);
        const item = encodeItem({
            input: tensorOf('float32', [1, 576], samples),
            state: tensorOf('float32', [2, 1, 128], new Array<number>(256).fill(0)),
            sr: tensorOf('int64', [], [16000n]),
        });
        const outcomes = await collect(loaded.run(new Array<Uint8Array>(300).fill(item)));
        const hashes = outcomes.map((o) => (o.status === 'done' ? sha256(o.output) : o.status));
        expect(hashes).toHaveLength(300);
        expect(new Set(hashes).size).toBe(1);
        expect(valuesOf(outcomes[0], 'output')[0]).toBeGreaterThan(0);
    });
});

describe('item errors', () => {
    it('are INPUT_INVALID for whatever does not fit the model, before it runs', async () => {
        const loaded = await world.runtime().load({ bytes: addModel() });
        const a = tensorOf('float32', [2], [1, 2]);
        const misfits = [
            new Uint8Array(0),
            Uint8Array.of(1, 2, 3),
            encodeItem({ a }),
            encodeItem({ a, b: a, c: a }),
            encodeItem({ a, b: tensorOf('float64', [2], [1, 2]) }),
            encodeItem({ a, b: tensorOf('float32', [3], [1, 2, 3]) }),
            encodeItem({ a, b: tensorOf('float32', [1, 2], [1, 2]) }),
            encodeItem({ a, b: tensorOf('float32', [0], []) }),
        ];
        const good = pair([1, 2], [3, 4]);
        const got = await verdicts(loaded.run([...misfits, good]));
        expect(got).toEqual([...misfits.map(() => 'INPUT_INVALID'), 'done']);
    });

    it('refuse a dimension of 0 where the model leaves it open', async () => {
        const loaded = await world.runtime().load({ bytes: identityModel('float32') });
        const empty = encodeItem({ x: tensorOf('float32', [0], []) });
        expect(await verdicts(loaded.run([empty]))).toEqual(['INPUT_INVALID']);
    });

    it('refuse strings that the binding cannot carry: not UTF-8, or with a NUL', async () => {
        const loaded = await world.runtime().load({ bytes: identityModel('string') });
        const items = [Uint8Array.of(255), Uint8Array.of(97, 0, 98)].map((element) =>
            encodeItem({ x: { dtype: 'string', dims: [1], data: [element] } }),
        );
        expect(await verdicts(loaded.run(items))).toEqual(['INPUT_INVALID', 'INPUT_INVALID']);
    });

    it('are RUNTIME_ERROR when an operator fails on the values', async () => {
        const bytes = model({
            nodes: [node('Gather', ['table', 'index'], ['row'])],
            inputs: [value('table', 'float32', ['n']), value('index', 'int64', [])],
            outputs: [value('row', 'float32', [])],
        });
        const loaded = await world.runtime().load({ bytes });
        const gather = (index: bigint) =>
            encodeItem({
                table: tensorOf('float32', [2], [5, 6]),
                index: tensorOf('int64', [], [index]),
            });
        expect(await verdicts(loaded.run([gather(7n), gather(1n)]))).toEqual([
            'RUNTIME_ERROR',
            'done',
        ]);
    });

    it('are OUTPUT_LIMIT when the output is larger than allowed', async () => {
        const limits = { maxOutputBytes: 1000 };
        const loaded = await world.runtime().load({ bytes: growModel() }, { limits });
        const got = await verdicts(loaded.run([shape(1000n), shape(100n)]));
        expect(got).toEqual(['OUTPUT_LIMIT', 'done']);
    });
});

describe('outputs in a folder', () => {
    it('lie one behind another in a file, small ones inline', async () => {
        const loaded = await world.runtime().load({ bytes: growModel() });
        const outputs = { dir: folder, inlineMaxBytes: 1000 };
        const outcomes = await collect(
            loaded.run([shape(10n), shape(5000n), shape(5000n)], { outputs }),
        );
        expect(outcomes.map(({ status }) => status)).toEqual(['done', 'stored', 'stored']);
        const stored = outcomes.filter((outcome) => outcome.status === 'stored');
        for (const { slice, sha256: named } of stored) {
            const bytes = readSlice(slice);
            expect(sha256(bytes)).toBe(named);
            expect(decodeOutputItem(bytes).get('filled')?.dims).toEqual([5000]);
        }
        const files = new Set(stored.map(({ slice }) => relative(folder, slice.path)));
        expect(readdirSync(folder).sort()).toEqual([...files].sort());
    });

    it('come in the order of the items, whatever they wait for, and of every length', async () => {
        const loaded = await world.runtime().load({ bytes: growModel() });
        const sizes = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? 5 : 1000 + 37 * i));
        const outputs = { dir: folder, inlineMaxBytes: 100 };
        const order: number[] = [];
        const items = sizes.map((size) => shape(BigInt(size)));
        for await (const outcome of loaded.run(items, { outputs })) {
            order.push(outcome.index);
            if (outcome.status === 'failed') throw new Error(outcome.error.message);
            const bytes = outcome.status === 'done' ? outcome.output : readSlice(outcome.slice);
            if (outcome.status === 'stored') expect(sha256(bytes)).toBe(outcome.sha256);
            expect(decodeOutputItem(bytes).get('filled')?.dims).toEqual([sizes[outcome.index]]);
        }
        expect(order).toEqual([...items.keys()]);
    });

    it('end the run, and blame no item, when they cannot be written', async () => {
        const loaded = await world.runtime().load({ bytes: growModel() });
        const outputs = { dir: join(folder, 'none') };
        const running = collect(loaded.run([shape(5000n)], { outputs }));
        await expect(running).rejects.toMatchObject({ code: 'RUNTIME_DISK' });
        expect(await verdicts(loaded.run([shape(5n)]))).toEqual(['done']);
    });
});

describe('items in files', () => {
    const items = [1, 2, 3, 4].map((n) => pair([n, n], [n, 0.5]));

    function slices(): FileSlice[] {
        const path = join(folder, 'items');
        writeFileSync(path, Buffer.concat(items));
        const [first] = items;
        const length = first?.length ?? 0;
        return items.map((_, index) => ({ path, offset: index * length, length }));
    }

    it('are read by the children, and give what their bytes give', async () => {
        const loaded = await world
            .runtime({ processes: 2 })
            .load({ bytes: addModel() }, { readable: [folder] });
        const [fromFile, fromMemory] = await Promise.all([
            collect(loaded.run(slices())),
            collect(loaded.run(items)),
        ]);
        expect(fromFile.map((outcome) => valuesOf(outcome, 'sum'))).toEqual(
            fromMemory.map((outcome) => valuesOf(outcome, 'sum')),
        );
    });

    it('may stand beside items in memory', async () => {
        const loaded = await world.runtime().load({ bytes: addModel() }, { readable: [folder] });
        const [slice] = slices();
        const outcomes = await collect(loaded.run([items[1]!, slice!, items[2]!]));
        expect(outcomes.map((outcome) => valuesOf(outcome, 'sum'))).toEqual([
            [4, 2.5],
            [2, 1.5],
            [6, 3.5],
        ]);
    });

    it.each([
        ['the file is not there', (slice: FileSlice) => ({ ...slice, path: join(folder, 'none') })],
        ['the file ends before them', (slice: FileSlice) => ({ ...slice, offset: 1_000 })],
    ])('end the run, and blame no item, when %s', async (_name, change) => {
        const loaded = await world.runtime().load({ bytes: addModel() }, { readable: [folder] });
        const [slice] = slices();
        const running = collect(loaded.run([change(slice!)]));
        await expect(running).rejects.toMatchObject({ code: 'RUNTIME_DISK' });
    });
});

describe('the parts of an output', () => {
    it('are the canonical bytes of the item', () => {
        const output = new Map([
            ['é', tensorOf('float32', [2, 1], [1, 2])],
            ['b', tensorOf('string', [2], ['x', ''])],
            ['a', tensorOf('int64', [], [5n])],
        ]);
        const { parts, size } = new OutputEncoder().encode(output);
        expect(Buffer.concat(parts)).toEqual(Buffer.from(encodeItem(output)));
        expect(size).toBe(encodeItem(output).length);
    });
});

describe('loading by manifest', () => {
    it('runs a model whose files are those of the manifest, external data included', async () => {
        const weights = new Uint8Array(Float32Array.of(10, 20).buffer);
        const manifest = manifestOf({ 'm.onnx': externalModel('w.bin'), 'w.bin': weights });
        const loaded = await world.runtime().load({ manifest, locate });
        const item = encodeItem({ x: tensorOf('float32', [2], [1, 2]) });
        expect(valuesOf((await collect(loaded.run([item])))[0], 'y')).toEqual([11, 22]);
    });

    it.each(['m.onnx', 'w.bin'])('refuses a changed %s', async (name) => {
        const files = { 'm.onnx': externalModel('w.bin'), 'w.bin': new Uint8Array(8) };
        const manifest = manifestOf(files);
        const changed = Buffer.from(readFileSync(join(folder, name)));
        changed[changed.length - 1] = 7;
        writeFileSync(join(folder, name), changed);
        const error = await rejection(world.runtime().load({ manifest, locate }));
        expect(error).toBeInstanceOf(ModelRefusedError);
        expect(error).toMatchObject({ code: 'MODEL_REFUSED', reason: 'hash-mismatch' });
    });

    it('refuses a manifest with other inputs, and takes one that fixes a dimension', async () => {
        const manifest = manifestOf({ 'm.onnx': identityModel('float32') });
        const x = (dtype: DType, shape: (number | string)[]) => [{ name: 'x', dtype, shape }];
        const runtime = world.runtime();
        for (const inputs of [x('int8', ['n']), x('float32', []), []]) {
            const load = runtime.load({ manifest: { ...manifest, inputs }, locate });
            expect(await rejection(load)).toMatchObject({ reason: 'signature' });
        }
        const fixed = { ...manifest, inputs: x('float32', [2]) };
        const loaded = await runtime.load({ manifest: fixed, locate });
        const items = [1, 2].map((n) =>
            encodeItem({ x: tensorOf('float32', [n], new Array<number>(n).fill(1)) }),
        );
        expect(await verdicts(loaded.run(items))).toEqual(['INPUT_INVALID', 'done']);
    });

    it('gives only the outputs that the manifest names', async () => {
        const bytes = model({
            nodes: [node('Identity', ['x'], ['y']), node('Neg', ['x'], ['z'])],
            inputs: [value('x', 'float32', [1])],
            outputs: [value('y', 'float32', [1]), value('z', 'float32', [1])],
        });
        const manifest = manifestOf({ 'm.onnx': bytes });
        const outputs = manifest.outputs.filter(({ name }) => name === 'z');
        const loaded = await world.runtime().load({ manifest: { ...manifest, outputs }, locate });
        const item = encodeItem({ x: tensorOf('float32', [1], [3]) });
        const [outcome] = await collect(loaded.run([item]));
        expect(outcome?.status === 'done' && [...decodeOutputItem(outcome.output).keys()]).toEqual([
            'z',
        ]);
    });

    it('refuses a missing file, and a graph that ONNX Runtime refuses', async () => {
        const runtime = world.runtime();
        const manifest = manifestOf({ 'm.onnx': addModel() });
        const missing = runtime.load({ manifest, locate: () => join(folder, 'none') });
        expect(await rejection(missing)).toMatchObject({ reason: 'file-missing' });
        const bytes = model({
            nodes: [node('Add', ['x'], ['y'])],
            inputs: [value('x', 'float32', [1])],
            outputs: [value('y', 'float32', [1])],
        });
        expect(await rejection(runtime.load({ bytes }))).toMatchObject({ reason: 'load-failed' });
    });
});

describe('benchmark', () => {
    it('measures the warm model in milliseconds for an item', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        const measured = await loaded.benchmark([trips(10n)], { minDurationMs: 50 });
        expect(measured.items).toBeGreaterThan(1);
        expect(measured.medianMs).toBeGreaterThan(0);
        expect(measured.p95Ms).toBeGreaterThanOrEqual(measured.medianMs);
        expect(measured.msPerItem * measured.items).toBeGreaterThanOrEqual(50);
    });

    it('fails with the error of an item that fails', async () => {
        const loaded = await world.runtime().load({ bytes: countModel() });
        const error = await rejection(loaded.benchmark([trips(1n), new Uint8Array(1)]));
        expect(error).toBeInstanceOf(BenchmarkError);
        expect(error).toMatchObject({ index: 1, error: { code: 'INPUT_INVALID' } });
    });
});
