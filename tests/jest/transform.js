const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { transformSync, version } = require('esbuild');

/** Turns TypeScript, and the ES modules of packages, into CommonJS. Types are checked by `npm run types`. */
module.exports = {
    getCacheKey: (source, path) =>
        createHash('sha256')
            .update(`${version}\0${path}\0${source}\0`)
            .update(readFileSync(__filename))
            .digest('hex'),
    process: (source, path) =>
        transformSync(source, {
            loader: path.endsWith('.ts') ? 'ts' : 'js',
            format: 'cjs',
            target: 'node20',
            // Jest has require alone.
            supported: { 'dynamic-import': false },
            sourcefile: path,
            sourcemap: 'inline',
            define: { 'import.meta.url': '__importMetaUrl' },
            banner: `const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`,
        }),
};
