import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { duration, size } from '../../../cli/cocoon/arguments';
import { openModelFile } from '../../../cli/cocoon/model-file';
import { type ItemArguments, readItems } from '../../../cli/cocoon/read-items';
import {
    matchTensors,
    parseInputArgument,
    readInputArguments,
    readTensorFile,
    type TensorFile,
} from '../../../cli/cocoon/tensor-files';
import { itemFromJson, itemToJson } from '../../../cli/cocoon/tensor-json';
import { createResultsWriter, outputPlaces } from '../../../cli/cocoon/write-results';
import {
    type DType,
    encodeItem,
    encodeTensor,
    type Item,
    type Tensor,
    tensorOf,
    type TensorSpec,
    tensorValues,
} from '../../../protocol';
import { tensors } from '../../protocol/arbitraries';
import { rejection } from '../../runtime/world';

const folder = mkdtempSync(join(tmpdir(), 'cocoon-formats-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

/** A new file with this content. */
function file(content: Uint8Array | string, name = `file-${files++}`): string {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
}

function vector(...values: number[]): Tensor {
    return tensorOf('float32', [values.length], values);
}

function spec(name: string, dtype: DType = 'float32', shape: TensorSpec['shape'] = ['n']) {
    return { name, dtype, shape };
}

const one = (path: string): ItemArguments => ({
    inputs: [parseInputArgument(path)],
    items: undefined,
});
const many = (items: string): ItemArguments => ({ inputs: [], items });

describe('Items as JSON', () => {
    it('come back as they were, whatever the type, up to the bits of a NaN', () => {
        fc.assert(
            fc.property(tensors(), (tensor) => {
                const json = JSON.stringify(itemToJson(new Map([['t', tensor]])));
                const again = itemFromJson(JSON.parse(json));
                const back = JSON.stringify(itemToJson(again));
                expect(back).toBe(json);
                expect(again.get('t')).toMatchObject({ dtype: tensor.dtype, dims: tensor.dims });
            }),
        );
    });

    it('keep every bit of integers of 64 bits, of halves and of the negative zero', () => {
        const item: Item = new Map([
            ['large', tensorOf('int64', [2], [2n ** 63n - 1n, -(2n ** 63n)])],
            ['half', tensorOf('float16', [3], [0.5, -0, Infinity])],
            ['flags', tensorOf('bool', [2], [true, false])],
            ['words', tensorOf('string', [1], ['schön'])],
        ]);
        const again = itemFromJson(JSON.parse(JSON.stringify(itemToJson(item))));
        expect(encodeItem(again)).toEqual(encodeItem(item));
    });

    it('take nested lists and base64 as well', () => {
        const flat = { dtype: 'float32', dims: [2, 1], data: [1, 2] };
        const nested = { ...flat, data: [[1], [2]] };
        const base64 = {
            ...flat,
            data: Buffer.from(Float32Array.of(1, 2).buffer).toString('base64'),
        };
        for (const x of [nested, base64]) {
            expect(encodeItem(itemFromJson({ x }))).toEqual(encodeItem(itemFromJson({ x: flat })));
        }
    });

    it.each([
        ['{', 'This is not JSON.'],
        ['[]', 'expected record'],
        ['{"x": {"dtype": "float33", "dims": [1], "data": [1]}}', 'x.dtype: has to be one of'],
        ['{"x": {"dtype": "float32", "dims": [2], "data": [1]}}', 'its dimensions ask for 8'],
        ['{"x": {"dtype": "uint8", "dims": [1], "data": [256]}}', '256 is not a value of uint8'],
        ['{"x": {"dtype": "float32", "dims": [1], "data": ["a"]}}', '"a" is no value of float32'],
        ['{"x": {"dtype": "float32", "dims": [1], "data": "%%"}}', 'no base64'],
        ['{"x": {"dtype": "float32", "dims": [1], "data": [1], "more": 1}}', 'more'],
        ['{"y": {"dtype": "float32", "dims": [1], "data": [1]}}', '"x" is missing'],
        ['{"x": {"dtype": "float32", "dims": [0], "data": []}}', 'dimension of 0'],
    ])('refuse %s and name the line', async (line, reason) => {
        const good = '{"x": {"dtype": "float32", "dims": [1], "data": [1]}}';
        const path = file(`${good}\n\n${line}\n`, `bad-${files++}.jsonl`);
        const error = await rejection(readItems(many(path), [spec('x')]));
        expect(error).toMatchObject({
            code: 'ITEM_LINE_MALFORMED',
            place: `bad-${files - 1}.jsonl:3`,
        });
        expect((error as Error).message).toContain(reason);
    });
});

describe('Tensor files', () => {
    const x: TensorFile = { path: 'a.pb', input: undefined, name: 'x', tensor: vector(1) };

    it('are matched by what the user says, then by the name inside, then by their number', () => {
        const specs = [spec('x'), spec('y'), spec('z')];
        const item = matchTensors(specs, [
            { ...x, input: 'y', tensor: vector(2) },
            { ...x, tensor: vector(1) },
            { ...x, path: 'set/input_2.pb', name: '', tensor: vector(3) },
        ]);
        expect([...item]).toEqual([
            ['y', vector(2)],
            ['x', vector(1)],
            ['z', vector(3)],
        ]);
    });

    it('are matched by being the only ones left', () => {
        const item = matchTensors([spec('x'), spec('y')], [x, { ...x, name: '', path: 'b.pb' }]);
        expect([...item.keys()]).toEqual(['x', 'y']);
    });

    it.each([
        [[{ ...x, input: 'q' }], 'The model has no input "q".', 'Its inputs are "x", "y".'],
        [[x], 'The model also takes "y" float32 [n], and nothing was given for it.', '--input'],
        [[x, { ...x, path: 'c.pb' }], '"x" is given twice, the second time by c.pb.', 'once'],
        [
            [
                { ...x, name: 'q' },
                { ...x, name: 'r' },
            ],
            'The tensor in a.pb is called "q", which is no input of the model.',
            'name=a.pb',
        ],
    ])(
        'are refused where they do not make one value for each input: %#',
        async (given, what, hint) => {
            const matching = Promise.resolve().then(() =>
                matchTensors([spec('x'), spec('y')], given),
            );
            const error = (await rejection(matching)) as Error & { hint: string };
            expect(error).toMatchObject({ code: 'INPUTS_MISMATCH' });
            expect(error.message).toContain(what);
            expect(error.hint).toContain(hint);
        },
    );

    it('of other tools are read, and of a test data set all inputs in their order', async () => {
        for (let at = 0; at < 11; at++) {
            file(encodeTensor(vector(at), ''), `set/input_${at}.pb`);
        }
        file(encodeTensor(vector(1), ''), 'set/output_0.pb');
        const read = await readInputArguments([parseInputArgument(join(folder, 'set'))]);
        expect(read.map(({ tensor }) => tensorValues(tensor)[0])).toEqual([...Array(11).keys()]);
    });

    it('say what is wrong with them', async () => {
        const missing = join(folder, 'nowhere.pb');
        const loop = join(folder, 'loop.pb');
        symlinkSync(loop, loop);
        const cut = file(encodeTensor(vector(1, 2), 'x').subarray(0, -3));
        for (const [path, reason] of [
            [missing, `${missing} does not exist.`],
            [folder, `${folder} cannot be used (EISDIR)`],
            [loop, 'ELOOP'],
            [cut, 'is no tensor that can be used: The bytes are not an ONNX tensor.'],
            [file('not a tensor'), 'is no tensor that can be used'],
        ] as const) {
            const error = (await rejection(readTensorFile(path))) as Error;
            expect(error).toMatchObject({ code: 'INPUT_FILE' });
            if (path !== folder) expect(error.message).toContain(reason);
        }
    });

    it('never make the reader throw anything but a typed error', async () => {
        await fc.assert(
            fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
                const path = file(bytes, 'fuzz.pb');
                const outcome = await readTensorFile(path).catch((error: unknown) => error);
                if (outcome instanceof Error) expect(outcome).toHaveProperty('hint');
            }),
            { numRuns: 300 },
        );
    });
});

