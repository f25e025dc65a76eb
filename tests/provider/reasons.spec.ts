import { toNano } from '@ton/core';
import type { Provider, ProviderOptions, ReasonCode } from '../../provider';
import { acceptResult, cancelJob } from '../../sdk';
import { RestartableNode } from './restartable-node';
import { PRICE, until, World } from './world';

/** Looks at what became of jobs after so long. */
const SOON = { fateLookMs: 50 };

describe('The reason that a node books for a job', () => {
    let world: World;
    afterEach(() => world.stop());

    const start = async (node: Partial<ProviderOptions> = {}): Promise<Provider> => {
        const options = { name: 'node', nanoPerItem: PRICE, node: { ...SOON, ...node } };
        world = await World.create({ operators: [options] });
        return world.stage.operators[0]!.provider;
    };
    const last = (node: Provider) => node.status().recent[0];
    const booked = async (node: Provider, code: ReasonCode) => {
        await until(() => last(node)?.reason === code);
        const metrics = await (await fetch(`${node.adminUrl}/metrics`)).text();
        expect(metrics).toContain(`cocoon_outcomes_total{code="${code}"} 1`);
    };

    it.each<[ReasonCode, Partial<ProviderOptions>]>([
        ['client-not-allowed', { rules: { allow: { clients: [`0:${'1'.repeat(64)}`] } } }],
        ['model-not-allowed', { rules: { block: { models: ['identity'] } } }],
        ['licence-not-allowed', { rules: { allow: { licences: ['MIT'] } } }],
        ['over-limits', { limits: { maxItems: 0 } }],
        ['over-ceiling', { pricing: { kind: 'per-item', nano: 9n * PRICE } }],
        ['check-terms', { limits: { minOpenSeconds: 1e9 } }],
    ])('is %s where the owner says so', async (code, options) => {
        const node = await start(options);
        await world.post(await world.job());
        await booked(node, code);
    });

    it('is too-slow where the time to commit is too short, with what it takes', async () => {
        const node = await start();
        const job = await world.slowJob(400, 200_000n, 10_000);
        await world.post(job);
        await booked(node, 'too-slow');
        expect(last(node)?.detail).toMatch(/take \d+\.\d s of \d+\.\d s\./);
    });

    it('is what could not be fetched, and what each place said', async () => {
        const node = await start();
        await world.post(await world.job([1], { serve: false }));
        await world.heard('waits');
        await world.stage.devnet.advanceTime(31);
        await booked(node, 'inputs-unavailable');
        expect(last(node)?.detail).toMatch(/^Batch 1 of 1 of the inputs .* cannot be had: .+\.$/);
        world.events.length = 0;
        await world.post(await world.job([2]), { endpoints: [] });
        await world.heard('waits');
        await world.stage.devnet.advanceTime(31);
        await booked(node, 'spec-unavailable');
    });

    it('is the reserve, the daily limit or the pause of its stake', async () => {
        const node = await start();
        const [operator] = world.stage.operators;
        await world.post(await world.job(), { ceiling: toNano('0.2'), takePrice: 0n });
        await booked(node, 'reserve-too-small');
        const set = async (limits: { dailyLimit: bigint; paused: boolean }) => {
            const { stake, wallet } = operator!;
            await stake.sendSetLimits(wallet, toNano('0.1'), limits);
            await until(async () => (await stake.getStake()).dailyLimit === limits.dailyLimit);
        };
        await set({ dailyLimit: 1n, paused: false });
        await world.post(await world.job([2]), { takePrice: 0n });
        await booked(node, 'daily-limit');
        await set({ dailyLimit: 2n, paused: true });
        await world.post(await world.job([3]), { takePrice: 0n });
        await booked(node, 'stake-paused');
    });

    it('stands beside what became of the job', async () => {
        const node = await start({ pricing: { kind: 'per-item', nano: 9n * PRICE } });
        const ticket = await world.post(await world.job());
        await booked(node, 'over-ceiling');
        const { chain, client, deployment } = world.stage;
        await cancelJob({ chain, deployment, ticket, sender: client });
        await until(() => last(node)?.ended === 'cancelled');
        expect(last(node)).toMatchObject({ reason: 'over-ceiling', winner: undefined });
    });
});

describe('The books of a node that was away', () => {
    let world: World;
    let node: RestartableNode;
    beforeEach(async () => {
        world = await World.create({ operators: [] });
        node = await RestartableNode.create(world);
    });
    afterEach(() => world.stop());

    it('hold no pay for a job that another node did meanwhile', async () => {
        const puppet = await world.puppet();
        const job = await world.job([1]);
        const ticket = await world.post(job, { endpoints: [node.url], takePrice: 0n });
        await until(() => node.count('bid') === 1);
        await node.stop();
        await puppet.bid(ticket, PRICE / 2n);
        await world.stage.devnet.advanceTime(31);
        await puppet.commit(ticket, job.blobs.slice(1), [new Uint8Array([1])]);
        await acceptResult({ chain: world.stage.chain, ticket });
        await until(async () => (await world.openJob(ticket)) === undefined);
        await node.start(SOON);
        await until(() => node.status.recent[0]?.outcome === 'lost');
        const [entry] = node.status.recent;
        expect(entry).toMatchObject({
            reason: 'outbid',
            winner: puppet.stake.address.toString(),
        });
        expect(entry?.earned).toBeUndefined();
        expect(node.status.totals.earned).toBe(0n);
    });

    it('say what was lost for a job that was not delivered in time, and at which step', async () => {
        node.onEvent = ({ kind }) => {
            if (kind === 'won') void node.stop();
        };
        const job = await world.job([1]);
        const running = world.run(job, { endpoints: [node.url], commitWindowSeconds: 20 });
        running.catch(() => undefined);
        await until(() => node.count('won') === 1);
        await node.stop();
        await world.stage.devnet.advanceTime(60);
        await expect(running).rejects.toMatchObject({ outcome: 'not-committed' });
        await node.start(SOON);
        await until(() => node.count('slashed') === 1);
        const [entry] = node.status.recent;
        expect(entry).toMatchObject({ outcome: 'forfeited', reason: 'not-committed' });
        expect(entry?.lost).toBeGreaterThan(0n);
        expect(entry?.lost).toBe(node.status.totals.lost);
    });
});
