import { assertUsable } from '../provider/page/usable';
import { DappWorld, pictureOf } from './dapp-world';
import { inBrowser } from './in-browser';
import { blind } from './odd-nodes';

describe('The dApp and a node that cheats', () => {
    let world: DappWorld;
    beforeAll(async () => {
        const created = await DappWorld.create({
            ...{ providers: 1, verifiers: 7 },
            // Seven nodes on a few cores need longer for each step, and nobody here appeals.
            verification: {
                ...{ claimWindow: 6, sealWindow: 60, revealWindow: 40, appealWindow: 8 },
                ...{ juryClaimWindow: 12, jurySealWindow: 60, juryRevealWindow: 40 },
            },
        });
        if (created !== undefined) world = created;
    });
    afterAll(() => (world as DappWorld | undefined)?.stop());
    afterEach(() => {
        const complaints = (world as DappWorld | undefined)?.complaints.splice(0) ?? [];
        expect(complaints).toEqual([]);
    });

    inBrowser(
        'says that its text is wrong once a check has found it, and reads it again',
        async () => {
            const cheat = await world.stage.addOperator({
                name: 'Magpie',
                pricing: { kind: 'per-core-hour', nano: 20_000_000n, perJob: 4_000_000n },
                wrapRuntime: blind,
            });
            // The first bid under the take price wins; so for now it is the only one.
            await world.stage.operators[0]?.provider.stop();
            const user = await (await world.user()).open();
            await user.pick({ name: 'words.png', buffer: await pictureOf('NOT A BLANK') });
            await user.connect();
            await user.pay();
            await user.answer('Approve');
            // What a blind node says is proved to be what it committed to, and accepted.
            await user.page.getByText('There is no text in this picture.').waitFor();
            const receipt = user.page.locator('[data-receipt=ocr-detector]');
            await receipt.locator('[data-check=checkGoing]').waitFor();
            const alarm = user.page.getByRole('alert');
            await alarm.getByText('Do not use this text.').waitFor({ timeout: 240_000 });
            await receipt.locator('[data-check=checkBad]').waitFor();
            await assertUsable(user.page);
            await user.shot('dapp-cheat');
            expect((await cheat.stake.getStanding()).convicted).toBe(true);

            // Anybody can see how that came.
            const popup = user.page.waitForEvent('popup');
            await receipt.getByRole('link', { name: 'See all of it in the explorer' }).click();
            const explorer = await popup;
            await explorer.getByText('is convicted and loses reserve and locks').waitFor();
            await explorer.close();

            // What the wrong one cost is back, and its node takes no more jobs.
            await world.stage.addOperator({
                name: 'Honest',
                pricing: { kind: 'per-core-hour', nano: 20_000_000n, perJob: 5_000_000n },
            });
            await user.button('Read it again').click();
            const failed = user.page.locator('[data-outcome=convicted]');
            expect(await failed.innerText()).toMatch(/0\.\d+ GRAM came back/);
            await user.payForBoth();
            expect(await user.text()).toBe('NOT A BLANK');
            await user.page.context().close();
        },
        400_000,
    );
});
