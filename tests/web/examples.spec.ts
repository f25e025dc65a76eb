import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { recordedVoice, waveOf } from '../examples/recording';
import { VITE } from './build-pages';
import { DappWorld } from './dapp-world';

const ROOT = join(__dirname, '..', '..');
const FRAMES = 8;
const RECORDING = {
    name: 'talk.wav',
    mimeType: 'audio/wav',
    buffer: waveOf(recordedVoice(576 + (FRAMES - 1) * 512)),
};

/** What Telegram gives to a Mini App, as https://core.telegram.org/bots/webapps has it. */
const IN_TELEGRAM = `window.Telegram = { WebApp: {
    themeParams: { bg_color: '#17212b', text_color: '#f5f5f5' },
    ready() { window.told = ['ready']; },
    MainButton: {
        setText(text) { this.text = text; },
        onClick(pressed) { window.pressMain = pressed; },
        show() { window.told.push('show'); },
        showProgress() { window.told.push('progress'); },
        hideProgress() { window.told.push('done'); },
    },
} };`;

describe('The examples for browsers, with a wallet and a real market', () => {
    let world: DappWorld | undefined;
    beforeAll(async () => {
        const options = ['--config', 'examples/apps/vite.config.ts', '--logLevel', 'error'];
        execFileSync(process.execPath, [VITE, 'build', 'examples/apps', ...options], { cwd: ROOT });
        world = await DappWorld.create({ providers: 1, verifiers: 0 });
        if (world === undefined) {
            process.stderr.write('Left out, since there is no Chromium here: the examples.\n');
        }
    });
    afterAll(() => world?.stop());

    async function open(name: string): Promise<Page | undefined> {
        const user = await world?.user();
        if (user === undefined) return undefined;
        await user.page.goto(`${user.url}${name}.html`);
        await user.connect();
        return user.page;
    }

    /** The user says yes in the wallet, and the frames come back judged. */
    async function payAndHear(page: Page): Promise<void> {
        const wallet = page.locator('cocoon-development-wallet');
        await wallet.getByRole('button', { name: 'Approve' }).click();
        await page.getByText(new RegExp(`\\d of ${FRAMES} frames are speech`)).waitFor();
    }

    it('a page without a framework', async () => {
        const page = await open('page');
        if (page === undefined) return;
        await page.getByLabel('A recording').setInputFiles(RECORDING);
        await payAndHear(page);
        expect(await page.locator('#steps li').allInnerTexts()).toContain('committed');
    });

    it('a React component', async () => {
        const page = await open('react');
        if (page === undefined) return;
        await page.getByLabel('A recording').setInputFiles(RECORDING);
        await page.getByText('leave your wallet').waitFor();
        await page.getByRole('button', { name: 'Listen' }).click();
        await payAndHear(page);
    });

    it('a Mini App, outside of Telegram and in it', async () => {
        const page = await open('telegram');
        if (page === undefined) return;
        await page.getByLabel('A recording').setInputFiles(RECORDING);
        await page.getByRole('button', { name: 'Listen' }).click();
        await payAndHear(page);
        // The wallet stays connected; in Telegram its list would open another Mini App.
        await page.addInitScript(IN_TELEGRAM);
        await page.reload();
        await page.locator('[data-wallet]').waitFor();
        await page.getByLabel('A recording').setInputFiles(RECORDING);
        await page.evaluate('pressMain()');
        await payAndHear(page);
        expect(await page.evaluate('told')).toEqual(['ready', 'show', 'progress', 'done']);
    });
});
