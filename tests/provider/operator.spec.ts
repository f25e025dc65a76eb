import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { identityModel } from '../../bench/identity-model';
import { manifestHash, hashToHex, tensorValues } from '../../protocol';
import { createProvider } from '../../provider';
import { createRuntime } from '../../runtime';
import { createBlobStore } from '../../sdk/node';
import { bundleWorker } from '../runtime/worker-bundle';
import type { LeafProof, NodeEvent, ProviderOptions, ProviderStatus } from '../../provider';
import { pushBlob } from '../../sdk';
import { identityManifest } from '../../bench/identity-model';
import { PRICE, until, World } from './world';

describe('The operator of a node', () => {
    let world: World;
    afterEach(() => world.stop());

    const start = async (node: Partial<ProviderOptions> = {}) => {
        world = await World.create({
            operators: [{ name: 'node', nanoPerItem: PRICE, node }],
        });
        const [operator] = world.stage.operators;
        if (operator === undefined) throw new Error('There is no operator.');
        return operator.provider;
    };
    const nobody = new Address(0, Buffer.alloc(32, 9)).toString();

    it.each([
        ['client-not-allowed', { allow: { clients: [nobody] } }],
        ['model-not-allowed', { block: { models: ['Identity'] } }],
        ['model-not-allowed', { block: { models: [hashToHex(manifestHash(identityManifest()))] } }],
        ['licence-not-allowed', { allow: { licences: ['MIT'] } }],
        ['licence-not-allowed', { block: { licences: ['Apache-2.0'] } }],
    ])('is told %s for a job against %j', async (reason, rules) => {
        const node = await start({ rules });
        await world.post(await world.job());
        const passed = await world.heard('passed');
        expect(passed.reason).toBe(reason);
        expect(passed.detail).toMatch(/^The .*\.$/);
        expect(world.kinds()).not.toContain('bidding');
        expect(node.status().recent[0]).toMatchObject({
            outcome: 'passed',
            reason,
            detail: passed.detail,
        });
    });

    it.each([
        ['items', { maxItems: 1 }],
        ['lock', { maxLockNano: 1n }],
        ['price', { maxPriceNano: PRICE }],
        ['outputs', { maxResultBytes: 64 * 1024 }],
        ['inputs', { maxInputBytes: 1 }],
        ['model files', { maxModelBytes: 1 }],
    ])('is told of a job with more %s than it gives', async (what, limits) => {
        await start({ limits });
        await world.post(await world.job([1, 2]));
        const { reason, detail } = await world.heard('passed');
        expect(reason).toBe('over-limits');
        expect(detail).toContain(what);
    });

    it('is told when the reserve does not back the lock that a job asks for', async () => {
        await start();
        // Half of it is locked, and 85 times that is more than the stake has.
        await world.post(await world.job(), { ceiling: 2n * 10n ** 8n, takePrice: 0n });
        const { reason, detail } = await world.heard('passed');
        expect(reason).toBe('reserve-too-small');
        expect(detail).toBe(
            'A lock of 0.100000000 GRAM needs 8.500000000 GRAM of reserve; the stake has 5.000000000 GRAM.',
        );
        expect(world.kinds()).not.toContain('bidding');
    });

    it('works for those that are allowed', async () => {
        const rules = { allow: { models: ['identity'], licences: ['MIT', 'apache-2.0'] } };
        await start({ rules });
        expect((await world.run(await world.job())).closing?.outcome).toBe('accepted');
    });

    it('sees each coin: what was paid, what it cost, and what went by', async () => {
        const node = await start();
        await world.run(await world.job([1, Uint8Array.of(1), 3]));
        await world.heard('closed');
        await world.post(await world.job(), { ceiling: PRICE - 1n, takePrice: 0n });
        await world.heard('passed');
        await until(() => node.status().stake.view !== undefined);
        const status = node.status();
        const [passed, paid] = status.recent;
        expect(passed).toMatchObject({ outcome: 'passed', reason: 'over-ceiling' });
        expect(passed?.detail).toContain('0.001000000 GRAM is over the ceiling 0.000999999 GRAM');
        expect(paid).toMatchObject({
            outcome: 'paid',
            detail: 'The client accepted the results and paid for 2 of 3 items; the others had no result.',
            modelName: 'identity',
            items: 3,
            faulty: 1,
            price: 3n * PRICE,
            paid: 2n * PRICE,
            earned: (2n * PRICE * 99n) / 100n,
        });
        expect(paid?.fees).toBeGreaterThan(0n);
        expect(status.totals).toMatchObject({
            seen: 2,
            bids: 1,
            won: 1,
            items: 3,
            faulty: 1,
            earned: paid?.earned,
            fees: paid?.fees,
            outcomes: { paid: 1, passed: 1 },
        });
        expect(status.today).toEqual(status.totals);
        expect(status.costs).toHaveLength(1);
    });

    it('is told by whom and at which rank a job was taken away', async () => {
        const node = await start();
        const puppet = await world.puppet();
        const ticket = await world.post(await world.job(), { takePrice: 0n });
        await world.heard('bid');
        await puppet.bid(ticket, PRICE / 2n);
        const { winner, price, rank } = await world.heard('outbid');
        expect(winner?.equals(puppet.stake.address)).toBe(true);
        expect(price).toBe(PRICE / 2n);
        const job = await world.openJob(ticket);
        expect(job).toMatchObject({ bid: { rank } });
        expect(node.status().recent[0]).toMatchObject({
            outcome: 'lost',
            winner: puppet.stake.address.toString(),
            winnerRank: rank,
        });
    });

    it('reads metrics and status on an interface of its own', async () => {
        const node = await start({ version: '1.2.3' });
        const read = async () => (await fetch(`${node.adminUrl}/metrics`)).text();
        await world.run(await world.job([1, 2]));
        await world.heard('closed');
        await until(async () => (await read()).includes('cocoon_ready 1'));
        await world.post(await world.job(), { ceiling: PRICE - 1n, takePrice: 0n });
        await world.heard('passed');
        const metrics = await read();
        const lines = [
            'cocoon_build_info{version="1.2.3",',
            'cocoon_jobs_seen_total 2',
            'cocoon_bids_total 1',
            'cocoon_jobs_total{outcome="accepted"} 1',
            'cocoon_passes_total{reason="over-ceiling"} 1',
            `cocoon_earned_nano_total{outcome="accepted"} ${(2n * PRICE * 99n) / 100n}`,
            'cocoon_items_total{result="done"} 2',
            'cocoon_items_total{result="faulty"} 0',
            'cocoon_item_seconds_count 2',
            'cocoon_execution_queue 0',
            'cocoon_uploads_total{result="taken"} 2',
        ];
        for (const line of lines) expect(metrics).toContain(line);
        expect(metrics).toMatch(/cocoon_blob_bytes [1-9]/);
        expect(metrics).toMatch(/cocoon_chain_lag_seconds \d/);
        expect(metrics).toMatch(/cocoon_spent_nano_total{action="bid"} [1-9]/);
        const status = (await (await fetch(`${node.adminUrl}/status`)).json()) as ProviderStatus;
        expect(status.url).toBe(node.url);
        expect(String(status.totals.earned)).toBe(String((2n * PRICE * 99n) / 100n));
        for (const path of ['metrics', 'status']) {
            expect((await fetch(`${node.url}/${path}`)).status).toBe(404);
        }
    });

    it('may do without that interface', async () => {
        const node = await start({ http: { admin: false } });
        expect(node.adminUrl).toBeUndefined();
    });

    it('learns why the node takes no jobs', async () => {
        const events: NodeEvent[] = [];
        const node = await start({ onNodeEvent: (event) => events.push(event) });
        const { stake, wallet } = world.stage.operators[0]!;
        const ready = async () => {
            const response = await fetch(`${node.url}/ready`);
            const { reasons } = (await response.json()) as ProviderStatus;
            return [response.status, ...reasons.map(({ code }) => code)];
        };
        await until(async () => (await ready())[0] === 200);
        const value = 50_000_000n;
        const daily = 10n ** 11n;
        await stake.sendSetLimits(wallet, value, { dailyLimit: daily, paused: true });
        await until(async () => (await ready())[1] === 'stake-paused');
        const metrics = await (await fetch(`${node.adminUrl}/metrics`)).text();
        expect(metrics).toContain('cocoon_idle{reason="stake-paused"} 1');
        const nodeKey = Buffer.alloc(32, 1);
        await stake.sendSetNode(wallet, value, { nodeKey, endpoint: node.url });
        await until(async () => (await ready()).includes('wrong-node-key'));
        expect(await ready()).toEqual([503, 'stake-paused', 'wrong-node-key']);
        expect((await fetch(`${node.url}/health`)).status).toBe(200);
        const told = events.filter(({ kind }) => ['ready', 'not-ready'].includes(kind));
        expect(told.at(-1)).toMatchObject({
            kind: 'not-ready',
            reasons: [{ code: 'stake-paused' }, { code: 'wrong-node-key' }],
        });
        expect(told.map(({ kind }) => kind)).toContain('ready');
    });

    it('learns that another node acts with the same key, and this one bids no more', async () => {
        world = await World.create({ operators: [] });
        const { chain, market } = world.stage;
        // The owner has started a backup elsewhere and forgotten this one.
        const elsewhere = await world.puppet();
        const passed: string[] = [];
        const runtime = createRuntime({ processes: 1, workerPath: bundleWorker() });
        const node = createProvider({
            ...{ chain, market: market.address, stake: elsewhere.stake.address, runtime },
            network: -3,
            nodeKey: keyPairFromSeed(Buffer.alloc(32, 77)).secretKey,
            secret: randomBytes(32),
            blobs: createBlobStore({ folder: join(world.folder, 'blobs') }),
            stateFolder: join(world.folder, 'state'),
            pricing: { kind: 'per-item', nano: PRICE },
            fetch,
            onEvent: (event) => {
                if (event.kind === 'passed') passed.push(event.reason);
            },
        });
        world.endings.push(
            () => runtime.stop(),
            () => node.stop(),
        );
        const codes = () => node.status().reasons.map(({ code }) => code);
        await node.start();
        await until(() => node.status().ready);
        // What it signed itself before it was started again may be taken up to now.
        await world.stage.devnet.advanceTime(61);
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        const ticket = await world.post(await world.job([1], { serve: false }));
        await elsewhere.bid(ticket, PRICE);
        await until(() => codes().includes('node-runs-twice'));
        await world.post(await world.job([2]));
        await until(() => passed.includes('runs-twice'));
    });

    it('learns that the disk is full', async () => {
        const node = await start({ minFreeBytes: 2 ** 60 });
        await until(() => node.status().reasons.some(({ code }) => code === 'disk-low'));
    });

    it('lets the node end what it has begun before it stops', async () => {
        const node = await start();
        await world.post(await world.job(), { takePrice: 0n });
        await world.heard('bid');
        let drained = false;
        const draining = node.drain().then(() => (drained = true));
        await world.post(await world.job());
        expect((await world.heard('passed')).reason).toBe('closing');
        expect(drained).toBe(false);
        await world.stage.devnet.advanceTime(31);
        await draining;
        expect(world.kinds()).toContain('committed');
    });

    it('is not stopped by a listener that fails', async () => {
        const node = await start({
            onEvent: () => {
                throw new Error('The listener failed.');
            },
        });
        const result = await world.run(await world.job());
        expect(result.closing?.outcome).toBe('accepted');
        await until(() => node.status().recent[0]?.outcome === 'paid');
    });
});