describe('Items of a job', () => {
    it('stand in a folder each, in the order in which people count', async () => {
        for (const name of ['10', '2', '1']) {
            file(encodeTensor(vector(Number(name)), 'x'), `items/${name}/x.pb`);
        }
        const items = await readItems(many(join(folder, 'items')), [spec('x')]);
        expect(items.map(({ name }) => name)).toEqual(['1', '2', '10']);
        expect(items[1]?.encoded).toEqual(encodeItem({ x: vector(2) }));
    });

    it('may be a single one, given by its files', async () => {
        const path = file(encodeTensor(vector(7), ''));
        const items = await readItems(one(`x=${path}`), [spec('x')]);
        expect(items).toEqual([{ name: '0', encoded: encodeItem({ x: vector(7) }) }]);
    });

    it('are refused when there are none, or folders and files are mixed', async () => {
        mkdirSync(join(folder, 'empty'));
        file(encodeTensor(vector(1), 'x'), 'mixed/1/x.pb');
        file(encodeTensor(vector(1), 'x'), 'mixed/x.pb');
        for (const [name, reason] of [
            ['empty', 'has no items'],
            ['mixed', 'has both folders and .pb files'],
        ] as const) {
            const error = (await rejection(
                readItems(many(join(folder, name)), [spec('x')]),
            )) as Error;
            expect(error).toMatchObject({ code: 'INPUT_FILE' });
            expect(error.message).toContain(reason);
        }
    });

    it('name the item whose tensors do not fit the model', async () => {
        file(encodeTensor(tensorOf('int32', [1], [1]), 'x'), 'wrong/first/x.pb');
        const error = await rejection(readItems(many(join(folder, 'wrong')), [spec('x')]));
        expect((error as Error).message).toContain(
            'first: The tensor "x" is int32, where the model has float32.',
        );
    });
});

