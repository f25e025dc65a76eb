import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/*
 * Bundles a page that uses the package as a web developer would: no plugin, no polyfill, no option
 * that the package asks for. Arguments: the bundler, the folder in which the package is installed.
 * Prints { start, later }, what the page loads at once and what it loads when it needs it, gzipped
 * bytes, and the same of a page that is in the peer-to-peer network; leaves all of the first one as
 * one script in <folder>/<bundler>.js.
 */

const PAGE = `
    import { createCocoon, tonConnectSender } from 'cocoon/sdk';
    import { SILERO_VAD } from 'cocoon/models';
    globalThis.page = { createCocoon, tonConnectSender, name: SILERO_VAD.name };
`;

const WITH_PEERS = `
    import { createPeers } from 'cocoon/peers';
    import { createCocoon, tonConnectSender } from 'cocoon/sdk';
    globalThis.page = { createCocoon, tonConnectSender, peers: createPeers() };
`;

const [tool, folder] = process.argv.slice(2);
const entry = join(folder, 'page.js');

/** Each makes the page twice: as one script, and in pieces: [{ name, code, imports }], the entry first. */
const BUNDLERS = {
    async esbuild() {
        const { build } = await import('esbuild');
        const options = {
            ...{ bundle: true, minify: true, write: false, format: 'esm' },
            ...{ entryPoints: [entry], platform: 'browser', logLevel: 'error' },
        };
        const one = await build(options);
        const outdir = join(folder, 'pieces');
        const { outputFiles, metafile } = await build({
            ...options,
            ...{ splitting: true, outdir, metafile: true },
        });
        const made = Object.entries(metafile.outputs).map(([path, { imports, entryPoint }]) => ({
            name: basename(path),
            code: outputFiles.find((file) => basename(file.path) === basename(path)).text,
            imports: imports
                .filter(({ kind, external }) => kind === 'import-statement' && !external)
                .map((one) => basename(one.path)),
            first: entryPoint !== undefined && entryPoint.endsWith('page.js'),
        }));
        return { whole: one.outputFiles[0].text, pieces: made };
    },
    async vite() {
        const { build } = await import('vite');
        const make = (output) =>
            build({
                ...{ root: folder, configFile: false, logLevel: 'error' },
                build: {
                    ...{ write: false, modulePreload: false },
                    rollupOptions: { input: entry, output },
                },
            });
        const one = await make({ inlineDynamicImports: true });
        const { output } = await make({});
        const chunks = output.filter(({ type }) => type === 'chunk');
        return {
            whole: one.output.find(({ type }) => type === 'chunk').code,
            pieces: chunks.map(({ fileName: name, code, imports, isEntry: first }) => ({
                ...{ name, code, imports, first },
            })),
        };
    },
};

/** What a page weighs, and all of it as one script. */
async function weigh(source) {
    writeFileSync(entry, source);
    const { whole, pieces } = await BUNDLERS[tool]();
    const atOnce = new Set();
    const load = (piece) => {
        if (atOnce.has(piece)) return;
        atOnce.add(piece);
        for (const name of piece.imports) load(pieces.find((one) => one.name === name));
    };
    load(pieces.find(({ first }) => first));
    const gzipped = (some) => some.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
    const start = gzipped([...atOnce]);
    return { whole, start, later: gzipped(pieces.filter((piece) => !atOnce.has(piece))) };
}

const { whole: withPeers, ...peers } = await weigh(WITH_PEERS);
if (!withPeers.includes('RTCPeerConnection')) throw new Error('The page has no WebRTC.');
const { whole, start, later } = await weigh(PAGE);
writeFileSync(join(folder, `${tool}.js`), whole);
console.log(JSON.stringify({ start, later, peers }));
