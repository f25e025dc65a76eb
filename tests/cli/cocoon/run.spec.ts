import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { identityManifest, identityModel } from '../../../bench/identity-model';
import { loadVoiceFrames } from '../../../examples/audio/frames';
import { CATALOGUE, SILERO_VAD } from '../../../models';
import { blobRoutes, createApp, createBlobStore, listen } from '../../../sdk/node';
import {
    decodeTensor,
    encodeManifest,
    encodeTensor,
    hashToHex,
    type Item,
    manifestHash,
    tensorOf,
    tensorValues,
} from '../../../protocol';
import { VOICE_MODEL } from '../../runtime/world';
import { countModel, externalModel } from '../../runtime/onnx-models';
import { buildCommand, Home } from './world';

const bundle = buildCommand();
let home: Home;
let frame: Item;

beforeAll(() => {
    home = new Home(bundle);
    frame = loadVoiceFrames({ count: 1 }).items[0] as Item;
    const names = SILERO_VAD.manifest.inputs.map(({ name }) => name);
    for (const [at, name] of names.entries()) {
        const tensor = frame.get(name);
        if (tensor === undefined) continue;
        home.file(`named/${name}.pb`, encodeTensor(tensor, name));
        home.file(`set/input_${at}.pb`, encodeTensor(tensor, ''));
    }
});
afterAll(() => {
    home.remove();
    rmSync(bundle, { recursive: true });
});

interface Ran {
    readonly outputs: Record<
        string,
        { dtype: string; dims: number[]; data: number[]; file?: string }
    >;
    readonly timing: { readonly runs: number; readonly medianMs: number; readonly bestMs: number };
    readonly expected?: readonly { readonly name: string; readonly equal: boolean }[];
}

