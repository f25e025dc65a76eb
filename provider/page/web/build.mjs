/**
 * Builds the owner's page: one file of script beside the others, without anything from elsewhere.
 * `node provider/page/web/build.mjs <folder>`.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = process.argv[2];
if (folder === undefined) throw new TypeError('Name the folder that the page goes to.');
mkdirSync(folder, { recursive: true });
buildSync({
    entryPoints: [join(here, 'app.ts')],
    outfile: join(folder, 'app.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
});
for (const name of ['index.html', 'style.css', 'icon.svg']) {
    copyFileSync(join(here, name), join(folder, name));
}
