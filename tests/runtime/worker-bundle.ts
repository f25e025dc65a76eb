import { createHash } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** They stay where they are installed, beside their libraries. */
const ENGINES = ['onnxruntime-common', 'onnxruntime-node', 'onnxruntime-web'];

/**
 * Compiles one TypeScript file of the project, with what it imports from the project, so that
 * plain Node.js can run it: the runtime forks a file, and under jest there is no compiled one.
 *
 * @param entry path below the project's root
 * @returns the absolute path of the compiled file
 */
export function bundle(entry: string): string {
    // Of this checkout alone: another one has other sources, and other packages beside them.
    const checkout = createHash('sha256').update(ROOT).digest('hex').slice(0, 12);
    const folder = join(tmpdir(), 'cocoon-test-bundles', checkout);
    mkdirSync(folder, { recursive: true });
    const name = entry.replace(/\W+/g, '-');
    const partial = join(folder, `${name}.${process.pid}.js`);
    const installed = ENGINES.map((name) => [name, require.resolve(name)] as const);
    buildSync({
        entryPoints: [join(ROOT, entry)],
        outfile: partial,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        target: 'node20',
        alias: Object.fromEntries(installed),
        external: installed.map(([, path]) => path),
        logLevel: 'error',
    });
    const finished = join(folder, `${name}.js`);
    renameSync(partial, finished); // test files that run at once build the same bytes
    return finished;
}

/** The runtime's worker, compiled. */
export function bundleWorker(): string {
    return bundle('runtime/worker.ts');
}