describe('cocoon run', () => {
    it('runs an ONNX file on tensor files, matched by their names, and writes its outputs', async () => {
        const out = home.path('out/');
        const inputs = ['input', 'state', 'sr'].flatMap((name) => [
            '-i',
            home.path(`named/${name}.pb`),
        ]);
        const ran = await home.json<Ran>('run', VOICE_MODEL, ...inputs, '-o', out);
        expect(Object.keys(ran.outputs)).toEqual(['output', 'stateN']);
        expect(ran.outputs['output']?.dims).toEqual([1, 1]);
        const written = decodeTensor(readFileSync(join(out, 'output.pb')));
        expect(written.name).toBe('output');
        expect(tensorValues(written.tensor)).toEqual(ran.outputs['output']?.data);
    });

    it('runs a test data set of ONNX as it is, and compares with what is expected', async () => {
        const set = home.path('set');
        const first = await home.run('run', VOICE_MODEL, '-i', set, '-o', home.path('given/'));
        expect(first.code).toBe(0);
        const outputs = ['output', 'stateN'];
        for (const [at, name] of outputs.entries()) {
            const { tensor } = decodeTensor(readFileSync(home.path(`given/${name}.pb`)));
            home.file(`set/output_${at}.pb`, encodeTensor(tensor, name));
        }
        const ran = await home.json<Ran>('run', VOICE_MODEL, '-i', set, '--expect', set);
        expect(ran.expected?.map(({ name, equal }) => [name, equal])).toEqual([
            ['output', true],
            ['stateN', true],
        ]);
        home.file('set/output_0.pb', encodeTensor(tensorOf('float32', [1, 1], [0.5]), 'output'));
        expect(await home.failure('run', VOICE_MODEL, '-i', set, '--expect', set)).toMatchObject({
            code: 'OUTPUTS_DIFFER',
            message: expect.stringContaining('"output"') as string,
        });
    });

    it('runs a model of the catalogue by its name, again and again, and prints times', async () => {
        const ran = await home.json<Ran>(
            'run',
            'silero-vad',
            '-i',
            home.path('set'),
            '--repeat',
            '50',
        );
        expect(ran.timing.runs).toBe(50);
        expect(ran.timing.bestMs).toBeGreaterThan(0);
        expect(ran.timing.medianMs).toBeGreaterThanOrEqual(ran.timing.bestMs);
        const text = await home.run('run', 'silero-vad', '-i', home.path('set'), '--repeat', '3');
        expect(text.stdout).toMatch(/output {2}float32 \[1, 1\] {2}0\.\d+\n/);
        expect(text.stdout).toContain('of 3 runs the median');
    });

    it('finds weights in files beside the model, and none outside of its folder', async () => {
        const weights = new Uint8Array(Float32Array.of(10, 20).buffer);
        home.file('external/weights.bin', weights);
        const model = home.file('external/model.onnx', externalModel('weights.bin'));
        const x = home.file('two.pb', encodeTensor(tensorOf('float32', [2], [1, 2]), 'x'));
        const ran = await home.json<Ran>('run', model, '-i', x);
        expect(ran.outputs['y']?.data).toEqual([11, 22]);
        const outside = home.file('external/outside.onnx', externalModel('../two.pb'));
        expect(await home.failure('run', outside, '-i', x)).toMatchObject({
            code: 'MODEL_REFUSED',
        });
        const missing = home.file('external/missing.onnx', externalModel('gone.bin'));
        expect(await home.failure('run', missing, '-i', x)).toMatchObject({ code: 'INPUT_FILE' });
    });

    it('says what is wrong with models and inputs', async () => {
        const set = home.path('set');
        const notModel = home.file('not.onnx', 'no model');
        const slow = home.file('count.onnx', countModel());
        const trips = encodeTensor(tensorOf('int64', [], [2n ** 40n]), 'trips');
        const float = home.file('float.pb', encodeTensor(tensorOf('float32', [1], [1]), 'sr'));
        const input = home.path('named/input.pb');
        for (const [args, code, reason] of [
            [['run', VOICE_MODEL], 'USAGE', 'The model takes "input" float32'],
            [['run', VOICE_MODEL, '-i', input], 'INPUTS_MISMATCH', 'The model also takes "state"'],
            [['run', VOICE_MODEL, '-i', 'gone.pb'], 'INPUT_FILE', 'gone.pb does not exist.'],
            [['run', VOICE_MODEL, '-i', notModel], 'INPUT_FILE', 'is no tensor that can be used'],
            [['run', notModel, '-i', set], 'MODEL_REFUSED', ''],
            [['run', home.folder, '-i', set], 'INPUT_FILE', 'is a folder, not an ONNX file'],
            [
                ['run', 'silero-vad', '-i', input, '-i', home.path('named/state.pb'), '-i', float],
                'ITEM_DOES_NOT_FIT_MODEL',
                'The tensor "sr" is float32, where the model has int64.',
            ],
            [
                ['run', 'silero-vad', '-i', set, '-o', 'x=y.pb'],
                'USAGE',
                'The model has no output "x".',
            ],
            [
                ['run', slow, '-i', home.file('trips.pb', trips), '--timeout', '1s'],
                'ITEM_FAILED',
                'TIME_LIMIT',
            ],
            [['run', 'ocr', notModel], 'PICTURE_UNREADABLE', 'no picture of a known format'],
            [['run', 'silero-vad', 'page.png'], 'USAGE', 'only "ocr" takes a picture'],
        ] as const) {
            const error = await home.failure(...args);
            expect([args[1], error.code]).toEqual([args[1], code]);
            expect(error.message).toContain(reason);
            expect(error.hint.length).toBeGreaterThan(5);
        }
    }, 120_000);
});

