import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { firstCoin } from '../../bench/first-coin';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');
const PICTURE = join(ROOT, 'examples', 'ocr', 'receipt.jpg');
const WRITTEN = readFileSync(join(ROOT, 'examples', 'ocr', 'receipt.txt'), 'utf8').trimEnd();

/** Of the SDK, without the user interface of TON Connect; gzipped. */
const MAX_PAGE_BYTES = 250_000;

interface Packed {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
}

/** Of a page, bytes. */
interface Weight {
    readonly start: number;
    readonly later: number;
}

interface Manifest {
    readonly bin: Readonly<Record<string, string>>;
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

describe('The package', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-package-'));
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    let packed: Packed;

    beforeAll(async () => {
        // Builds it anew, as its author would.
        const args = ['pack', '--json', '--pack-destination', folder];
        const { stdout } = await run('npm', args, { cwd: ROOT, maxBuffer: 2 ** 26 });
        [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [Packed];
    }, 600_000);
    afterAll(() => rmSync(folder, { recursive: true }));

    it('holds what its commands and doors name, and nothing that only the project needs', () => {
        const paths = packed.files.map(({ path }) => path);
        const doors = Object.values(manifest.exports).map((door) =>
            typeof door === 'string' ? door : door.default,
        );
        for (const file of [...Object.values(manifest.bin), ...doors]) {
            expect(paths).toContain(file.replace(/^\.\//, ''));
        }
        expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md']));
        // The owner's page, which no program imports.
        for (const name of ['index.html', 'app.js', 'style.css', 'icon.svg']) {
            expect(paths).toContain(`dist/provider/page/web/${name}`);
        }
        // What a node and `cocoon explorer` serve under /explorer/.
        expect(paths).toContain('dist/web/explorer.html');
        const unwanted = /\.map$|^dist\/(bench|examples|tests|cli\/demo)\/|\.tsbuildinfo$|\.tact$/;
        expect(paths.filter((path) => unwanted.test(path))).toEqual([]);
    });

    it('earns a coin from an empty folder, opens all its doors there, and leaves nothing', async () => {
        const coin = await firstCoin({
            project: ROOT,
            picture: PICTURE,
            tarball: join(folder, packed.filename),
            afterwards: async (installed) => {
                await openDoors(installed);
                await sayHelp(installed);
                for (const bundler of ['esbuild', 'vite']) await openPage(bundler, installed);
                await uninstall(installed);
            },
        });
        expect(coin.text).toBe(WRITTEN);
        expect(coin.earned).toBeGreaterThan(0n);
    });

    /** Each door by its name, from another package. */
    async function openDoors(installed: string): Promise<void> {
        const names = Object.keys(manifest.exports)
            // The hooks want React, which is for the page to install.
            .filter((door) => door !== './package.json' && door !== './react')
            .map((door) => `cocoon${door.slice(1)}`);
        const program = `for (const name of ${JSON.stringify(names)}) {
            if (Object.keys(require(name)).length === 0) throw new Error(name + ' is empty');
        }`;
        await run(process.execPath, ['--eval', program], { cwd: installed });
    }

    /** A page of a web developer, in a world that has what browsers have. */
    async function openPage(bundler: string, installed: string): Promise<void> {
        const args = [join(__dirname, 'bundle-app.mjs'), bundler, installed];
        const { stdout } = await run(process.execPath, args, { cwd: ROOT });
        const { peers, ...plain } = JSON.parse(stdout) as Weight & { readonly peers: Weight };
        for (const [name, { start, later }] of Object.entries({ plain, peers })) {
            const says = `${start} bytes gzipped, ${later} on demand`;
            process.stdout.write(`A page by ${bundler}, ${name}: ${says}.\n`);
            expect(start).toBeLessThan(MAX_PAGE_BYTES);
        }
        const page = createContext({
            ...{ TextEncoder, TextDecoder, URL, URLSearchParams, AbortController, AbortSignal },
            ...{ fetch, Headers, Request, Response, Blob, FormData, crypto, performance },
            ...{ setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask },
            ...{ atob, btoa, console, Event, EventTarget, ReadableStream, structuredClone },
        });
        runInContext(readFileSync(join(installed, `${bundler}.js`), 'utf8'), page);
        const used = `typeof process + ' ' + page.name + ' ' + typeof page
            .createCocoon({ endpoint: 'https://a.example/jsonRPC', market: '0:${'ab'.repeat(32)}' })
            .submit`;
        expect(runInContext(used, page)).toBe('undefined silero-vad function');
    }

    async function sayHelp(installed: string): Promise<void> {
        for (const name of Object.keys(manifest.bin)) {
            const bin = join(installed, 'node_modules', '.bin', name);
            const { stdout } = await run(bin, ['--help']);
            expect(stdout).toContain(`Usage: ${name}`);
        }
    }

    async function uninstall(installed: string): Promise<void> {
        await run('npm', ['uninstall', 'cocoon'], { cwd: installed });
        const modules = join(installed, 'node_modules');
        const left = existsSync(modules) ? readdirSync(modules) : [];
        // npm keeps the folders of scopes, empty.
        const filled = left.filter(
            (name) =>
                statSync(join(modules, name)).isFile() ||
                readdirSync(join(modules, name)).length > 0,
        );
        expect(filled.filter((name) => !name.startsWith('.'))).toEqual([]);
        for (const name of Object.keys(manifest.bin)) {
            expect(existsSync(join(modules, '.bin', name))).toBe(false);
        }
    }
});
