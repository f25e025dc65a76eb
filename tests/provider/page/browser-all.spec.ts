import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../world';
import { buildPage, inChromium, type Look } from './chromium';
import { CRASHING, PageWorld } from './page-world';
import { assertUsable, openPage, shot, widthOf } from './usable';

describe('The owner’s page in a browser, all of it', () => {
    let files: string;
    let world: PageWorld;
    beforeAll(() => {
        files = mkdtempSync(join(tmpdir(), 'cocoon-page-files-'));
        buildPage(files);
    });
    afterAll(() => rmSync(files, { recursive: true }));
    beforeEach(async () => (world = (await PageWorld.create(files)).furnish()));
    afterEach(() => world.stop());

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
                await openPage(page, world);
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

    inChromium(
        'changes by itself: state, progress, log, also after the node was away',
        async (use) => {
            const page = await use.page({ width: 360, timezone: 'Asia/Tokyo' });
            await openPage(page, world);
            const loads = await page.evaluate<number>('performance.timeOrigin');
            const progress = page.getByRole('progressbar', { name: 'Finished items' });
            expect(await progress.getAttribute('value')).toBe('80');
            await page.getByText('due in').first().waitFor();
            // Who has something open, or is about to press it, is not disturbed.
            const first = page.locator('.jobs summary').first();
            await first.click();
            await page.locator('.jobs .steps li').first().waitFor();
            writeFileSync(world.preferencesPath, 'idle: { only: true }\n');
            world.seen = { ...world.seen, deskIdleMs: 0 };
            const change = page.getByRole('button', { name: 'Change idle.only' });
            await change.focus();
            const said = page.locator('#news');
            const before = await said.textContent();
            const sentence = page.locator('#now .reasons strong');
            const counted = await sentence.textContent();
            world.seen = { ...world.seen, deskIdleMs: 60_000 };
            await until(async () => (await sentence.textContent()) !== counted);
            expect(await said.textContent()).toBe(before);
            expect(await page.evaluate('document.activeElement.textContent')).toBe(
                'Change idle.only',
            );
            world.jobs = world.jobs.map((job) => ({ ...job, finished: 150 }));
            await page.getByText('150 of 200 items').waitFor();
            world.reasons = [{ code: 'chain-unreachable', detail: 'The chain cannot be reached.' }];
            await page.locator('#news', { hasText: 'The chain cannot be reached.' }).waitFor();
            world.log.say('Something new.');
            await page.locator('#logs').getByText('Something new.').waitFor();
            world.note(500, 0, { outcome: 'passed', modelName: 'Newest', why: { code: 'sealed' } });
            await page.locator('#jobs').getByText('Newest').waitFor();
            await page.locator('#losses').getByText('1 job have sealed inputs').waitFor();
            expect(await page.locator('.jobs details[open] .steps li').count()).toBeGreaterThan(0);
            // Times are the reader's.
            const at = new Date(Date.now() + 9 * 86_400_000);
            const there = at.toLocaleDateString('en-GB', {
                timeZone: 'Asia/Tokyo',
                dateStyle: 'medium',
            });
            await page.locator('#stake').getByText(there).waitFor();
            await world.server.close();
            await page.getByText('The node does not answer.').waitFor();
            world.log.say('While nobody heard.');
            await world.listen();
            await page.locator('#logs').getByText('While nobody heard.').waitFor();
            expect(await page.locator('#connection').isVisible()).toBe(false);
            expect(await page.evaluate('performance.timeOrigin')).toBe(loads);
        },
    );

    inChromium('changes preferences, with faults at their fields', async (use) => {
        const page = await use.page({ width: 360 });
        await openPage(page, world);
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
        await openPage(page, world);
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
