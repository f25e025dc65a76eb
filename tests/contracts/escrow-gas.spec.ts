import { type Address, toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import * as abi from '../../build/Escrow/Escrow_Escrow';
import { createScene, exitOf, gasOf, type Scene } from './escrow-scenes';
import { deepIds, plantJobs } from './escrow-states';
import { GENEROUS } from './world';

/** Constants are at most this much above the worst real gas, so that nobody prepays air. */
const SLACK = 1.1;

/** What a message that is paid from a job may use before it is accepted. */
const CREDIT = 10_000;

const PRICE = toNano('0.3');

describe('In the worst state: 64 jobs whose ids make the deepest dictionary', () => {
    let scene: Scene;
    const ids = deepIds.toOpen;
    const deep = 1 << 20;
    const worst = new Map<string, number>();

    beforeAll(async () => {
        scene = await createScene({}, async ({ world, client }) => {
            await world.post(client, { terms: { bidWindowSeconds: 60 } });
            await plantJobs(world, client, ids);
        });
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());
    afterAll(() => {
        if (process.env['GAS_REPORT']) process.stderr.write(`${JSON.stringify([...worst])}\n`);
    });

    function record(name: string, result: SendMessageResult, at?: Address): void {
        const address = at ?? scene.client.escrow.address;
        expect(exitOf(result, address)).toBe(0);
        worst.set(name, Math.max(worst.get(name) ?? 0, gasOf(result, address)));
    }

    function expectTight(name: string, constant: bigint): void {
        const gas = worst.get(name) ?? 0;
        expect(gas).toBeLessThanOrEqual(Number(constant));
        expect(Number(constant)).toBeLessThan(gas * SLACK);
    }

    function bid(index: 0 | 1, jobId: number, price: bigint) {
        return scene.world.bid(scene.providers[index], scene.client, { jobId, price });
    }

    it.each([deepIds.toNext, deepIds.toBoth, deepIds.inSequence])(
        'Posted stays under GasEscrowPosted',
        async (...taken) => {
            await plantJobs(scene.world, scene.client, taken, ids[0]);
            const jobId = Math.max(...taken) + 1;
            const start = scene.world.chain.snapshot();
            for (const open of [false, true]) {
                await scene.world.chain.loadFrom(start);
                scene.open();
                record('posted', await scene.world.post(scene.client, { jobId, open }));
            }
        },
    );

    it('GasEscrowPosted is not far above that', async () => {
        await scene.client.escrow.sendCancel(
            scene.client.wallet.getSender(),
            GENEROUS,
            ids[9] ?? 0,
        );
        expectTight('posted', abi.GasEscrowPosted);
    });

    it('Bid stays under GasEscrowBid, the first and one that is better', async () => {
        for (const jobId of ids.slice(0, 4)) {
            await scene.restore();
            record('bid', await bid(0, jobId, PRICE));
            record('bid', await bid(1, jobId, PRICE / 2n));
        }
        expectTight('bid', abi.GasEscrowBid);
    });

    it('Commit stays under GasEscrowCommit', async () => {
        for (const jobId of ids.slice(0, 4)) await bid(0, jobId, PRICE);
        scene.world.wait(60);
        for (const jobId of ids.slice(0, 4)) {
            record('commit', await scene.world.commit(scene.providers[0], scene.client, { jobId }));
        }
        expectTight('commit', abi.GasEscrowCommit);
    });

    it('Decline stays under GasEscrowDecline', async () => {
        for (const jobId of ids.slice(0, 4)) await bid(0, jobId, PRICE);
        scene.world.wait(60);
        for (const jobId of ids.slice(0, 4)) {
            const action = { kind: 'decline', jobId } as const;
            record('decline', await scene.world.act(scene.providers[0], scene.client, action));
        }
        expectTight('decline', abi.GasEscrowDecline);
    });

    it('RaiseCeiling stays under GasEscrowRaise', async () => {
        for (const jobId of ids.slice(0, 4)) {
            const raised = { jobId, ceiling: toNano('2'), assurance: toNano('3') };
            const via = scene.client.wallet.getSender();
            record('raise', await scene.client.escrow.sendRaiseCeiling(via, toNano('10'), raised));
        }
        expectTight('raise', abi.GasEscrowRaise);
    });

    it('whatever ends a job stays under GasEscrowClose', async () => {
        const { escrow, wallet } = scene.client;
        for (const jobId of ids.slice(0, 4)) {
            await scene.restore();
            record('close', await escrow.sendCancel(wallet.getSender(), GENEROUS, jobId));
            await scene.restore();
            await bid(0, jobId, PRICE);
            record('close', await escrow.sendCancel(wallet.getSender(), GENEROUS, jobId));
            await scene.restore();
            await bid(0, jobId, PRICE);
            scene.world.wait(60);
            const assigned = scene.world.chain.snapshot();
            scene.world.wait(60);
            record('close', await escrow.sendTick(jobId));
            await scene.world.chain.loadFrom(assigned);
            await scene.world.commit(scene.providers[0], scene.client, { jobId });
            const committed = scene.world.chain.snapshot();
            record(
                'close',
                await scene.world.accept(scene.client, { jobId, seed: scene.world.seed(0) }),
            );
            await scene.world.chain.loadFrom(committed);
            scene.world.wait(10);
            record('close', await escrow.sendTick(jobId));
        }
    });

    it('a settlement that sweeps the fees stays under GasEscrowClose too', async () => {
        await scene.client.escrow.sendCancel(
            scene.client.wallet.getSender(),
            GENEROUS,
            ids[60] ?? 0,
        );
        const jobId = (ids.at(-1) ?? 0) + 1;
        const terms = { bidWindowSeconds: 2, seedHash: scene.world.terms(0).seedHash };
        await scene.world.post(scene.client, { jobId, ceiling: toNano('20'), terms });
        await bid(0, jobId, toNano('10'));
        scene.world.wait(2);
        await scene.world.commit(scene.providers[0], scene.client, { jobId });
        const start = scene.world.chain.snapshot();
        const accepted = await scene.world.accept(scene.client, {
            jobId,
            seed: scene.world.seed(0),
        });
        expect(exitOf(accepted, scene.world.market.address)).toBe(0);
        record('close', accepted);
        await scene.world.chain.loadFrom(start);
        scene.world.wait(10);
        record('close', await scene.client.escrow.sendTick(jobId));
        expectTight('close', abi.GasEscrowClose);
    });

    it('WithdrawSurplus and SweepFees stay under GasEscrowOwner', async () => {
        await bid(0, deep, PRICE);
        scene.world.wait(60);
        await scene.world.commit(scene.providers[0], scene.client, { jobId: deep });
        await scene.world.accept(scene.client, { jobId: deep, seed: scene.world.seed(0) });
        const { escrow, wallet } = scene.client;
        record('owner', await escrow.sendSweepFees(wallet.getSender(), GENEROUS));
        record('owner', await escrow.sendWithdrawSurplus(wallet.getSender(), GENEROUS));
        expectTight('owner', abi.GasEscrowOwner);
    });

    it('Accept and Tick are accepted within the credit of an external message', async () => {
        // Everything before acceptance and after it together is an upper bound of what comes before,
        // so this measures what a refusal of the same length costs: the last check before acceptance.
        await bid(0, deep, PRICE);
        scene.world.wait(60);
        await scene.world.commit(scene.providers[0], scene.client, { jobId: deep });
        const late = scene.client.escrow.sendTick(deep);
        expect(await refusedGas(late)).toBeLessThan(CREDIT / 2);
        const wrong = scene.world.accept(scene.client, { jobId: deep, seed: 0n });
        expect(await refusedGas(wrong)).toBeLessThan(CREDIT / 2);
    });

    async function refusedGas(sent: Promise<unknown>): Promise<number> {
        const error: unknown = await sent.catch((reason: unknown) => reason);
        const logs = (error as { vmLogs?: string; blockchainLogs?: string }) ?? {};
        const used = /gas: used=(\d+)/.exec(`${logs.blockchainLogs ?? ''}${String(error)}`);
        if (used?.[1] === undefined) throw new Error('The refusal does not tell its gas.');
        return Number(used[1]);
    }
});
