import { assertUsable } from '../provider/page/usable';
import { until } from '../provider/world';
import { DappWorld, pictureOf } from './dapp-world';
import { inBrowser } from './in-browser';
import { silent } from './odd-nodes';

describe('The dApp when something goes wrong', () => {
    let world: DappWorld;
    /** What happened to the node that is there last. */
    const heard: string[] = [];
    beforeAll(async () => {
        const created = await DappWorld.create({ providers: 1, verifiers: 1 });
        if (created !== undefined) world = created;
    });
    afterAll(() => (world as DappWorld | undefined)?.stop());
    afterEach(() => {
        const complaints = (world as DappWorld | undefined)?.complaints.splice(0) ?? [];
        expect(complaints).toEqual([]);
    });

    inBrowser('says what it means that the wallet said no, is another, or elsewhere', async () => {
        const user = await (await world.user()).open();
        await user.pick({ name: 'words.png', buffer: await pictureOf('SOME WORDS') });
        await user.connect(false);
        await user.page.locator('[data-tc-icon-button]').first().click();
        await user.connect();
        await user.pay();
        await user.answer('Decline');
        await user.page.getByText('You declined in the wallet. Nothing was paid.').waitFor();

        // More than the wallet has is not asked for, and what was not sent can be changed.
        await user.page.getByText('Change the highest price').click();
        await user.page.getByLabel('Highest price').fill('50');
        await user.page
            .locator('[data-cost=total]')
            .getByText(/[1-9]\d+\.\d+ GRAM/)
            .waitFor();
        await user.pay();
        const alarm = user.page.getByRole('alert');
        await alarm.getByText(/^The wallet has 10 GRAM, and 1\d\d\.\d+ GRAM are needed/).waitFor();
        for (const [language, words] of [
            ['ru', /^В кошельке 10 GRAM, а нужно 1\d\d,\d+ GRAM\..* Пополните его/],
            ['it', /^Il portafoglio ha 10 GRAM, e ne servono 1\d\d,\d+ GRAM\..* Aggiungi/],
            ['en', /Send GRAM to it, or lower the highest price\.$/],
        ] as const) {
            await user.page.locator('select.language').selectOption(language);
            await alarm.getByText(words).waitFor();
        }
        await assertUsable(user.page);
        await user.shot('dapp-too-little');

        // The wallet is switched while the picture is on its way to the nodes.
        let release: () => void = () => undefined;
        const held = new Promise<void>((resolve) => (release = resolve));
        await user.page.route('**/blobs/*', async (route) => {
            await held;
            await route.continue();
        });
        await user.pay();
        const first = await user.page.locator('[data-wallet]').getAttribute('data-wallet');
        await user.use({ account: '1' });
        await user.page.locator('[data-wallet]').waitFor({ state: 'detached' });
        release();
        await user.page.getByText('Another wallet is connected than the one').waitFor();
        await user.page.unroute('**/blobs/*');
        await user.connect();
        const second = await user.page.locator('[data-wallet]').getAttribute('data-wallet');
        expect(second).not.toBe(first);

        // On another network TON Connect itself refuses the wallet, which was told the network.
        await user.use({ network: '-239' });
        await user.page.locator('[data-wallet]').waitFor({ state: 'detached' });
        await user.button('Connect wallet').click();
        await user.page.locator('#tc-widget-root').getByText('Dev wallet').first().click();
        await user.wallet.getByRole('button', { name: 'Connect', exact: true }).click();
        await user.page.getByText('Your wallet is on another network').waitFor();
        await user.shot('dapp-network');
        expect(await user.page.locator('[data-wallet]').count()).toBe(0);
        await user.page.context().close();
    });

    inBrowser('two tabs of one wallet post one after another, and never the same', async () => {
        const left = await (await world.user()).open();
        await left.pick({ name: 'left.png', buffer: await pictureOf('LEFT TAB') });
        await left.connect();
        const right = await left.tab();
        await right.page.getByText('This picture is open in another tab').waitFor();
        await right.button('New picture').click();
        await right.pick({ name: 'right.png', buffer: await pictureOf('RIGHT TAB') });

        await left.pay();
        await left.wallet.getByRole('button', { name: 'Approve' }).waitFor();
        await right.pay();
        await right.page.getByText('Waiting for the payment in another tab').waitFor();
        await left.answer('Approve');
        await right.answer('Approve');
        await Promise.all([left.secondOffer(), right.secondOffer()]);
        await right.pay();
        await right.answer('Approve');
        expect(await right.text()).toBe('RIGHT TAB');

        // The other tab is closed while its job is on its way; this one takes over. However fast
        // the nodes are, it is still on its way, since the result does not reach the other tab.
        await left.page.route('**/blobs/*', async (route) => {
            if (route.request().method() !== 'GET') await route.continue();
        });
        await left.pay();
        await left.answer('Approve');
        await left.begun.waitFor();
        await right.page.getByRole('button', { name: 'Open: left.png' }).click();
        await right.page.getByText('This picture is open in another tab').waitFor();
        await left.page.close();
        expect(await right.text()).toBe('LEFT TAB');
        await right.page.context().close();
    });

    inBrowser(
        'a node that won and is gone: the money is back, and the next one reads',
        async () => {
            const user = await (await world.user()).open();
            await user.pick({ name: 'gone.png', buffer: await pictureOf('COME BACK') });
            await user.connect();
            const { provider } = await world.stage.addOperator({
                name: 'Gone',
                pricing: { kind: 'per-core-hour', nano: 20_000_000n, perJob: 4_000_000n },
                wrapRuntime: silent,
            });
            await world.stage.operators[0]?.provider.stop();
            await user.pay();
            await user.answer('Approve');
            await user.page.getByText('won for').waitFor();
            await provider.stop();
            await world.stage.addOperator({
                name: 'Next',
                pricing: { kind: 'per-core-hour', nano: 20_000_000n, perJob: 5_000_000n },
                node: { onEvent: ({ kind }) => void heard.push(kind) },
            });
            await world.stage.devnet.advanceTime(601);
            const failed = user.page.locator('[data-outcome=not-committed]');
            await failed.waitFor();
            expect(await failed.innerText()).toMatch(
                /did not deliver in time.*0\.\d+ GRAM came back/s,
            );
            await user.page.getByText('Your money is back. You can try again.').waitFor();
            await user.shot('dapp-refund');
            await user.payForBoth();
            expect(await user.text()).toBe('COME BACK');
            await user.page.context().close();
        },
    );

    inBrowser('nobody bids: the money is back, and nodes say why', async () => {
        const user = await (await world.user()).open();
        await user.pick({ name: 'cheap.png', buffer: await pictureOf('TOO CHEAP') });
        await user.connect();
        await user.page.getByText('Change the highest price').click();
        await user.page.getByLabel('Highest price').fill('0.001');
        heard.splice(0);
        await user.pay();
        await user.answer('Approve');
        await user.page.getByText('No bid yet.').waitFor();
        // Once it is known what the node asks for.
        await until(() => heard.includes('passed'));
        await world.stage.devnet.advanceTime(31);
        const failed = user.page.locator('[data-outcome=no-bid]');
        await failed.waitFor();
        expect(await failed.innerText()).toMatch(/nobody bid for it in time.*GRAM came back/s);
        expect(await failed.innerText()).toMatch(/1 node asks 0\.\d+ GRAM or more for it\./);
        await user.page.getByText('Raise the highest price, or try again later.').waitFor();
        await assertUsable(user.page);
        await user.shot('dapp-no-bid');
        await user.page.context().close();
    });
});
