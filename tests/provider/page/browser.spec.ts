import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPage, inChromium } from './chromium';
import { HOSTILE, PageWorld } from './page-world';
import { assertUsable, openPage, widthOf } from './usable';

/** The short of it; `browser-all.spec.ts` has the rest. */
describe('The owner’s page in a browser', () => {
    let files: string;
    let world: PageWorld;
    beforeAll(async () => {
        files = mkdtempSync(join(tmpdir(), 'cocoon-page-files-'));
        buildPage(files);
        world = (await PageWorld.create(files)).furnish();
    });
    afterAll(async () => {
        await world.stop();
        rmSync(files, { recursive: true });
    });

    inChromium('opens by its link on a phone, lives, and shows names as text', async (use) => {
        const page = await use.page({ width: 360, dark: true });
        await openPage(page, world);
        expect(page.url()).toBe(`${world.url}/`);
        expect(await widthOf(page)).toBe(360);
        await assertUsable(page);
        const shown = HOSTILE.replace('\u202e', '\ufffd');
        for (const section of ['work', 'jobs', 'models']) {
            await page.locator(`#${section}`).getByText(shown).first().waitFor();
        }
        await page.getByLabel('Show').selectOption('all');
        await page.locator('#logs').getByText(shown).waitFor();
        const hurt = '[typeof window.hurt, document.querySelector("main img, main script")]';
        expect(await page.evaluate(hurt)).toEqual(['undefined', null]);
        world.jobs = world.jobs.map((job) => ({ ...job, finished: 150 }));
        await page.getByText('150 of 200 items').waitFor();
        const [begun] = world.jobs;
        // Hundreds may wait.
        world.jobs = [begun!, { ...begun!, jobId: 43, phase: 'waiting' }];
        await page.getByText('At most 4 jobs at a time; 1 more waits.').waitFor();
        expect(await page.locator('#work li').count()).toBe(1);
        await page.locator('#group-cpu summary').click();
        await page.getByLabel('cpu.sharePercent', { exact: true }).fill('60');
        await page.getByRole('button', { name: 'Save' }).click();
        await page.getByText('60 % of the time').waitFor();
        expect(world.preferencesText).toContain('sharePercent: 60');
    });
});
