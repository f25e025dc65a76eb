import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE, findModel, OCR_ANGLE, SILERO_VAD } from '../../models';
import { type ModelLibrary, openModelLibrary } from '../../models/node';
import { asHashHex, encodeManifest } from '../../protocol';

let folder: string;
let library: ModelLibrary;
beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'cocoon-library-')), 'models');
    library = openModelLibrary({ folder });
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const OWN = encodeManifest({ ...SILERO_VAD.manifest, name: 'My  own Model' });

describe('the library of models', () => {
    it('is empty before anything was added, and leaves the disk alone', async () => {
        expect(await library.list()).toEqual({ models: [], damaged: [] });
        expect(await library.get(SILERO_VAD.hash)).toBeUndefined();
        expect(await library.remove(SILERO_VAD.hash)).toBe(false);
        await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('keeps manifests by their hash, over restarts, and finds them beside the catalogue', async () => {
        const model = await library.add(OWN);
        expect(model.name).toBe('my-own-model');
        const again = openModelLibrary({ folder });
        expect(await again.get(model.hash)).toEqual(model);
        const { models } = await again.list();
        expect(findModel([...CATALOGUE, ...models], 'MY-OWN-MODEL').hash).toBe(model.hash);
    });

    it('lists by name, however often a model was added', async () => {
        await library.add(encodeManifest(SILERO_VAD.manifest));
        await library.add(encodeManifest(OCR_ANGLE.manifest));
        await library.add(OWN);
        await library.add(OWN);
        const { models } = await library.list();
        expect(models.map(({ name }) => name)).toEqual([
            'my-own-model',
            'pp-ocr-text-line-angle',
            'silero-vad',
        ]);
        expect(models.map(({ hash }) => hash)).toContain(SILERO_VAD.hash);
        expect(await readdir(folder)).toHaveLength(3);
    });

    it('forgets a model', async () => {
        const { hash } = await library.add(OWN);
        expect(await library.remove(hash)).toBe(true);
        expect(await library.get(hash)).toBeUndefined();
        expect((await library.list()).models).toEqual([]);
    });

    it('refuses what is no manifest, and keeps nothing of it', async () => {
        const spaced = Buffer.from(JSON.stringify(SILERO_VAD.manifest, null, 2));
        for (const bytes of [Buffer.from('{}'), spaced, new Uint8Array(300_000)]) {
            await expect(library.add(bytes)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
        }
        expect(await library.list()).toEqual({ models: [], damaged: [] });
    });

    it('reports what is damaged, and goes on with the rest', async () => {
        const { hash } = await library.add(OWN);
        await library.add(encodeManifest(OCR_ANGLE.manifest));
        await writeFile(join(folder, `${hash}.json`), encodeManifest(SILERO_VAD.manifest));
        const large = asHashHex('1'.repeat(64));
        await writeFile(join(folder, `${large}.json`), new Uint8Array(300_000));
        const directory = asHashHex('2'.repeat(64));
        await mkdir(join(folder, `${directory}.json`));
        const { models, damaged } = await library.list();
        expect(models.map(({ name }) => name)).toEqual(['pp-ocr-text-line-angle']);
        const hashes = [hash, large, directory].sort();
        expect(damaged.map((error) => error.hash).sort()).toEqual(hashes);
        await expect(library.get(hash)).rejects.toMatchObject({ code: 'LIBRARY_ENTRY_DAMAGED' });
        for (const each of hashes) expect(await library.remove(each)).toBe(true);
        expect((await library.list()).damaged).toEqual([]);
    });

    it('puts a manifest in the place of a damaged one', async () => {
        const { hash } = await library.add(OWN);
        await writeFile(join(folder, `${hash}.json`), 'spilt coffee');
        await library.add(OWN);
        expect(await library.get(hash)).toMatchObject({ hash });
    });

    it('passes over files that are none of its own', async () => {
        await library.add(OWN);
        await writeFile(join(folder, 'notes.txt'), 'mine');
        await writeFile(join(folder, 'abc.json'), '{}');
        expect(await library.list()).toMatchObject({ models: [{}], damaged: [] });
    });
});
