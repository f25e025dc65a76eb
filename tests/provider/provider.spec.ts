import { tensorValues } from '../../protocol';
import { PRICE, World } from './world';

describe('A node', () => {
    let world: World;
    afterEach(() => world.stop());

    it('bids, executes, commits, and is paid what the client accepts', async () => {
        world = await World.create();
        const result = await world.run(await world.job([1, 2, 3]));
        expect(result.price).toBe(3n * PRICE);
        expect(result.closing).toMatchObject({ outcome: 'accepted', paid: 3n * PRICE });
        expect(result.closing?.draw).not.toBe(0n);
        const values = result.items.map((item) =>
            item.status === 'done' ? tensorValues(item.output.get('y')!) : item.name,
        );
        expect(values).toEqual([[1], [2], [3]]);
        const closed = await world.heard('closed');
        expect(closed.paid).toBe(3n * PRICE);
        const stake = await world.stage.operators[0]!.stake.getStake();
        expect(stake.withdrawable).toBe((3n * PRICE * 99n) / 100n);
        const beside = ['progress', 'spent'];
        expect(world.kinds().filter((kind) => !beside.includes(kind))).toEqual([
            'seen',
            'described',
            'bidding',
            'bid',
            'won',
            'gathered',
            'executed',
            'committed',
            'closed',
        ]);
    });

    it('gives an item that fails an error at its place, and is not paid for it', async () => {
        world = await World.create();
        const broken = Uint8Array.of(1, 2, 3);
        const result = await world.run(await world.job([4, broken, 5, broken]));
        expect(result.items.map((item) => item.status)).toEqual([
            'done',
            'failed',
            'done',
            'failed',
        ]);
        expect(result.items[1]).toMatchObject({ index: 1, name: 'INPUT_INVALID' });
        expect(result.closing?.paid).toBe(2n * PRICE);
    });

    it('works on several jobs at a time', async () => {
        world = await World.create();
        const first = await world.post(await world.job([1]));
        const second = await world.post(await world.job([2]));
        const third = await world.run(await world.job([3]));
        expect([first.jobId, second.jobId, third.ticket.jobId]).toEqual([0, 1, 2]);
        const committed = () => world.kinds().filter((kind) => kind === 'committed').length;
        expect(committed()).toBe(3);
    });

    it('takes the next job while the last one waits for its client', async () => {
        world = await World.create({
            operators: [{ name: 'node', nanoPerItem: PRICE, node: { maxJobs: 1 } }],
        });
        await world.post(await world.job([1]));
        await world.heard('committed');
        await world.run(await world.job([2]));
        expect(world.kinds()).not.toContain('passed');
    });

    it('leaves a job whose spec nobody gave it', async () => {
        world = await World.create();
        const job = await world.job();
        const posting = world.run(job, { endpoints: [] });
        await world.heard('waits');
        await world.stage.devnet.advanceTime(31);
        const passed = await world.heard('passed');
        expect(passed.reason).toBe('spec-unavailable');
        await expect(posting).rejects.toMatchObject({ code: 'JOB_ENDED', outcome: 'no-bid' });
    });

    it('has a spec that the client did not give it from another node', async () => {
        const nodes = ['node', 'other'].map((name) => ({ name, nanoPerItem: PRICE }));
        world = await World.create({ operators: nodes });
        const { provider } = world.stage.operators[1]!;
        await world.post(await world.job(), { endpoints: [provider.url], takePrice: 0n });
        await expect(world.heard('bid', 'other')).resolves.toBeDefined();
        // The second bid of the same price is refused; that it was made is the point.
        await expect(world.heard('bidding', 'node')).resolves.toBeDefined();
    });

    it('leaves a job whose inputs cannot be had', async () => {
        world = await World.create();
        await world.post(await world.job([1], { serve: false }));
        await world.heard('waits');
        await world.stage.devnet.advanceTime(31);
        expect((await world.heard('passed')).reason).toBe('inputs-unavailable');
        expect(world.kinds()).not.toContain('bidding');
    });

    it('gives a job back when inputs that it meant to fetch later cannot be had', async () => {
        world = await World.create({
            operators: [{ name: 'node', nanoPerItem: PRICE, node: { prefetchBytes: 0 } }],
        });
        const ticket = await world.post(await world.job([1], { serve: false }));
        expect((await world.heard('declined')).reason).toBe('inputs-unavailable');
        const job = await world.openJob(ticket);
        expect(job).toMatchObject({ state: 'bidding', bid: undefined });
        const stake = await world.stage.operators[0]!.stake.getStake();
        expect(stake.locked).toBe(0n);
    });

    it('leaves models that its operator does not allow', async () => {
        const rules = { allow: { models: ['0'.repeat(64)] } };
        world = await World.create({
            operators: [{ name: 'node', nanoPerItem: PRICE, node: { rules } }],
        });
        const ticket = await world.post(await world.job());
        expect((await world.heard('passed')).reason).toBe('model-not-allowed');
        await world.stage.devnet.advanceTime(31);
        expect(await world.openJob(ticket)).toMatchObject({ state: 'unsold' });
        expect(world.kinds()).toEqual(['seen', 'passed']);
    });

    it('leaves jobs that cost it more than the ceiling', async () => {
        world = await World.create();
        await world.post(await world.job(), { ceiling: PRICE - 1n, takePrice: 0n });
        expect((await world.heard('passed')).reason).toBe('over-ceiling');
    });

    it('gets its lock back when another one bids better', async () => {
        world = await World.create();
        const puppet = await world.puppet();
        const ticket = await world.post(await world.job(), { takePrice: 0n });
        const { stake } = world.stage.operators[0]!;
        await world.heard('bid');
        expect((await stake.getStake()).locked).toBeGreaterThan(0n);
        await puppet.bid(ticket, PRICE / 2n);
        await world.heard('outbid');
        expect((await stake.getStake()).locked).toBe(0n);
    });

    it('is paid in the end when the client stays silent and nobody checks', async () => {
        world = await World.create();
        const ticket = await world.post(await world.job());
        await world.heard('committed');
        await world.passRounds(ticket);
        expect(await world.heard('drawn')).toMatchObject({ accepted: false, leaf: 0 });
        expect(await world.heard('closed')).toMatchObject({
            outcome: 'void-paid',
            paid: PRICE,
        });
        const stake = await world.stage.operators[0]!.stake.getStake();
        expect(stake.withdrawable).toBe((PRICE * 99n) / 100n);
    });

    it('measures the model on this machine where its price is one of time', async () => {
        const pricing = { kind: 'per-core-millisecond', nano: 1000n } as const;
        world = await World.create({
            operators: [{ name: 'node', nanoPerItem: 0n, node: { pricing } }],
        });
        const { price } = await world.run(await world.job(), { bidWindowSeconds: 60 });
        expect(price).toBeGreaterThan(0n);
        expect(price).toBeLessThanOrEqual(PRICE);
    });
});
