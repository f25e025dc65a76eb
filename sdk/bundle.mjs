import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { noticesOf } from './notices.mjs';

/*
 * The doors that browsers may use, as ES modules: bundlers take these (conditions `browser` and
 * `module` of package.json) and leave out what a page does not use. Packages stay imports.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOORS = ['sdk', 'protocol', 'wrappers', 'models', 'tasks'];
/** In other folders. */
const MORE = { react: 'sdk/react/index.ts', peers: 'network/browser/index.ts' };
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
    metafile: true,
};

rmSync(OUT, { recursive: true, force: true });
await build({ ...shared, entryPoints: ['wrappers/set-buffer.ts'] });
const pages = await build({
    ...shared,
    entryPoints: {
        ...Object.fromEntries(DOORS.map((door) => [door, `${door}/index.ts`])),
        ...MORE,
    },
    splitting: true,
    plugins: [apart],
});

/*
 * WebRTC for nodes as one file, in the place of what imports @libp2p/webrtc: that package is bundled
 * here and for pages, with its licences, because it would bring those of React Native with it.
 */
const webrtc = join(ROOT, 'dist', 'network', 'webrtc');
const nodes = await build({
    ...shared,
    outdir: webrtc,
    entryPoints: ['network/webrtc/library.ts'],
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outExtension: { '.js': '.js' },
    allowOverwrite: true,
});

for (const [folder, { metafile }] of [
    [OUT, pages],
    [webrtc, nodes],
]) {
    writeFileSync(join(folder, 'THIRD-PARTY.txt'), noticesOf(ROOT, metafile));
}
