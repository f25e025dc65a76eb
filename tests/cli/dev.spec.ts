import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { inBrowser, openBrowser } from '../web/in-browser';

const ROOT = join(__dirname, '..', '..');
/** Inside the project, so that packages are found from there. */
const FOLDER = join(ROOT, 'node_modules', '.cache', `cocoon-dev-test-${process.pid}`);
const BIN = join(FOLDER, 'bin.js');

jest.setTimeout(120_000);

describe('npm run dev', () => {
    let dev: ChildProcess;
    let said = '';
    let page: string;
    beforeAll(async () => {
        mkdirSync(FOLDER, { recursive: true });
        for (const [entry, name] of [
            ['cli/dev/bin.ts', 'bin.js'],
            ['runtime/worker.ts', 'worker.js'],
        ] as const) {
            buildSync({
                ...{ entryPoints: [join(ROOT, entry)], outfile: join(FOLDER, name) },
                ...{ bundle: true, packages: 'external', platform: 'node', format: 'cjs' },
                ...{ target: 'node20', logLevel: 'error' },
            });
        }
        const args = [BIN, '--port', '0', '--providers', '1', '--verifiers', '0'];
        dev = spawn(process.execPath, args, {
            stdio: ['ignore', 'pipe', 'inherit'],
            env: { ...process.env, NODE_ENV: 'development', NO_COLOR: '1' },
        });
        const ready = new Promise<void>((resolve, reject) => {
            dev.stdout?.on('data', (chunk: Buffer) => {
                said += chunk.toString();
                if (said.includes('Stop with Ctrl-C.')) resolve();
            });
            dev.once('exit', (code) => reject(new Error(`It ended with ${code}: ${said}`)));
        });
        await ready;
        page = addressOf('page');
    });
    afterAll(() => {
        dev.kill('SIGKILL');
        rmSync(FOLDER, { recursive: true });
    });

    const addressOf = (name: string) =>
        new RegExp(`^  ${name} +(\\S+)$`, 'm').exec(said)?.[1] ?? '';
    const text = async (url: string) => {
        const response = await fetch(url);
        expect([url, response.status]).toEqual([url, 200]);
        return response.text();
    };

    it('starts chain, node, page and explorer together', async () => {
        expect(await text(page)).toContain('/app/main.tsx');
        expect(await text(addressOf('explorer'))).toContain('/explorer/main.tsx');
        const config = JSON.parse(await text(new URL('config.json', page).href)) as object;
        expect(config).toMatchObject({
            endpoints: [addressOf('chain')],
            market: addressOf('market'),
        });
        expect(JSON.parse(await text(`${addressOf('Alder')}/health`))).toMatchObject({ ok: true });
        const [, node = ''] = /node=([^&#]+)/.exec(addressOf('explorer')) ?? [];
        const index = `${decodeURIComponent(node)}api/v1/status`;
        expect(JSON.parse(await text(index))).toMatchObject({
            market: expect.any(String) as string,
        });
    });

    inBrowser('has the pages loaded again when their sources change', async () => {
        const browser = await openBrowser();
        if (browser === undefined) return;
        try {
            for (const [url, source, shown] of [
                [page, 'app', 'Try a sample'],
                [addressOf('explorer'), 'explorer', 'Open jobs'],
            ] as const) {
                const tab = await browser.newPage({ locale: 'en-GB' });
                await tab.goto(url);
                await tab.getByText(shown).waitFor();
                await tab.evaluate('window.before = true');
                const loaded = tab.waitForEvent('load');
                // Saved again, as it is.
                const now = new Date();
                utimesSync(join(ROOT, 'web', source, 'main.tsx'), now, now);
                await loaded;
                expect(await tab.evaluate('window.before')).toBeUndefined();
                await tab.getByText(shown).waitFor();
            }
        } finally {
            await browser.close();
        }
    });

    it('ends with Ctrl-C', async () => {
        const exit = once(dev, 'exit');
        dev.kill('SIGINT');
        expect(await exit).toEqual([0, null]);
        await expect(fetch(page)).rejects.toThrow('fetch failed');
    });
});
