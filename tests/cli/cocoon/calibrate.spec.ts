import { readFileSync, rmSync } from 'node:fs';
import { parseManifest } from '../../../protocol';
import { denseModel, growModel, model, node, value } from '../../runtime/onnx-models';
import { buildCommand, Home } from './world';

const bundle = buildCommand();
let home: Home;

beforeAll(() => (home = new Home(bundle)));
afterAll(() => {
    home.remove();
    rmSync(bundle, { recursive: true });
});

interface Said {
    readonly model: { readonly name: string; readonly hash?: string };
    readonly rule: {
        readonly class: string;
        readonly outputs: readonly { readonly tau: number }[];
    };
    readonly evidence: {
        readonly inputs: { readonly count: number; readonly seed?: string; readonly root: string };
        readonly classes: readonly { readonly name: string; readonly inputs: number }[];
    };
    readonly written: boolean;
}

interface Shown {
    readonly name: string;
    readonly hash: string;
    readonly calibration?: Said['evidence'];
    readonly comparison: Said['rule'];
}

describe('cocoon calibrate', () => {
    it('calibrates an ONNX file with random inputs, and says that real ones are better', async () => {
        const file = home.file('dense.onnx', denseModel());
        const args = ['calibrate', file, '--inputs', '3', '--seed', 'one'];
        const said = await home.json<Said>(...args);
        expect(said.rule.outputs).toMatchObject([{ tau: 2.6e-4 }]);
        expect(said.evidence.inputs).toMatchObject({ count: 3, seed: 'one' });
        expect(said.written).toBe(false);
        const again = await home.run(...args);
        expect(again.stderr).toContain('random, from the seed one. Real ones');
        expect(again.stdout).toMatch(/wasm +\d of 3/);
        expect(again.stdout).toContain('tau is 20 times 1.3e-5');
    });

    it('makes a model of a folder, and calibrates it again with real inputs, in its manifest', async () => {
        home.file('dense/model.onnx', denseModel());
        const items = home.file('items.jsonl', [1, 2].map((by) => rowLine(by)).join('\n'));
        const licence = ['--licence', 'MIT', '--name', 'Dense rows'];
        const folder = home.path('dense');
        const made = await home.json<Said>(
            'calibrate',
            folder,
            '--items',
            items,
            ...licence,
            '--write',
        );
        expect(made.written).toBe(true);
        const first = await home.json<Shown>('models', 'show', 'dense-rows');
        expect(first.calibration?.inputs).toMatchObject({ count: 2 });
        expect(first.comparison).toEqual(made.rule);

        const random = ['--inputs', '3', '--seed', 'two', '--write'];
        const second = await home.json<Said>('calibrate', 'dense-rows', ...random);
        expect(second.model.hash).toBe(first.hash);
        const shown = await home.json<Shown>('models', 'show', 'dense-rows');
        expect(shown.hash).not.toBe(first.hash);
        expect(shown.calibration).toEqual(second.evidence);
        expect((await home.run('models', 'show', 'dense-rows')).stdout).toContain(
            'Calibrated  with 3 random inputs',
        );
    });

    it('writes the rule into a manifest file', async () => {
        home.file('dense/model.onnx', denseModel());
        const manifest = home.path('dense-manifest.json');
        await home.run('publish', home.path('dense'), '--licence', 'MIT', '--manifest', manifest);
        const before = parseManifest(readFileSync(manifest));
        expect(before.calibration).toBeUndefined();
        await home.json<Said>('calibrate', manifest, '--inputs', '2', '--write');
        const after = parseManifest(readFileSync(manifest));
        const text = JSON.stringify(before, null, 4);
        const laidOut = home.file('laid-out.json', text);
        await home.json<Said>('calibrate', laidOut, '--inputs', '1', '--write');
        expect(readFileSync(laidOut, 'utf8')).toMatch(/^\{\n {2}"/);
        expect(after.calibration?.inputs.count).toBe(2);
        expect({ ...after, calibration: undefined }).toMatchObject({
            files: before.files,
            name: before.name,
        });
    });

    it('refuses models that cannot be verified, with the reason', async () => {
        const random = model({
            nodes: [node('RandomUniformLike', ['x'], ['y'])],
            inputs: [value('x', 'float32', [2])],
            outputs: [value('y', 'float32', [2])],
        });
        const dynamic = model({
            nodes: [
                node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
                node('DequantizeLinear', ['q', 's', 'z'], ['y']),
            ],
            inputs: [value('x', 'float32', [2])],
            outputs: [value('y', 'float32', [2])],
        });
        expect(await home.failure('calibrate', home.file('random.onnx', random))).toMatchObject({
            code: 'MODEL_REFUSED',
            message: expect.stringContaining('RandomUniformLike') as string,
        });
        expect(await home.failure('calibrate', home.file('dynamic.onnx', dynamic))).toMatchObject({
            code: 'CALIBRATION_REFUSED',
            message: expect.stringContaining('DynamicQuantizeLinear') as string,
        });
    });

    it('says which dimension is open, and where a rule cannot be written', async () => {
        const open = model({
            nodes: [node('Neg', ['x'], ['y'])],
            inputs: [value('x', 'float32', ['batch', 2])],
            outputs: [value('y', 'float32', ['batch', 2])],
        });
        const file = home.file('open.onnx', open);
        expect(await home.failure('calibrate', file)).toMatchObject({
            code: 'RANDOM_INPUT_SHAPE',
            hint: expect.stringContaining('--dim batch=') as string,
        });
        const fits = await home.json<Said>('calibrate', file, '--dim', 'batch=2', '--inputs', '1');
        expect(fits.rule.class).toBe('tolerance');
        for (const args of [
            [file, '--write'],
            ['silero-vad', '--write'],
            [file, '--dim', 'batch'],
            [home.file('grow.onnx', growModel()), '--keep-output', 'nothing'],
        ]) {
            expect(await home.failure('calibrate', ...args)).toMatchObject({ code: 'USAGE' });
        }
    });
});

/** A row of eight floats as a line of a file of items. */
function rowLine(by: number): string {
    const data = Array.from({ length: 8 }, (_, i) => Math.sin(by * i));
    return JSON.stringify({ x: { dtype: 'float32', dims: [1, 8], data } });
}
