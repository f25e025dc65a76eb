import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toNano } from '@ton/core';
import type { Page } from 'playwright-core';
import { until } from '../world';
import { buildPage, inChromium, type Look } from './chromium';
import { CRASHING, ESCROW, HOSTILE, PageWorld } from './page-world';

/** Where to put pictures of the page for people; none unless set. */
const SHOTS = process.env['PAGE_SHOTS'];
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

describe('The owner’s page in a browser', () => {
    let files: string;
    let world: PageWorld;
    beforeAll(() => {
        files = mkdtempSync(join(tmpdir(), 'cocoon-page-files-'));
        buildPage(files);
    });
    afterAll(() => rmSync(files, { recursive: true }));
    beforeEach(async () => {
        world = await PageWorld.create(files);
        world.fill();
        world.quarantine();
        world.jobs = [
            {
                ...{ escrow: ESCROW.toString(), jobId: 42, phase: 'working', model: HOSTILE },
                ...{ items: 200, finished: 80, price: toNano('0.12') },
                dueAt: Math.floor(Date.now() / 1000) + 400,
            },
        ];
        world.log.say('Job AwMDAw/42: won for 0.12 GRAM.');
        world.logger.warn({ failures: 2 }, `the endpoint failed ${HOSTILE}`);
    });
    afterEach(() => world.stop());

    const shot = async (page: Page, name: string, fullPage = true) => {
        if (SHOTS === undefined) return;
        await page.evaluate(() => globalThis.scrollTo(0, 0));
        await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
    };
    const ready = async (page: Page) => {
        await page.goto(world.link);
        await page.locator('.jobs .tag').first().waitFor();
        await page.locator('figure svg').waitFor();
        await page.locator('.log li').first().waitFor();
    };
    /** No finding that keeps anybody from using the page. */
    const assertUsable = async (page: Page) => {
        // As a debugger would: the policy of the page lets no other script in.
        const findings = await page.evaluate(`(() => { ${AXE} })(), axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
        }).then(({ violations, passes }) => ({
            passes: passes.length,
            violations: violations.map(({ id, impact, nodes }) =>
                [id, impact, nodes.slice(0, 3).map(({ html }) => html)]),
        }))`);
        const { passes, violations } = findings as { passes: number; violations: unknown[] };
        expect(violations).toEqual([]);
        expect(passes).toBeGreaterThan(20);
    };
    const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

    const LOOKS: readonly (readonly [string, Look])[] = [
        ['phone-light', { width: 360, height: 740 }],
        ['phone-dark', { width: 360, height: 740, dark: true }],
        ['desktop-light', { width: 1280, height: 900 }],
        ['desktop-dark', { width: 1280, height: 900, dark: true }],
    ];
    inChromium(
        'fits a phone and a desk, by day and by night, and everybody can use it',
        async (use) => {
            for (const [name, look] of LOOKS) {
                const page = await use.page(look);
                await ready(page);
                expect(await widthOf(page)).toBe(look.width);
                await shot(page, name);
                await shot(page, `${name}-top`, false);
                for (const summary of await page.locator('#preferences summary').all()) {
                    await summary.click();
                }
                await page.locator('#earnings summary').click();
                await page.locator('#earnings table').waitFor();
                await page.locator('.jobs summary').first().click();
                await page.locator('.jobs .steps li').first().waitFor();
                expect(await widthOf(page)).toBe(look.width);
                await shot(page, `${name}-open`);
                await assertUsable(page);
                await page.context().close();
            }
        },
    );

    inChromium(
        'asks for the link, takes it out of the address, and keeps strangers out',
        async (use) => {
            const page = await use.page({ width: 360 });
            await page.goto(world.url);
            await page.getByRole('heading', { name: 'Open your page' }).waitFor();
            await assertUsable(page);
            await shot(page, 'login');
            expect(await page.locator('#sections').isVisible()).toBe(false);
            await page.getByLabel('Link or token').fill('not the token of this node at all');
            await page.getByRole('button', { name: 'Open' }).click();
            await page.getByText('This is not the token of this node').waitFor();
            await page.getByLabel('Link or token').fill(world.link);
            await page.getByRole('button', { name: 'Open' }).click();
            await page.locator('.jobs .tag').first().waitFor();
            // The next time the session is enough, also in a page of its own.
            const other = await page.context().newPage();
            await other.goto(`${world.url}/#token=${world.token}`);
            await other.locator('.jobs .tag').first().waitFor();
            expect(other.url()).toBe(`${world.url}/`);
            await other.goto(world.url);
            await other.locator('.jobs .tag').first().waitFor();
            await other.getByRole('button', { name: 'Close this page’s session' }).click();
            await other.getByRole('heading', { name: 'Open your page' }).waitFor();
        },
    );

    inChromium('shows names of strangers as text', async (use) => {
        const page = await use.page({ width: 1280 });
        await ready(page);
        const shown = HOSTILE.replace('\u202e', '\ufffd');
        for (const section of ['work', 'jobs', 'models']) {
            await page.locator(`#${section}`).getByText(shown).first().waitFor();
        }
        await page.getByLabel('Show').selectOption('all');
        await page.locator('#logs').getByText(shown).waitFor();
        expect(
            await page.evaluate('[window.hurt, document.querySelector("main img, main script")]'),
        ).toEqual([undefined, null]);
    });

    inChromium(
        'changes by itself: state, progress, log, also after the node was away',
        async (use) => {
            const page = await use.page({ width: 360, timezone: 'Asia/Tokyo' });
            await ready(page);
            const loads = await page.evaluate<number>('performance.timeOrigin');
            const progress = page.getByRole('progressbar', { name: 'Finished items' });
            expect(await progress.getAttribute('value')).toBe('80');
            await page.getByText('due in').first().waitFor();
            world.jobs = world.jobs.map((job) => ({ ...job, finished: 150 }));
            await page.getByText('150 of 200 items').waitFor();
            world.reasons = [{ code: 'chain-unreachable', detail: 'The chain cannot be reached.' }];
            await page.locator('#news', { hasText: 'The chain cannot be reached.' }).waitFor();
            world.log.say('Something new.');
            await page.locator('#logs').getByText('Something new.').waitFor();
            world.note(500, 0, { outcome: 'passed', modelName: 'Newest', why: { code: 'sealed' } });
            await page.locator('#jobs').getByText('Newest').waitFor();
            await page.locator('#losses').getByText('1 job have sealed inputs').waitFor();
            // Times are the reader's.
            const at = new Date(Date.now() + 9 * 86_400_000);
            const there = at.toLocaleDateString('en-GB', {
                timeZone: 'Asia/Tokyo',
                dateStyle: 'medium',
            });
            await page.locator('#stake').getByText(there).waitFor();
            expect(await page.evaluate('performance.timeOrigin')).toBe(loads);
        },
    );

    inChromium('changes preferences, with faults at their fields', async (use) => {
        const page = await use.page({ width: 360 });
        await ready(page);
        world.jobs = [];
        await page.getByText('Battery', { exact: true }).click();
        await page.getByText('Processor', { exact: true }).click();
        const share = page.getByLabel('cpu.sharePercent', { exact: true });
        await share.fill('200');
        await page.getByLabel('battery.minPercent', { exact: true }).fill('80');
        await page.getByLabel('battery.use', { exact: true }).press('Space');
        await page.getByRole('button', { name: 'Save' }).click();
        await page.getByText('cpu.sharePercent cannot be "200"').first().waitFor();
        expect(await share.getAttribute('aria-invalid')).toBe('true');
        expect(await page.evaluate('document.activeElement.id')).toBe(
            'preference-cpu.sharePercent',
        );
        await assertUsable(page);
        await shot(page, 'fault');
        expect(world.preferencesText).toBe('');
        await share.fill('60');
        await page.getByRole('button', { name: 'Save' }).click();
        await page.getByText('Saved.').waitFor();
        expect(world.preferencesText).toMatch(
            /cpu:\n {2}sharePercent: 60\nbattery:\n {2}use: true\n {2}minPercent: 80\n/,
        );
        // What the change does comes by the stream.
        await page.getByText('60 % of the time').waitFor();
        world.seen = { ...world.seen, battery: { onBattery: true, percent: 70 } };
        await page.getByText('The battery holds 70 %').first().waitFor();
        await page.getByRole('button', { name: 'Change battery.minPercent' }).click();
        expect(await page.evaluate('document.activeElement.id')).toBe(
            'preference-battery.minPercent',
        );
        await page.getByRole('button', { name: 'battery.minPercent as usual' }).click();
        await page.getByRole('button', { name: 'Save' }).click();
        await page.locator('#now').getByText('The battery holds').waitFor({ state: 'detached' });
        // A change from elsewhere is not overwritten unseen.
        await share.fill('50');
        writeFileSync(world.preferencesPath, 'cpu: { sharePercent: 70 }\n');
        await page.getByRole('button', { name: 'Save' }).click();
        await page.getByText('changed elsewhere meanwhile').waitFor();
        await page.getByRole('button', { name: 'Undo' }).click();
        await until(async () => (await share.inputValue()) === '70');
    });

    inChromium('takes a model back, keeps the books, suggests prices', async (use) => {
        const page = await use.page({ width: 1280 });
        await ready(page);
        await page.getByText(CRASHING).waitFor();
        await page.getByRole('button', { name: 'Work for it again' }).click();
        await page.getByText('None: no model keeps crashing here.').waitFor();
        expect(world.state.quarantine.all()).toEqual([]);
        await page.locator('#earnings summary').click();
        await page.getByLabel('Add up by').selectOption('model');
        await page.locator('#earnings tbody tr', { hasText: 'MobileNet v2' }).waitFor();
        const [file] = await Promise.all([
            page.waitForEvent('download'),
            page.getByRole('button', { name: 'Save as CSV' }).click(),
        ]);
        expect(file.suggestedFilename()).toBe('cocoon-earnings-by-model.csv');
        expect(readFileSync(await file.path(), 'utf8')).toContain('MobileNet v2,');
        await page.getByRole('button', { name: 'Suggest prices' }).click();
        await page.getByText('your price would have won').first().waitFor();
        const jobs = page.locator('.jobs > li');
        const before = await jobs.count();
        await page.getByRole('button', { name: 'Older jobs' }).click();
        await until(async () => (await jobs.count()) > before);
    });
});
