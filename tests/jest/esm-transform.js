const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { transformSync, version } = require('esbuild');

/** Turns the ES modules of packages into CommonJS: Node 20 requires them as they are, jest does not. */
module.exports = {
    getCacheKey: (source, path) =>
        createHash('sha256')
            .update(`${version}\0${path}\0${source}\0`)
            .update(readFileSync(__filename))
            .digest('hex'),
    process: (source, path) =>
        transformSync(source, {
            format: 'cjs',
            target: 'node20',
            sourcefile: path,
            sourcemap: 'inline',
            define: { 'import.meta.url': '__importMetaUrl' },
            banner: `const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`,
        }),
};
