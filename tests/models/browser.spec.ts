import { resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { CATALOGUE } from '../../models';

describe('models/ in a browser', () => {
    it('names the same models by the same hashes, with nothing of Node', async () => {
        const { outputFiles, metafile } = await build({
            entryPoints: [resolve(__dirname, '../../models/index.ts')],
            bundle: true,
            write: false,
            metafile: true,
            platform: 'browser',
            format: 'iife',
            globalName: 'models',
            target: 'es2022',
            logLevel: 'silent',
        });
        const source = outputFiles.map(({ text }) => text).join('\n');
        expect(source).not.toMatch(/["']node:/);
        const own = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules'));
        expect(own.filter((path) => !/(?:^|\/)(?:models|protocol)\//.test(path))).toEqual([]);
        expect(own.filter((path) => /models\/node\//.test(path))).toEqual([]);
        const context = createContext({ TextEncoder, TextDecoder, URL });
        runInContext(source, context);
        const script = 'JSON.stringify(models.CATALOGUE)';
        expect(JSON.parse(runInContext(script, context) as string)).toEqual(CATALOGUE);
    });
});
