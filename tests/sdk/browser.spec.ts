import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

describe('The SDK', () => {
    it('can be bundled for a browser: nothing in it needs Node', async () => {
        const { metafile, errors } = await build({
            entryPoints: [join(ROOT, 'sdk', 'index.ts')],
            bundle: true,
            write: false,
            metafile: true,
            platform: 'browser',
            format: 'esm',
            absWorkingDir: ROOT,
            logLevel: 'silent',
        });
        expect(errors).toEqual([]);
        const inputs = Object.keys(metafile.inputs);
        expect(inputs).toContain('sdk/run-job.ts');
        expect(inputs.filter((path) => path.startsWith('sdk/node/'))).toEqual([]);
    });
});
