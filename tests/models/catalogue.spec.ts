import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE, type CatalogueModel } from '../../models';
import { obtainModelFiles } from '../../models/node';
import {
    checkItemFits,
    compareOutputs,
    decodeOutputItem,
    encodeItem,
    hashToHex,
    type Item,
    manifestHash,
    type ModelManifest,
    type TensorSpec,
    tensorOf,
    tensorValues,
} from '../../protocol';
import { describeModel } from '../../runtime';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { collect, createWorld } from '../runtime/world';
import { INPUTS, packagedPath } from './catalogue-inputs';

const ROOT = join(__dirname, '..', '..');
/** UPDATE_MANIFESTS=1 takes hashes and sizes from the packages that are installed. */
const UPDATE = process.env['UPDATE_MANIFESTS'] === '1';

const world = createWorld();
let folder: string;
let blobs: BlobStore;
beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cocoon-catalogue-'));
    blobs = createBlobStore({ folder });
});
afterEach(() => world.stopAll());
afterAll(() => rm(folder, { recursive: true }));

/** The model's file in the package that is installed. */
function packaged(manifest: ModelManifest): Uint8Array {
    return readFileSync(packagedPath(manifest));
}

/** Jobs name models by these, so that they change only on purpose. */
const HASHES: Readonly<Record<string, string>> = {
    'ocr-detector': '210115882d219f9c914ddbdb9aaf9553b19331219c6f4b315906bc8b111579d0',
    'ocr-angle': 'ceb061c1da211929627f7b440dd2648fd8a2698baf05c5fa239e936283e0aa6e',
    'ocr-recogniser': 'ffec0167a58043dab9907764cfd4ebe22be1bf09048ae8857a3958a4030f2162',
    'silero-vad': '6d753c116ab2c021d35b31d58d40c1289c40ad1d2b6f99d576f5ee8eec695ee8',
    'mel-spectrogram': '4611fe3ab7900f53e31bdabfb1db25fb7a55607ad2bbc28a424705a850e4c1fb',
    'speech-embedding': '7471604f12c3b8f241579ea02061b0a3d3ea9fc7e30c9d3fa34069819b88bf3f',
};

/** An output with each element multiplied. */
function scaledBy(factor: number, item: Item): Item {
    return new Map(
        [...item].map(([name, tensor]) => {
            const values = tensorValues(tensor).map((value) => Number(value) * factor);
            return [name, tensorOf('float32', tensor.dims, values)];
        }),
    );
}

/** Whether a manifest fixes no more than dimensions that the graph leaves open. */
function narrows(stated: readonly TensorSpec[], declared: readonly TensorSpec[]): boolean {
    return stated.every(({ name, dtype, shape }) => {
        const found = declared.find((spec) => spec.name === name);
        return (
            found?.dtype === dtype &&
            found.shape.length === shape.length &&
            found.shape.every((size, axis) => typeof size === 'string' || size === shape[axis])
        );
    });
}

if (UPDATE) {
    for (const { name, manifest } of CATALOGUE) {
        const bytes = packaged(manifest);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const files = manifest.files.map((file) => ({ ...file, sha256, bytes: bytes.length }));
        const text = JSON.stringify({ ...manifest, files }, null, 2);
        writeFileSync(join(ROOT, 'models', 'manifests', `${name}.json`), `${text}\n`);
    }
}

describe.each(CATALOGUE.map((model): [string, CatalogueModel] => [model.name, model]))(
    'the model %s of the catalogue',
    (name, { hash, manifest }) => {
        it('has the hash and the size of the file in its package', () => {
            const bytes = packaged(manifest);
            expect(manifest.files).toHaveLength(1);
            expect(manifest.files[0]).toMatchObject({
                path: manifest.entry,
                sha256: createHash('sha256').update(bytes).digest('hex'),
                bytes: bytes.length,
            });
        });

        it('says what goes in and out as its graph does', () => {
            const graph = describeModel(packaged(manifest));
            expect(narrows(manifest.inputs, graph.inputs)).toBe(true);
            expect(narrows(manifest.outputs, graph.outputs)).toBe(true);
            expect(manifest.inputs.map((input) => input.name).sort()).toEqual(
                graph.inputs.map((input) => input.name).sort(),
            );
        });

        it('says who made it, and under which licence', () => {
            expect(manifest.licence).toMatch(/^(?:MIT|Apache-2\.0 AND MIT)$/);
            expect(manifest.homepage).toMatch(/^https:/);
            expect(manifest.description?.length).toBeGreaterThan(20);
        });

        it('compares each of its float outputs, at 20 times the worst honest distance', () => {
            const rule = manifest.comparison;
            if (rule.class !== 'tolerance') throw new Error('no tolerance');
            expect(rule.outputs.map((output) => output.name)).toEqual(
                manifest.outputs.map((output) => output.name),
            );
            const { factor = 0, worstDistance = 0, leastDistance = 0 } = manifest.calibration ?? {};
            const exact = factor * Math.max(worstDistance, leastDistance);
            for (const { tau } of rule.outputs) {
                // Distances are told with three digits, and tau is rounded up to two.
                expect(tau / exact).toBeGreaterThan(0.999);
                expect(tau / exact).toBeLessThan(1.1);
            }
        });

        it('was calibrated with real inputs, here and in other instruction sets', () => {
            const { classes = [], inputs, factor } = manifest.calibration ?? {};
            expect(factor).toBe(20);
            expect(inputs?.seed).toBeUndefined();
            expect(inputs?.count).toBeGreaterThanOrEqual(30);
            const names = classes.map((cls) => cls.name).join('; ');
            for (const set of ['wasm', 'SSE4.2', 'AVX2', 'NEON']) expect(names).toContain(set);
            expect(classes[0]).toMatchObject({ name: 'native, again', distance: 0 });
        });

        it('runs, and its rule passes honest noise, but not a deviation of a thousandth', async () => {
            await obtainModelFiles(manifest, { target: blobs });
            const loaded = await world.runtime().load({
                manifest,
                locate: ({ sha256 }) => blobs.path(sha256),
            });
            const input = (await INPUTS[name]?.()) ?? new Map();
            checkItemFits(manifest.inputs, input);
            const [outcome] = await collect(loaded.run([encodeItem(input)]));
            if (outcome?.status !== 'done') throw new Error(JSON.stringify(outcome));
            const output = decodeOutputItem(outcome.output);
            checkItemFits(manifest.outputs, output);
            const rule = manifest.comparison;
            const verdict = (factor: number) => {
                return compareOutputs(rule, output, scaledBy(factor, output));
            };
            expect(verdict(1).outputs).toMatchObject([{ equal: true, measured: { distance: 0 } }]);
            const tau = rule.class === 'exact' ? 0 : (rule.outputs[0]?.tau ?? 0);
            expect(verdict(1 + tau / 20).equal).toBe(true);
            expect(verdict(1 + 1e-3).outputs).toMatchObject([{ mismatch: 'distance' }]);
        });

        it('has the hash that jobs name it by', () => {
            expect(hash).toBe(HASHES[name]);
            expect(hash).toBe(hashToHex(manifestHash(manifest)));
        });
    },
);
