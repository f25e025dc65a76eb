import { resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import * as tasks from '../../tasks';

/**
 * Reads a picture with the doors that it is given; the outputs are made up, since a browser's own
 * runtime is not of this test. It is turned into source text, so it may use nothing from outside.
 */
async function useTasks(door: typeof tasks): Promise<string> {
    const width = 320;
    const height = 64;
    const asked: unknown[] = [];
    const result = await door.readPicture({
        picture: { width, height, data: new Uint8ClampedArray(width * height * 4).fill(200) },
        execute: ({ model, items }) => {
            const dims = [...(items[0]?.values() ?? [])].map((tensor) => tensor.dims);
            asked.push([model.name, model.hash, items.length, dims]);
            if (model.name === 'ocr-recogniser') {
                return Promise.resolve([{ status: 'failed', index: 0, name: 'TIME_LIMIT' }]);
            }
            const chances = new Float32Array(width * height);
            for (let y = 20; y < 40; y++) chances.fill(0.9, y * width + 30, y * width + 200);
            const tensor = {
                dtype: 'float32' as const,
                dims: [1, 1, height, width],
                data: new Uint8Array(chances.buffer),
            };
            const output = new Map([['sigmoid_0.tmp_0', tensor]]);
            return Promise.resolve([{ status: 'done', index: 0, output }]);
        },
    });
    return JSON.stringify({ asked, result });
}

describe('tasks/ in a browser', () => {
    let source = '';
    let inputs: string[] = [];
    beforeAll(async () => {
        const { outputFiles, metafile } = await build({
            entryPoints: [resolve(__dirname, '../../tasks/index.ts')],
            bundle: true,
            write: false,
            metafile: true,
            platform: 'browser',
            format: 'iife',
            globalName: 'tasks',
            target: 'es2022',
            logLevel: 'silent',
        });
        source = outputFiles.map(({ text }) => text).join('\n');
        inputs = Object.keys(metafile.inputs);
    });

    it('do what they do in Node, without Buffer, process or require', async () => {
        const context = createContext({ TextEncoder, TextDecoder, URL });
        runInContext(source, context);
        const script = `(${useTasks.toString()})(tasks)`;
        const inBrowser: unknown = await (runInContext(script, context) as Promise<unknown>);
        expect(inBrowser).toBe(await useTasks(tasks));
        expect(JSON.parse(inBrowser as string)).toMatchObject({
            asked: [
                ['ocr-detector', expect.any(String), 1, [[1, 3, 64, 320]]],
                ['ocr-recogniser', expect.any(String), 1, [[1, 3, 48, 320]]],
            ],
            result: { lines: [{ failure: 'TIME_LIMIT' }], text: '' },
        });
    });

    it('bring nothing of Node along, and no picture decoder', () => {
        expect(source).not.toMatch(/["']node:/);
        expect(source).not.toMatch(/\bBuffer\b/);
        expect(source).not.toMatch(/\brequire\(/);
        expect(inputs.filter((path) => /sharp|tasks\/node|models\/node|@ton/.test(path))).toEqual(
            [],
        );
    });
});
