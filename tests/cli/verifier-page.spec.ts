import { join } from 'node:path';
import { toNano } from '@ton/core';
import { runJob } from '../../sdk';
import { DEVNET_PARAMETERS } from '../../wrappers';
import { inChromium } from '../provider/page/chromium';
import { until } from '../provider/world';
import {
    bundleCommand,
    makeKeysCheap,
    ProviderWorld,
    type Running,
    VERIFIER_BIN,
} from './provider-world';

/** Ports of this file, which no other test uses. */
const PORT = 18_990;
const ADMIN = 18_992;
const VERIFIER_ADMIN = 18_994;
const URL = `http://127.0.0.1:${PORT}`;
const PAGE = `http://127.0.0.1:${VERIFIER_ADMIN}`;
const SHOTS = process.env['PAGE_SHOTS'];
/** Every job is drawn, and busy machines keep up. */
const PARAMETERS = {
    ...DEVNET_PARAMETERS,
    acceptWindow: 60,
    verification: { ...DEVNET_PARAMETERS.verification, claimWindow: 15, sealWindow: 60 },
};

jest.setTimeout(300_000);

describe('The owner of a node that only verifies', () => {
    let world: ProviderWorld;
    let home: string;
    let provider: Running;
    let verifier: Running;
    beforeAll(async () => {
        bundleCommand();
        world = await ProviderWorld.create(PARAMETERS);
        const keys = ['--create-wallet', '--faucet', '--yes', '--json'];
        const admin = (port: number) => ['--set', `provider.http.adminPort=${port}`];
        const other = world.home('provider');
        const ports = ['--port', String(PORT), ...admin(ADMIN)];
        await world.json(other, ['init', ...world.network, ...ports, ...keys]);
        makeKeysCheap(other);
        home = world.home('verifier');
        const args = ['init', ...world.network, ...admin(VERIFIER_ADMIN), ...keys];
        const { code, out } = await world.run(home, args, {}, VERIFIER_BIN);
        expect([code, out]).toEqual([0, expect.stringContaining('"state":"open"')]);
        makeKeysCheap(home);
        provider = world.launch(other, ['start']);
        verifier = world.launch(home, ['start'], {}, VERIFIER_BIN);
        await provider.says('Ready for jobs.');
        await verifier.says('Checking for the stake');
    });
    afterAll(async () => {
        await Promise.all([provider.interrupt(), verifier.interrupt()]);
        await world.stop();
    });

    inChromium('sees a check come in, be done and be paid on the page', async (use) => {
        const told = await world.run(home, ['page', '--json'], {}, VERIFIER_BIN);
        const { url, running } = JSON.parse(told.out) as { url: string; running: boolean };
        expect([running, url.startsWith(`${PAGE}/#token=`)]).toEqual([true, true]);
        const page = await use.page({ width: 360, height: 740 });
        await page.goto(url);
        await page.getByText('Ready; waits for checks.').first().waitFor();
        expect(page.url()).toBe(`${PAGE}/`);
        await page.locator('#stake').getByText('10 GRAM').first().waitFor();

        const settled = runJob({ ...(await world.request([1], URL)), settlement: 'final' });
        await page
            .locator('#checking .cards')
            .getByText('as the verifier')
            .waitFor({ timeout: 90_000 });
        if (SHOTS !== undefined) {
            await page.screenshot({ path: join(SHOTS, 'verifier-live.png'), fullPage: true });
        }
        expect((await settled).closing).toMatchObject({ outcome: 'passed' });
        await page.locator('#check-list .tag.paid').waitFor({ timeout: 60_000 });
        await page.locator('#checks').getByText('1 verified').first().waitFor();
        if (SHOTS !== undefined) {
            await page.screenshot({ path: join(SHOTS, 'verifier-paid.png'), fullPage: true });
        }
        const metrics = await (await fetch(`${PAGE}/metrics`)).text();
        expect(metrics).toContain('cocoon_checks_claims_total{role="verifier"} 1');
        expect(metrics).toMatch(/cocoon_checks_earned_nano_total\{reason="check"\} \d+/);
        expect(metrics).toContain(`cocoon_stake_reserve_nano ${toNano('10')}`);
        await until(async () => (await fetch(`${PAGE}/ready`)).status === 200);
    });
});
