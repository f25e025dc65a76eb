import { assertUsable, shot, widthOf } from '../provider/page/usable';
import { inChromium } from '../provider/page/chromium';
import { CheckWorld } from '../contracts/check-world';
import { SandboxChain } from '../explorer/sandbox-chain';
import { furnish } from '../explorer/world';
import { PRICE, World } from '../provider/world';
import { ServedExplorer } from './explorer-world';

/** What a node may say that a model is called. */
const HOSTILE_NAME = '<img src=x onerror="window.hurt=1">\u202eledom';

describe('The explorer in a browser, over a small real market', () => {
    let world: World;
    let explorer: ServedExplorer;
    beforeAll(async () => {
        world = await World.create({
            operators: [
                { name: 'dear', nanoPerItem: 2n * PRICE },
                { name: 'cheap', nanoPerItem: PRICE },
            ],
        });
        await world.run(await world.job([1, 2, 3]));
        const { chain, deployment, devnet } = world.stage;
        explorer = await ServedExplorer.start({
            chain,
            deployment,
            pollMs: 100,
            publicEndpoint: devnet.endpoint,
        });
        await explorer.caughtUp(1);
    });
    afterAll(async () => {
        await explorer.stop();
        await world.stop();
    });

    inChromium(
        'shows a job that is posted while somebody looks, and its whole life',
        async (use) => {
            const page = await use.page({ width: 1280 });
            const asked = new Set<string>();
            page.on('request', (request) => asked.add(new URL(request.url()).origin));
            await page.goto(explorer.url);
            await page.getByRole('heading', { name: 'Open jobs' }).waitFor();
            await page.waitForTimeout(300);
            expect([...asked]).toEqual([new URL(explorer.url).origin]);
            const jobs = explorer.explorer.status().counts.jobs;
            const ticket = await world.post(await world.job([4]));
            await page
                .locator('.sums dd')
                .nth(1)
                .getByText(String(jobs + 1), { exact: true })
                .waitFor();
            await world.heard('committed', 'cheap').catch(() => undefined);
            await page.goto(`${explorer.url}#/job/${ticket.escrow.toString()}/${ticket.jobId}`);
            await page.getByText('Posted through the Market').waitFor();
            await page.getByText('Results committed').waitFor();
            await shot(page, 'job');
            await assertUsable(page);
        },
    );

    inChromium('checks a job against the chain itself, and notices a lie', async (use) => {
        const page = await use.page({ width: 1280 });
        await page.goto(`${explorer.url}#/jobs?live=false`);
        await page.locator('.line').first().click();
        await page.getByRole('button', { name: 'Verify on chain' }).click();
        await page.getByText('The chain says the same').waitFor();
        await shot(page, 'verified');
        await page.route('**/api/v1/jobs/*/*', async (route) => {
            const response = await route.fetch();
            const job = (await response.json()) as {
                winner: { price: string };
                modelName?: string;
            };
            job.winner.price = '1';
            job.modelName = HOSTILE_NAME;
            await route.fulfill({ response, json: job });
        });
        await page.reload();
        // What a node says is text, whatever it is.
        await page.getByText(HOSTILE_NAME.replace('\u202e', '\ufffd')).waitFor();
        expect(await page.evaluate('typeof window.hurt')).toBe('undefined');
        await page.getByRole('button', { name: 'Verify on chain' }).click();
        await page.getByText('The chain says something else').waitFor();
        await page.getByText('It differs in: winner').waitFor();
    });

    inChromium('shows what a provider has proven, and asks it whether it is up', async (use) => {
        const page = await use.page({ width: 1280 });
        await page.goto(`${explorer.url}#/jobs?live=false`);
        await page.locator('.line').first().click();
        await page.locator('.facts').getByRole('link').nth(1).click();
        await page.getByRole('heading', { name: 'What it has proven' }).waitFor();
        const proven = page.locator('section[aria-labelledby=proven-title] tbody tr');
        expect(await proven.locator('td').nth(1).innerText()).toMatch(/^[3-9]$/);
        expect(await proven.locator('td').nth(2).innerText()).toMatch(/^[\d.]+ sec$/);
        await page.getByRole('button', { name: 'Ask the node now' }).click();
        await page.getByText(/^It answers your browser after [\d.]+ sec, as this stake/).waitFor();
        await shot(page, 'provider');
        await assertUsable(page);
        await page.route('**/health', (route) => route.fulfill({ json: { stake: 'EQ', jobs: 0 } }));
        await page.getByRole('button', { name: 'Ask the node now' }).click();
        await page.getByText('Something answers there, and not as this stake.').waitFor();
        await page.route('**/health', (route) => route.abort());
        await page.getByRole('button', { name: 'Ask the node now' }).click();
        await page.getByText(/^It does not answer your browser/).waitFor();
    });
});

