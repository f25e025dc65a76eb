import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { toNano } from '@ton/core';
import type { Page } from 'playwright-core';
import { until } from '../provider/world';
import { inChromium } from '../provider/page/chromium';
import { bundleCommand, makeKeysCheap, ProviderWorld, type Running } from './provider-world';

/** Ports of this file, which no other test uses. */
const PORT = 18_690;
const ADMIN = 18_692;
const URL = `http://127.0.0.1:${PORT}`;
const SHOTS = process.env['PAGE_SHOTS'];

jest.setTimeout(180_000);

describe('An owner with a browser', () => {
    let world: ProviderWorld;
    let home: string;
    let node: Running;
    let link: string;
    beforeAll(async () => {
        bundleCommand();
        world = await ProviderWorld.create();
        home = world.home('owner');
        const ports = ['--port', String(PORT), '--set', `provider.http.adminPort=${ADMIN}`];
        await world.json(home, [
            ...['init', ...world.network, ...ports, '--create-wallet', '--faucet', '--yes'],
        ]);
        makeKeysCheap(home);
        node = world.launch(home, ['start']);
        await node.says('Ready for jobs.');
    });
    afterAll(async () => {
        await node.interrupt();
        await world.stop();
    });

    const shot = async (page: Page, name: string) => {
        if (SHOTS === undefined) return;
        await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    };

    it('gets the link from a file that is theirs alone', async () => {
        const { url, running } = await world.json(home, ['page']);
        link = url as string;
        expect(running).toBe(true);
        const path = join(home, 'provider', 'page-token');
        expect(statSync(path).mode & 0o777).toBe(0o600);
        const token = readFileSync(path, 'utf8').trim();
        expect(link).toBe(`http://127.0.0.1:${ADMIN}/#token=${token}`);
        expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    });

    inChromium('sees a job come in, be done and be paid, and changes a preference', async (use) => {
        const page = await use.page({ width: 360, height: 740 });
        await page.goto(link);
        await page.getByText('Ready; waits for jobs.').first().waitFor();
        expect(page.url()).toBe(`http://127.0.0.1:${ADMIN}/`);
        await shot(page, 'empty');
        await world.job([1, 2, 3], URL);
        await page.locator('.jobs .tag.paid').waitFor();
        await world.post([1], URL, { ceiling: toNano('0.000001') });
        await page.getByText('1 job paid less than your price').waitFor();
        await shot(page, 'paid');
        await page.locator('#group-disk summary').click();
        await page.getByLabel('disk.minFreeGiB', { exact: true }).fill('60000');
        await page.getByRole('button', { name: 'Save' }).click();
        await page.getByText('Saved.').waitFor();
        const changedAt = Date.now();
        await node.says('Suspended');
        expect(Date.now() - changedAt).toBeLessThan(2_000);
        await page.locator('#now .state.idle').waitFor();
        await shot(page, 'phone');
    });

    it('has the same in Prometheus: why it is idle, and what died', async () => {
        const read = async () => (await fetch(`http://127.0.0.1:${ADMIN}/metrics`)).text();
        expect(await read()).toMatch(/^cocoon_earned_nano_total\{outcome="accepted"\} [1-9]/m);
        expect(await read()).not.toContain('cocoon_child_deaths_total{');
        for (const pid of node.children()) process.kill(pid, 'SIGKILL');
        const deaths = /^cocoon_child_deaths_total\{cause="itself"\} [1-9]/m;
        await until(async () => deaths.test(await read()));
        await world.json(home, ['preferences', 'set', 'disk.minFreeGiB', '60000']);
        await until(async () => (await read()).includes('cocoon_idle{reason="disk-floor"} 1'));
        await world.json(home, ['preferences', 'reset', 'disk.minFreeGiB']);
        await until(async () => !(await read()).includes('cocoon_idle{'));
    });

    it('shuts out who has an old link', async () => {
        const { url } = await world.json(home, ['page', '--new-token']);
        expect(url).not.toBe(link);
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        const [origin = '', token] = link.split('/#token=');
        const ask = (bearer: string | undefined) =>
            fetch(`${origin}/api/state`, { headers: { Authorization: `Bearer ${bearer}` } });
        expect((await ask(token)).status).toBe(401);
        expect((await ask((url as string).split('=')[1])).status).toBe(200);
    });
});
