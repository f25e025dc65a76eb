import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/*
 * The doors that browsers may use, as ES modules: bundlers take these (conditions `browser` and
 * `module` of package.json) and leave out what a page does not use. Packages stay imports.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOORS = ['sdk', 'protocol', 'wrappers', 'models', 'tasks'];
/** In another one's folder. */
const REACT = { react: 'sdk/react/index.ts' };
const OUT = join(ROOT, 'dist', 'esm');

const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

/** A module with a side effect keeps a file of its own, which package.json can name. */
const apart = {
    name: 'apart',
    setup({ onResolve }) {
        onResolve({ filter: /^\.\/set-buffer$/ }, () => ({
            path: './set-buffer.mjs',
            external: true,
            sideEffects: true,
        }));
    },
};

const shared = {
    absWorkingDir: ROOT,
    outdir: OUT,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) => [
        name,
        `${name}/*`,
    ]),
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
};

rmSync(OUT, { recursive: true, force: true });
await build({ ...shared, entryPoints: ['wrappers/set-buffer.ts'] });
await build({
    ...shared,
    entryPoints: {
        ...Object.fromEntries(DOORS.map((door) => [door, `${door}/index.ts`])),
        ...REACT,
    },
    splitting: true,
    plugins: [apart],
});
