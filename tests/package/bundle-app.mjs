import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/*
 * Bundles a page that uses the package as a web developer would: no plugin, no polyfill, no option
 * that the package asks for. Arguments: the bundler, the folder in which the package is installed.
 * Prints { bytes, gzip } and leaves the bundle in <folder>/<bundler>.js.
 */

const PAGE = `
    import { createCocoon, tonConnectSender } from 'cocoon/sdk';
    import { SILERO_VAD } from 'cocoon/models';
    globalThis.page = { createCocoon, tonConnectSender, name: SILERO_VAD.name };
`;

const [tool, folder] = process.argv.slice(2);
const entry = join(folder, 'page.js');
writeFileSync(entry, PAGE);

const BUNDLERS = {
    async esbuild() {
        const { build } = await import('esbuild');
        const options = { bundle: true, minify: true, write: false, format: 'esm' };
        const { outputFiles } = await build({
            ...options,
            entryPoints: [entry],
            platform: 'browser',
            logLevel: 'error',
        });
        return outputFiles[0].text;
    },
    async vite() {
        const { build } = await import('vite');
        const made = await build({
            root: folder,
            configFile: false,
            logLevel: 'error',
            build: {
                write: false,
                modulePreload: false,
                rollupOptions: { input: entry },
            },
        });
        return made.output.find(({ type }) => type === 'chunk').code;
    },
};

const code = await BUNDLERS[tool]();
writeFileSync(join(folder, `${tool}.js`), code);
console.log(JSON.stringify({ bytes: code.length, gzip: gzipSync(code).length }));