describe('cocoon models', () => {
    it('lists the catalogue with licences, and shows each model', async () => {
        const models = await home.json<{ name: string; licence: string; hash: string }[]>('models');
        expect(models.map(({ name }) => name)).toEqual(CATALOGUE.map(({ name }) => name));
        expect(models.every(({ licence }) => licence !== '')).toBe(true);
        const shown = await home.run('models', 'show', SILERO_VAD.hash.slice(0, 10));
        expect(shown.stdout).toMatch(/Licence +MIT/);
        expect(shown.stdout).toMatch(/Takes +"input" float32 \[1, 576\]/);
    });

    it('adds a manifest from a file, a URL or a store, and forgets it', async () => {
        const manifest = identityManifest();
        const hash = hashToHex(manifestHash(manifest));
        const logger = pino({ level: 'silent' });
        const blobs = createBlobStore({ folder: home.path('store') });
        await blobs.write(encodeManifest(manifest));
        await blobs.write(identityModel());
        const server = await listen(createApp([blobRoutes({ blobs })], logger));
        const store = `${server.url}/blobs`;
        const file = home.file('manifest.json', JSON.stringify(manifest, undefined, 4));
        try {
            for (const args of [[file], [`${store}/${hash}`], [hash, '--from', store]]) {
                expect(await home.json('models', 'add', ...args)).toMatchObject({ hash });
                expect(await home.json('models', 'remove', hash)).toMatchObject({
                    forgotten: true,
                });
            }
            await home.json('models', 'add', hash, '--from', store);
            const unavailable = await home.failure('models', 'fetch', 'identity');
            expect(unavailable.code).toBe('MODEL_FILE_UNAVAILABLE');
            await home.json('models', 'fetch', 'identity', '--from', store);
            const x = home.file('x.pb', encodeTensor(tensorOf('float32', [1], [6]), 'x'));
            const ran = await home.json<Ran>('run', 'identity', '-i', x);
            expect(ran.outputs['y']?.data).toEqual([6]);
            const bytes = identityModel().length;
            expect(await home.json('models', 'remove', 'identity')).toMatchObject({
                freedBytes: bytes,
            });
        } finally {
            await server.close();
        }
    });

    it('takes nothing that is not what its hash says, and does not wait for who is silent', async () => {
        const hash = 'ab'.repeat(32);
        const liar = createServer((_request, response) => response.end('something else'));
        await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
        const url = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
        try {
            const lied = await home.failure('models', 'add', hash, '--from', url);
            expect(lied).toMatchObject({ code: 'BLOB_UNAVAILABLE' });
            expect(lied.message).toContain('has another hash');
            const notJson = await home.failure('models', 'add', url);
            expect(notJson).toMatchObject({ code: 'INPUT_FILE' });
        } finally {
            liar.close();
        }
        expect(await home.failure('models', 'add', hash)).toMatchObject({ code: 'USAGE' });
        expect(await home.failure('models', 'add', 'gone.json')).toMatchObject({
            code: 'INPUT_FILE',
        });
        expect(await home.failure('models', 'show', 'silero-vat')).toMatchObject({
            code: 'MODEL_UNKNOWN',
            hint: 'Did you mean silero-vad?',
        });
    });
});

describe('cocoon publish', () => {
    it('makes a model of a folder and gives it to a store, from which others have it', async () => {
        home.file('digits/model.onnx', readFileSync(VOICE_MODEL));
        const folder = home.path('published');
        const blobs = createBlobStore({ folder });
        const logger = pino({ level: 'silent' });
        const app = createApp([blobRoutes({ blobs, acceptUpTo: 1024 ** 3 })], logger);
        const server = await listen(app);
        const store = `${server.url}/blobs`;
        const other = new Home(bundle);
        try {
            const args = ['--licence', 'MIT', '--name', 'Voice', '--keep-output', 'output'];
            const published = await home.json<{ hash: string; name: string }>(
                ...['publish', home.path('digits'), ...args, '--push', store],
            );
            expect(published.name).toBe('voice');
            await other.json('models', 'add', published.hash, '--from', store);
            await other.json('models', 'fetch', 'voice', '--from', store);
            const ran = await other.json<Ran>('run', 'voice', '-i', home.path('set'));
            expect(Object.keys(ran.outputs)).toEqual(['output']);
        } finally {
            other.remove();
            await server.close();
        }
    });

    it('refuses what nodes would refuse, and a model without a licence', async () => {
        home.file('broken/model.onnx', 'no model');
        const broken = home.path('broken');
        expect(await home.failure('publish', broken, '--licence', 'MIT')).toMatchObject({
            code: 'MODEL_REFUSED',
        });
        expect(await home.failure('publish', broken)).toMatchObject({ code: 'USAGE' });
        expect(await home.failure('publish', 'gone', '--licence', 'MIT')).toMatchObject({
            code: 'INPUT_FILE',
            message: 'gone does not exist.',
        });
        expect(await home.failure('publish', broken, '--licence', 'not ok!')).toHaveProperty(
            'hint',
        );
    });
});
