import { toNano } from '@ton/core';
import { checkFee } from '../../wrappers';
import { closingOf, createScene, exitOf, jobOf, listingsOf, type Scene } from './escrow-scenes';
import { GENEROUS } from './world';

const PRICE = toNano('0.5');

describe.each(['current', 'sandbox'] as const)(
    'What a client asks of its Escrow, %s fees',
    (fees) => {
        let scene: Scene;

        beforeAll(async () => {
            scene = await createScene({ fees }, ({ world, client }) => world.post(client));
        });
        beforeEach(() => scene.restore());
        afterEach(() => scene.audit());

        const exit = (result: Parameters<typeof exitOf>[0]) =>
            exitOf(result, scene.client.escrow.address);

        function bid(jobId = 0) {
            return scene.world.bid(scene.providers[0], scene.client, { jobId, price: PRICE });
        }

        describe('Cancel', () => {
            function cancel(value = GENEROUS, jobId = 0, from = scene.client.wallet) {
                return scene.client.escrow.sendCancel(from.getSender(), value, jobId);
            }

            it('refunds an unsold job with what came along, less gas', async () => {
                const { held } = await jobOf(scene.world, scene.client);
                const before = await scene.world.balance(scene.client.wallet.address);
                const closing = closingOf(await cancel(), scene.client);
                expect(closing).toMatchObject({ outcome: 'cancelled', paid: 0n, draw: 0n });
                const gained = (await scene.world.balance(scene.client.wallet.address)) - before;
                expect(gained).toBeGreaterThan(held - toNano('0.015'));
                expect((await scene.client.escrow.getEscrow()).open).toBe(0n);
            });

            it('refunds a job with a standing bid, whose lock is free', async () => {
                await bid();
                expect((await scene.providers[0].stake.getStake()).locked).toBe(PRICE);
                expect(closingOf(await cancel(), scene.client).outcome).toBe('cancelled');
                expect((await scene.providers[0].stake.getStake()).locked).toBe(0n);
            });

            it('refunds an unsold job after its window too', async () => {
                scene.world.wait(1000);
                expect(closingOf(await cancel(), scene.client).outcome).toBe('cancelled');
            });

            it('is too late from the second in which the job is assigned', async () => {
                await bid();
                scene.world.wait(1);
                const start = scene.world.chain.snapshot();
                expect(closingOf(await cancel(), scene.client).outcome).toBe('cancelled');
                await scene.world.chain.loadFrom(start);
                scene.world.wait(1);
                expect(exit(await cancel())).toBe(343);
                await scene.world.commit(scene.providers[0], scene.client);
                expect(exit(await cancel())).toBe(341);
            });

            it('is the client’s alone, once, for a job that is there', async () => {
                const stranger = await scene.world.chain.treasury('stranger');
                for (const from of [stranger, scene.world.owner, scene.providers[0].operator]) {
                    expect(exit(await cancel(GENEROUS, 0, from))).toBe(301);
                }
                expect(exit(await cancel(GENEROUS, 1))).toBe(340);
                await cancel();
                expect(exit(await cancel())).toBe(340);
            });

            it('brings its gas to the nano', async () => {
                const { close } = await scene.world.market.getCosts();
                await bid();
                expect(exit(await cancel(close - 1n))).toBe(305);
                expect(exit(await cancel(close))).toBe(0);
            });
        });

        describe('RaiseCeiling', () => {
            const ceiling = toNano('1.5');

            function raise(
                options: {
                    value?: bigint;
                    ceiling?: bigint;
                    assurance?: bigint;
                    jobId?: number;
                    from?: Scene['client']['wallet'];
                } = {},
            ) {
                const raised = {
                    jobId: options.jobId ?? 0,
                    ceiling: options.ceiling ?? ceiling,
                    assurance: options.assurance ?? missingAssurance(),
                };
                const via = (options.from ?? scene.client.wallet).getSender();
                return scene.client.escrow.sendRaiseCeiling(
                    via,
                    options.value ?? GENEROUS * 2n,
                    raised,
                );
            }

            function missingAssurance(): bigint {
                const { parameters } = scene.world;
                return checkFee(parameters, ceiling, 1) - checkFee(parameters, toNano('1'), 1);
            }

            it('lists the job anew with a whole window, before and after the old one has ended', async () => {
                for (const seconds of [1, 100]) {
                    await scene.restore();
                    scene.world.wait(seconds);
                    const { held } = await jobOf(scene.world, scene.client);
                    const result = await raise();
                    const job = await jobOf(scene.world, scene.client);
                    expect(job).toMatchObject({
                        state: 'bidding',
                        biddingEnd: scene.world.now + 2,
                        ceiling,
                        held: held + toNano('0.5') + missingAssurance(),
                    });
                    expect(listingsOf(scene.world, result)).toMatchObject([
                        { stage: 'bids', jobId: 0, amount: ceiling },
                    ]);
                    await bid();
                    expect(await jobOf(scene.world, scene.client)).toMatchObject({
                        bid: { price: PRICE },
                    });
                }
            });

            it('is refused once a bid stands, whatever the time', async () => {
                await bid();
                expect(exit(await raise())).toBe(353);
                scene.world.wait(2);
                expect(exit(await raise())).toBe(353);
                await scene.world.commit(scene.providers[0], scene.client);
                expect(exit(await raise())).toBe(353);
            });

            it('raises', async () => {
                expect(exit(await raise({ ceiling: toNano('1'), assurance: GENEROUS }))).toBe(352);
                expect(exit(await raise({ ceiling: 0n, assurance: GENEROUS }))).toBe(352);
            });

            it('prepays the check of the new ceiling to the nano', async () => {
                expect(exit(await raise({ assurance: missingAssurance() - 1n }))).toBe(326);
                expect(exit(await raise())).toBe(0);
            });

            it('brings all it names, and its gas, to the nano', async () => {
                // Without surplus, so that only the value can pay.
                const view = await scene.client.escrow.getEscrow();
                const balance = await scene.world.balance(scene.client.escrow.address);
                const surplus = balance - view.held - view.owed - view.rent;
                const { raise: gas } = await scene.world.market.getCosts();
                const least = toNano('0.5') + missingAssurance() + gas - surplus;
                expect(exit(await raise({ value: least - 1n }))).toBe(305);
                const bounced = await scene.world.balance(scene.client.escrow.address);
                expect(exit(await raise({ value: least + balance - bounced }))).toBe(0);
            });

            it('is the client’s alone, for a job that is there', async () => {
                const stranger = await scene.world.chain.treasury('stranger');
                expect(exit(await raise({ from: stranger }))).toBe(301);
                expect(exit(await raise({ jobId: 1 }))).toBe(340);
            });

            it('cannot name more than there is', async () => {
                expect(exit(await raise({ ceiling: 1n << 63n, assurance: 1n << 63n }))).not.toBe(0);
                expect((await jobOf(scene.world, scene.client)).state).toBe('bidding');
            });
        });

        describe('WithdrawSurplus', () => {
            function withdraw(value = GENEROUS, from = scene.client.wallet) {
                return scene.client.escrow.sendWithdrawSurplus(from.getSender(), value);
            }

            it('leaves exactly what jobs hold, fees owed and rent while a job is open', async () => {
                await scene.world.post(scene.client, { jobId: 1 });
                await bid();
                scene.world.wait(2);
                await scene.world.commit(scene.providers[0], scene.client);
                await scene.world.accept(scene.client);
                await scene.client.wallet.send({
                    to: scene.client.escrow.address,
                    value: toNano('5'),
                });
                const before = await scene.world.balance(scene.client.wallet.address);
                await withdraw();
                const view = await scene.client.escrow.getEscrow();
                expect(view).toMatchObject({ open: 1n, owed: PRICE / 100n, surplus: 0n });
                expect(await scene.world.balance(scene.client.escrow.address)).toBe(
                    view.held + view.owed + view.rent,
                );
                const gained = (await scene.world.balance(scene.client.wallet.address)) - before;
                expect(gained).toBeGreaterThan(toNano('4.98'));
            });

            it('takes the rent along when no job is open, and leaves what the Market is owed', async () => {
                await bid();
                scene.world.wait(2);
                await scene.world.commit(scene.providers[0], scene.client);
                await scene.world.accept(scene.client);
                await withdraw();
                expect(await scene.world.balance(scene.client.escrow.address)).toBe(PRICE / 100n);
                await scene.world.post(scene.client, { jobId: 1 });
                expect((await scene.client.escrow.getEscrow()).open).toBe(1n);
            });

            it('is the client’s alone', async () => {
                const stranger = await scene.world.chain.treasury('stranger');
                expect(exit(await withdraw(GENEROUS, stranger))).toBe(301);
            });

            it('is refused while it would not pay its own way', async () => {
                await withdraw(); // From here on there is no surplus.
                const own = toNano('0.1');
                const first = await withdraw(own);
                expect(exit(first)).toBe(0);
                const least = await leastTaken();
                expect(exit(await withdraw(least - 1n))).toBe(305);
                await withdraw();
                expect(exit(await withdraw(least))).toBe(0);
            });

            /** Gas and one message, as the contract computes them, by trying. */
            async function leastTaken(): Promise<bigint> {
                const start = scene.world.chain.snapshot();
                let [low, high] = [0n, toNano('0.1')];
                while (high - low > 1n) {
                    const middle = (low + high) / 2n;
                    await scene.world.chain.loadFrom(start);
                    if (exit(await withdraw(middle)) === 0) high = middle;
                    else low = middle;
                }
                await scene.world.chain.loadFrom(start);
                const { sweep } = await scene.world.market.getCosts();
                expect(high).toBeGreaterThan(sweep);
                expect(high).toBeLessThan(sweep * 3n);
                return high;
            }
        });
    },
);
