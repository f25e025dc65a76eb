import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { CheckSummary } from '../../../verifier';
import { buildPage, inChromium, type Look } from './chromium';
import { HOSTILE } from './page-world';
import { assertUsable, shot, widthOf } from './usable';
import { runningCheck, VerifierPageWorld } from './verifier-world';

describe('The page of a node that only verifies', () => {
    let files: string;
    let world: VerifierPageWorld;
    beforeAll(() => {
        files = mkdtempSync(join(tmpdir(), 'cocoon-page-files-'));
        buildPage(files);
    });
    afterAll(() => rmSync(files, { recursive: true }));
    beforeEach(async () => (world = (await VerifierPageWorld.create(files)).furnish()));
    afterEach(() => world.stop());

    const ask = (path: string, token = world.token) =>
        fetch(`${world.server.url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
    const json = async <T>(path: string) => (await (await ask(path)).json()) as T;

    it('is for its owner alone, on the names of this machine alone', async () => {
        for (const path of ['/api/state', '/api/checks', '/api/checks/summary', '/api/stream']) {
            expect([path, (await ask(path, 'wrong')).status]).toEqual([path, 401]);
            const foreign = await fetch(`${world.server.url}${path}`, {
                headers: { Authorization: `Bearer ${world.token}`, Origin: 'http://evil.example' },
            });
            expect([path, foreign.status]).toEqual([path, 403]);
        }
        expect((await ask('/api/checks')).status).toBe(200);
        expect((await ask('/api/checks?limit=x')).status).toBe(400);
        expect((await ask('/api/checks?before=../../x')).status).toBe(400);
    });

    it('adds up what checks brought, by the day, and says why others were not claimed', async () => {
        const { today, month, days, reasons } = await json<{
            [K in keyof CheckSummary]: CheckSummary[K];
        }>('/api/checks/summary');
        expect(days).toHaveLength(30);
        expect(today).toMatchObject({ claimed: 1, verified: 1, earned: '4000000' });
        expect(month).toMatchObject({ seen: 61, claimed: 31, verified: 30, lost: '100000000' });
        expect(reasons).toMatchObject([
            {
                code: 'ticket',
                count: 20,
                advice: expect.stringContaining('heavier stake') as string,
            },
            { code: 'not-worth', count: 10, advice: expect.stringContaining('Lower') as string },
        ]);
    });

    it('lists all checks, part by part, each once', async () => {
        const found: number[] = [];
        for (let next: string | null = ''; next !== null;) {
            const before: string = next === '' ? '' : `&before=${encodeURIComponent(next)}`;
            const part: { entries: { jobId: number }[]; next: string | null } = await json(
                `/api/checks?limit=25${before}`,
            );
            found.push(...part.entries.map(({ jobId }) => jobId));
            next = part.next;
        }
        expect(found).toHaveLength(61);
        expect(new Set(found).size).toBe(61);
    });

    it('gives Prometheus what it counts, and is ready by what it sees', async () => {
        const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
        expect(metrics).toContain('cocoon_checks_abstained_total{reason="ticket"} 1');
        expect(metrics).toContain('cocoon_checks_running 3');
        expect(metrics).toContain('cocoon_ready 1');
        expect((await fetch(`${world.server.url}/ready`)).status).toBe(200);
        world.reasons = [{ code: 'stake-paused', detail: 'The operator has paused the stake.' }];
        expect((await fetch(`${world.server.url}/ready`)).status).toBe(503);
    });

    /** Opens the page by its link, and waits until all of it is there. */
    const open = async (page: Page) => {
        await page.goto(world.link);
        await page.locator('#check-list .tag').first().waitFor();
        await page.locator('#checks figure svg').waitFor();
        await page.locator('.log li').first().waitFor();
    };
    const LOOKS: readonly (readonly [string, Look])[] = [
        ['verifier-phone-dark', { width: 360, height: 740, dark: true }],
        ['verifier-desktop-light', { width: 1280, height: 900 }],
    ];
    inChromium(
        'fits a phone and a desk, and shows what a verifier has, and no more',
        async (use) => {
            for (const [name, look] of LOOKS) {
                const page = await use.page(look);
                await open(page);
                expect(await widthOf(page)).toBe(look.width);
                for (const section of ['work', 'earnings', 'losses', 'jobs', 'prices']) {
                    expect(await page.locator(`#${section}`).isVisible()).toBe(false);
                }
                for (const section of [
                    'now',
                    'checking',
                    'checks',
                    'unclaimed',
                    'check-list',
                    'stake',
                ]) {
                    expect(await page.locator(`#${section}`).isVisible()).toBe(true);
                }
                await page.locator('#check-list summary').first().click();
                await page.locator('#check-list .steps li').first().waitFor();
                expect(await widthOf(page)).toBe(look.width);
                const shown = HOSTILE.replace('\u202e', '\ufffd');
                await page.locator('#checking').getByText(shown).first().waitFor();
                const hurt =
                    '[typeof window.hurt, document.querySelector("main img, main script")]';
                expect(await page.evaluate(hurt)).toEqual(['undefined', null]);
                await shot(page, name);
                await assertUsable(page);
                await page.context().close();
            }
        },
    );

    inChromium('follows without being loaded again, and changes a preference', async (use) => {
        const page = await use.page({ width: 360 });
        await open(page);
        await page.getByText('Works on 2 checks.').first().waitFor();
        world.running = [runningCheck(45, { phase: 'open' })];
        await page.getByText('waits for the provider to open its sketch').waitFor();
        await page.getByText('Works on one check.').first().waitFor();
        world.note(500, 0, {
            modelName: 'A new one',
            news: [{ at: Date.now(), kind: 'abstained', text: 'Not claimed: x.', reason: 'bonds' }],
        });
        world.checks.count({ claims: 1 });
        await page.locator('#check-list').getByText('A new one').waitFor();
        await page.locator('#unclaimed').getByText('Raise the most that bonds').waitFor();
        world.reasons = [{ code: 'disk-low', detail: 'The disk has 3 MiB left, under 256 MiB.' }];
        await page.getByText('The disk has 3 MiB left').first().waitFor();
        await page.locator('#group-cpu summary').click();
        await page.getByLabel('cpu.sharePercent', { exact: true }).fill('60');
        await page.getByRole('button', { name: 'Save' }).click();
        await page.getByText('60 % of the time').waitFor();
    });
});
