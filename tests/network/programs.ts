import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** Programs for processes of their own, bundled for as long as a test runs. */
export class Programs {
    readonly #folder: string;

    /** @param name - of the test, for the folder that they are in */
    constructor(name: string) {
        const folder = `cocoon-${name}-test-${process.pid}`;
        this.#folder = join(ROOT, 'node_modules', '.cache', folder);
    }

    /** Bundles them; their packages stay outside, as they do for users. */
    build(...entryPoints: readonly string[]): void {
        mkdirSync(this.#folder, { recursive: true });
        buildSync({
            entryPoints: [...entryPoints],
            outdir: this.#folder,
            bundle: true,
            platform: 'node',
            format: 'cjs',
            target: 'node20',
            packages: 'external',
            logLevel: 'error',
        });
    }

    /** Where one of them is. */
    path(name: string): string {
        return join(this.#folder, `${name}.js`);
    }

    remove(): void {
        rmSync(this.#folder, { recursive: true, force: true });
    }
}