describe('The explorer in a browser, over every kind of life', () => {
    let explorer: ServedExplorer;
    beforeAll(async () => {
        const check = await CheckWorld.create();
        await furnish(check);
        explorer = await ServedExplorer.start({
            chain: new SandboxChain(check.world.chain),
            deployment: check.world.deployment,
            pollMs: 100,
        });
        await explorer.caughtUp(6);
    });
    afterAll(() => explorer.stop());

    for (const dark of [false, true]) {
        const scheme = dark ? 'dark' : 'light';
        inChromium(`is usable on a desk, ${scheme}, on each page`, async (use) => {
            const page = await use.page({ width: 1280, dark });
            for (const place of ['', 'jobs', 'stakes', 'models', 'parameters', 'node']) {
                await page.goto(`${explorer.url}#/${place}`);
                await page.locator('main h2, main .sums').first().waitFor();
                await page.waitForTimeout(300);
                await shot(page, `${place || 'overview'}-${scheme}`);
                await assertUsable(page);
            }
        });
    }

    inChromium(
        'says which class of hardware a provider has proven, and by which job',
        async (use) => {
            const page = await use.page({ width: 1280 });
            await page.goto(`${explorer.url}#/stakes`);
            const row = page.locator('tbody tr', { has: page.locator('[data-hardware]') });
            await row.waitFor();
            expect(await row.locator('[data-hardware]').innerText()).toBe('≥ 1/2');
            await shot(page, 'classes');
            await row.getByRole('link').first().click();
            await page
                .locator('[data-hardware="0.5"]')
                .getByText('worth at least 1/2 reference cores, as 1 client has seen')
                .waitFor();
            await shot(page, 'class');
            await assertUsable(page);
            await page.getByRole('link', { name: 'The probe' }).click();
            await page.getByText('Results committed').waitFor();
            expect(page.url()).toMatch(/\/3$/);
        },
    );

    inChromium('tells a conviction step by step, on a phone', async (use) => {
        const page = await use.page({ width: 360 });
        await page.goto(`${explorer.url}#/jobs?outcome=convicted`);
        await page.locator('.line').first().click();
        await page.getByText('is convicted and loses reserve and locks').waitFor();
        await shot(page, 'conviction-phone');
        expect(await widthOf(page)).toBe(360);
        await assertUsable(page);
        for (const place of ['', 'jobs', 'stakes', 'models', 'parameters', 'node']) {
            await page.goto(`${explorer.url}#/${place}`);
            await page.locator('main h2').first().waitFor();
            await page.waitForTimeout(200);
            expect([place, await widthOf(page)]).toEqual([place, 360]);
            await shot(page, `${place || 'overview'}-phone`);
        }
    });

    inChromium('speaks Russian and Italian, and can be used by keyboard alone', async (use) => {
        const page = await use.page({ width: 1280 });
        await page.goto(explorer.url);
        await page.getByLabel('Language').selectOption('ru');
        await page.getByRole('heading', { name: 'Открытые задания' }).waitFor();
        await shot(page, 'overview-ru');
        await page.getByLabel('Язык').selectOption('it');
        await page.getByRole('heading', { name: 'Lavori aperti' }).waitFor();
        await page.getByRole('link', { name: 'Parametri' }).focus();
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Parametri' }).waitFor();
        expect(await page.evaluate('document.activeElement?.id')).toBe('main');
    });
});
