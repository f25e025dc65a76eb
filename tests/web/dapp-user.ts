import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';

/** Where to put pictures of the pages for people; none unless set. */
const SHOTS = process.env['PAGE_SHOTS'];

/** What a person does on the page and in the wallet. */
export class DappUser {
    constructor(
        readonly page: Page,
        readonly url: string,
    ) {}

    async open(): Promise<this> {
        await this.page.goto(this.url);
        await this.page.locator('header').waitFor();
        return this;
    }

    /** The same person in one more tab. */
    async tab(): Promise<DappUser> {
        return new DappUser(await this.page.context().newPage(), this.url).open();
    }

    button(name: string): Locator {
        return this.page.getByRole('button', { name, exact: true });
    }

    get wallet(): Locator {
        return this.page.locator('cocoon-development-wallet');
    }

    async pick(file: string | { readonly name: string; readonly buffer: Buffer }): Promise<void> {
        const given = typeof file === 'string' ? file : { ...file, mimeType: 'image/png' };
        await this.page.locator('input[type=file]').first().setInputFiles(given);
        await this.page.locator('article.reading').waitFor();
    }

    /** Chooses the development wallet in TON Connect's own list, and agrees. */
    async connect(agree = true): Promise<void> {
        await this.button('Connect wallet').click();
        const listed = this.page.locator('#tc-widget-root').getByText('Dev wallet').first();
        const asked = this.wallet.getByRole('heading', { name: 'Connect this wallet?' });
        await listed.or(asked).first().waitFor();
        // On a phone the browser is the wallet's own, and there is no list.
        if (!(await asked.isVisible())) await listed.click();
        await this.wallet.getByRole('button', { name: agree ? 'Connect' : 'Decline' }).click();
        if (agree) await this.page.locator('[data-wallet]').waitFor();
    }

    async pay(): Promise<void> {
        await this.button('Pay and start').click();
    }

    /** Says yes or no in the wallet. */
    async answer(name: 'Approve' | 'Decline'): Promise<void> {
        await this.wallet.getByRole('button', { name }).click();
    }

    /** Both steps, to the text. */
    async payForBoth(): Promise<void> {
        await this.pay();
        await this.answer('Approve');
        await this.secondOffer();
        await this.pay();
        await this.answer('Approve');
    }

    /** There once bids are told of, or when the step ended before anybody looked. */
    get begun(): Locator {
        const bids = this.page.locator('[data-bids]:not([data-bids="0"])');
        return bids.or(this.#secondOffer).or(this.#text).first();
    }

    async secondOffer(): Promise<void> {
        await this.#secondOffer.waitFor();
    }

    async text(): Promise<string> {
        return this.#text.innerText();
    }

    /** Uses another account or network of the wallet. */
    async use(choice: { readonly account?: string; readonly network?: string }): Promise<void> {
        const { account, network } = choice;
        const details = this.wallet.locator('details');
        if ((await details.getAttribute('open')) === null) {
            await this.wallet.getByText('Development wallet').click();
        }
        if (account !== undefined) await this.wallet.getByLabel('Account').selectOption(account);
        if (network !== undefined) await this.wallet.getByLabel('Network').selectOption(network);
        await this.wallet.getByText('Development wallet').click();
    }

    get #text(): Locator {
        return this.page.locator('pre.text');
    }

    get #secondOffer(): Locator {
        return this.page.getByText('What step 2 costs');
    }

    async shot(name: string): Promise<void> {
        if (SHOTS === undefined) return;
        await this.page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    }
}
