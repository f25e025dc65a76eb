import { assertUsable, widthOf } from '../provider/page/usable';
import type { DappUser } from './dapp-user';
import { DappWorld, pictureOf, RECEIPT_TEXT } from './dapp-world';
import { inBrowser } from './in-browser';

/** What a stranger may call a file. */
const HOSTILE_NAME = '<img src=x onerror="window.hurt=1">\u202egnp.png';
const HOSTILE_TEXT = '<script>hurt</script>';

describe('The dApp in a browser', () => {
    let world: DappWorld;
    beforeAll(async () => {
        const created = await DappWorld.create();
        if (created !== undefined) world = created;
    });
    afterAll(() => (world as DappWorld | undefined)?.stop());
    afterEach(() => {
        const complaints = (world as DappWorld | undefined)?.complaints.splice(0) ?? [];
        expect(complaints).toEqual([]);
    });

    inBrowser('reads a receipt for money, proves it, and says how its check ended', async () => {
        const user = await world.user();
        await user.open();
        await user.button('Try a sample').waitFor();
        await user.page.waitForLoadState('networkidle');
        expect(world.foreign).toEqual([]);
        await assertUsable(user.page);
        // By keyboard: past the head of the page, to the sample.
        await user.page.keyboard.press('Tab');
        await user.page.keyboard.press('Enter');
        for (let n = 0; n < 2; n++) await user.page.keyboard.press('Tab');
        const focused = 'document.activeElement.textContent';
        expect(await user.page.evaluate(focused)).toBe('Try a sample');
        await user.page.keyboard.press('Enter');
        for (const line of ['price', 'assurance', 'gas', 'rent', 'total']) {
            const amount = await user.page.locator(`[data-cost=${line}] dd`).innerText();
            expect(amount).toMatch(/^0\.\d+ GRAM$/);
        }
        await assertUsable(user.page);
        await user.connect();
        await user.button('Pay and start').focus();
        await user.page.keyboard.press('Enter');
        await user.answer('Approve');
        await user.page.locator('[data-bids]').waitFor();
        expect(await user.page.evaluate(focused)).toBe('Progress');
        await user.secondOffer();
        await user.pay();
        await user.answer('Approve');
        expect(await user.text()).toBe(RECEIPT_TEXT);
        // Whoever hears the page is told of it, and reads on from there.
        await user.page.getByRole('status').getByText('The picture is read.').waitFor();
        expect(await user.page.evaluate('document.activeElement !== document.body')).toBe(true);
        const over = user.page.locator('svg.overlay');
        expect(await over.locator('text').count()).toBe(20);
        for (const step of ['ocr-detector', 'ocr-recogniser']) {
            const receipt = user.page.locator(`[data-receipt=${step}]`);
            expect(await receipt.innerText()).toMatch(/verified in this browser\.\s+[0-9a-f]{64}/);
            await receipt.locator('[data-check=checkPassed]').waitFor();
        }
        await assertUsable(user.page);
        await user.shot('dapp-desk');
        await user.page.emulateMedia({ colorScheme: 'dark' });
        await assertUsable(user.page);
        await user.shot('dapp-desk-dark');
        await user.page.getByLabel('Text over the picture').uncheck();
        expect(await over.count()).toBe(0);
        await user.page.context().close();
    });

    inBrowser('goes on after a reload, paid or not, and never pays twice', async () => {
        const user = await (await world.user()).open();
        await user.pick({ name: 'words.png', buffer: await pictureOf('HELLO MARKET') });
        await user.connect();
        await user.pay();
        await user.wallet.getByRole('button', { name: 'Approve' }).waitFor();
        await user.page.reload();
        // It is submitted and perhaps paid: that is found out, and then asked.
        await user.button('Go on').click();
        await user.answer('Approve');
        // Looks come once a second, so its award may be seen together with its result.
        await user.begun.waitFor();
        await user.page.reload();
        await user.secondOffer();
        await user.pay();
        await user.answer('Approve');
        expect(await user.text()).toBe('HELLO MARKET');
        expect(await jobsOf(user)).toEqual(['0', '1']);
        await user.page.reload();
        expect(await user.text()).toBe('HELLO MARKET');
        await user.page.context().close();
    });

    inBrowser('on a phone, in the dark, in three languages', async () => {
        const user = await (await world.user({ phone: true, dark: true })).open();
        await user.shot('dapp-phone-start');
        expect(await widthOf(user.page)).toBe(390);
        const photo = user.page.locator('label.file', { hasText: 'Take a photo' });
        expect(await photo.isVisible()).toBe(true);
        expect(await photo.locator('input').getAttribute('capture')).toBe('environment');
        await user.pick({ name: HOSTILE_NAME, buffer: await pictureOf(HOSTILE_TEXT) });
        await user.page.locator('[data-cost=total]').waitFor();
        await assertUsable(user.page);
        await user.shot('dapp-phone-offer');
        await user.connect();
        await user.payForBoth();
        expect(await user.text()).toBe(HOSTILE_TEXT);
        const name = HOSTILE_NAME.replace('\u202e', '\ufffd');
        expect(await user.page.locator('#reading-title').innerText()).toBe(name);
        expect(await user.page.evaluate('typeof window.hurt')).toBe('undefined');
        await assertUsable(user.page);
        await user.shot('dapp-phone');
        for (const [language, title] of [
            ['ru', 'Квитанция'],
            ['it', 'Ricevuta'],
        ] as const) {
            await user.page.locator('select.language').selectOption(language);
            await user.page.getByRole('heading', { name: title }).waitFor();
            expect(await user.page.locator('html').getAttribute('lang')).toBe(language);
            expect(await widthOf(user.page)).toBe(390);
            await assertUsable(user.page);
        }
        await user.shot('dapp-phone-it');
        await user.page.context().close();
    });
});

/** Numbers of the jobs in the receipts. */
async function jobsOf({ page }: DappUser): Promise<(string | undefined)[]> {
    const numbers = await page.locator('[data-receipt] dl > div:first-child dd').allInnerTexts();
    return numbers.map((text) => text.split(/\s/)[0]);
}