describe('Results', () => {
    it('are a file for each tensor and a line for each item', async () => {
        const out = join(folder, 'out');
        mkdirSync(out);
        const writer = createResultsWriter(out);
        await writer.write(1, { status: 'failed', name: 'b', error: 'TIME_LIMIT' });
        const output = new Map([['y:0', vector(1, 2)]]);
        await writer.write(0, { status: 'done', name: 'a', output });
        await writer.finish();
        expect(writer.failed).toBe(1);
        const tensor = await readTensorFile(join(out, 'a', 'y_0.pb'));
        expect([tensor.name, tensorValues(tensor.tensor)]).toEqual(['y:0', [1, 2]]);
        const lines = readLines(join(out, 'results.jsonl'));
        expect(lines).toEqual([
            {
                index: 0,
                item: 'a',
                status: 'done',
                outputs: {
                    'y:0': { dtype: 'float32', dims: [2], data: [1, 2], file: join('a', 'y_0.pb') },
                },
            },
            { index: 1, item: 'b', status: 'failed', error: 'TIME_LIMIT' },
        ]);
    });

    it('go where --output says', async () => {
        const outputs = [spec('a/b'), spec('a:b')];
        const all = await outputPlaces([`${folder}/`], outputs);
        expect([...all.values()]).toEqual([join(folder, 'a_b.pb'), join(folder, 'a_b-2.pb')]);
        expect(await outputPlaces(['y.pb'], [spec('y')])).toEqual(new Map([['y', 'y.pb']]));
        expect(await rejection(outputPlaces(['y.pb'], outputs))).toMatchObject({
            message: 'The model has 2 outputs, and y.pb is one file.',
        });
        expect(await rejection(outputPlaces(['q=y.pb'], outputs))).toMatchObject({
            message: 'The model has no output "q".',
        });
    });
});

describe('Arguments', () => {
    it('are times and sizes with units', () => {
        expect(['500ms', '90', '1.5min', '2h'].map(duration)).toEqual([
            500, 90_000, 90_000, 7_200_000,
        ]);
        expect(['64KiB', '512', '2GiB'].map(size)).toEqual([
            65_536,
            512 * 1024 ** 2,
            2 * 1024 ** 3,
        ]);
        for (const text of ['', '0', '-1s', '1d', 'soon', '1e3s']) {
            expect(() => duration(text)).toThrow('It is a time such as');
        }
        expect(() => size('2GB')).toThrow('It is a size such as');
    });
});

describe('Model files', () => {
    it('that are none are refused with the reason', async () => {
        const error = await rejection(openModelFile(file('no model')));
        expect(error).toMatchObject({ code: 'MODEL_REFUSED', reason: 'malformed' });
        expect(await rejection(openModelFile(join(folder, 'none.onnx')))).toMatchObject({
            code: 'INPUT_FILE',
            message: `${join(folder, 'none.onnx')} does not exist.`,
        });
    });
});

function readLines(path: string): unknown[] {
    return readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
}