describe('Clients of a node', () => {
    let world: World;
    afterEach(() => world.stop());

    it('without a server of their own leave their inputs with it', async () => {
        world = await World.create();
        const [operator] = world.stage.operators;
        const job = await world.job([7], { serve: false, sources: [] });
        const store = `${operator?.provider.url}/blobs`;
        for (const blob of [...job.blobs, identityModel()]) await pushBlob(blob, store);
        const { items } = await world.run(job);
        const [item] = items;
        if (item?.status !== 'done') throw new Error('The item has no result.');
        expect(tensorValues(item.output.get('y')!)).toEqual([7]);
    });

    it('are given a proof of each leaf', async () => {
        world = await World.create();
        const { ticket } = await world.run(await world.job([1, Uint8Array.of(9), 3]));
        const [operator] = world.stage.operators;
        const results = `${operator?.provider.url}/results/${ticket.escrow.toRawString()}`;
        const ask = (path: string) => fetch(`${results}/${path}`);
        const proof = (await (await ask(`${ticket.jobId}/proof/1`)).json()) as LeafProof;
        expect(proof).toMatchObject({
            format: 'cocoon.proof/1',
            size: 3,
            index: 1,
            outcome: { kind: 'error', code: 1 },
        });
        expect(proof.proof).toHaveLength(2);
        expect((await ask(`${ticket.jobId}/proof/3`)).status).toBe(404);
        expect((await ask(`${ticket.jobId + 1}/proof/0`)).status).toBe(404);
        expect((await ask(`${ticket.jobId}/proof/x`)).status).toBe(400);
    });
});
