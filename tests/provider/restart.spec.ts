import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { ProviderEvent } from '../../provider';
import { acceptResult, type JobTicket, type ResultDocument } from '../../sdk';
import { createBlobStore } from '../../sdk/node';
import { RestartableNode } from './restartable-node';
import { PRICE, until, World } from './world';

describe('A node that is stopped and started again', () => {
    let world: World;
    let node: RestartableNode;
    beforeAll(async () => {
        world = await World.create({ operators: [] });
        node = await RestartableNode.create(world);
    });
    afterAll(() => world.stop());

    it.each([
        'seen',
        'described',
        'bidding',
        'bid',
        'won',
        'gathered',
        'progress',
        'executed',
        'committed',
    ] as const)('finishes the job when that happened at the moment of "%s"', async (moment) => {
        let stopped: Promise<void> | undefined;
        node.onEvent = ({ kind }) => {
            if (kind === moment) stopped ??= node.stop();
        };
        const job = await world.job([moment.length, moment.charCodeAt(0)]);
        const running = world.run(job, { endpoints: [node.url] });
        await until(() => stopped !== undefined);
        await stopped;
        await node.start();
        const { closing } = await running;
        expect(closing).toMatchObject({ outcome: 'accepted', paid: 2n * PRICE });
        expect(node.count('failed')).toBe(0);
    });

    it('serves results until their time is over, and then lets their room go', async () => {
        const { ticket } = await world.run(await world.job([41, 42]), { endpoints: [node.url] });
        await until(() => node.count('closed') > 0 && node.status.work.jobs.length === 0);
        await node.stop();
        const results = `${node.url}/results/${ticket.escrow.toRawString()}/${ticket.jobId}`;
        await node.start();
        const document = (await (await fetch(results)).json()) as ResultDocument;
        expect(document.count).toBe(2);
        expect((await fetch(`${results}/proof/1`)).status).toBe(200);
        const [batch] = document.batches;
        expect((await fetch(`${node.url}/blobs/${batch?.sha256}`)).status).toBe(200);
        const served = node.status.disk.resultsServed;
        await node.stop();
        await node.start({ now: () => Date.now() + 3_601_000 });
        expect((await fetch(results)).status).toBe(404);
        expect(node.status.disk.resultsServed).toBe(0);
        expect(served).toBeGreaterThan(0);
        await node.stop();
        await node.start();
    });

    it('goes on where it was in the market: nothing is seen twice, nothing is missed', async () => {
        const post = async (value: number) => {
            const job = await world.job([value]);
            await world.stage.blobs.write(job.specBytes);
            return world.post(job, { endpoints: [], ceiling: PRICE - 1n, takePrice: 0n });
        };
        const seen = ({ jobId }: JobTicket) =>
            node.events.filter((event) => event.kind === 'seen' && event.jobId === jobId).length;
        const before = await post(1);
        await until(() => seen(before) === 1);
        await until(() => node.status.recent[0]?.outcome === 'passed');
        await node.stop();
        const away = [await post(2), await post(3)];
        await node.start();
        await until(() => away.every((ticket) => seen(ticket) === 1));
        expect(seen(before)).toBe(1);
        await node.stop();
        await node.start();
        const after = await post(4);
        await until(() => seen(after) === 1);
        expect([before, ...away].map(seen)).toEqual([1, 1, 1]);
    });

    it('learns that it was paid while it was away', async () => {
        const ticket = await world.post(await world.job([5]), { endpoints: [node.url] });
        const mine = (kind: ProviderEvent['kind']) =>
            node.events.some((event) => event.kind === kind && event.jobId === ticket.jobId);
        await until(() => mine('committed'));
        await node.stop();
        const { chain } = world.stage;
        await acceptResult({ chain, ticket });
        await until(async () => (await world.openJob(ticket)) === undefined);
        expect(mine('closed')).toBe(false);
        await node.start();
        await until(() => mine('closed'));
        await until(() => node.status.recent[0]?.outcome === 'paid');
        expect(node.status.recent[0]).toMatchObject({
            jobId: ticket.jobId,
            earned: (PRICE * 99n) / 100n,
        });
    });

    it('makes results again that were lost before they were committed, with the same root', async () => {
        let stopped: Promise<void> | undefined;
        node.onEvent = ({ kind }) => {
            // The root is kept then, and the commit not sent.
            if (kind === 'executed') stopped ??= node.stop();
        };
        const running = world.run(await world.job([77]), { endpoints: [node.url] });
        await until(() => stopped !== undefined);
        await stopped;
        node.onEvent = () => undefined;
        const root = open({ path: join(world.folder, 'state'), noSubdir: false, maxDbs: 16 });
        const jobs = root.openDB<{ result?: object }, string>({ name: 'jobs', encoding: 'json' });
        const jobId = node.events.findLast(({ kind }) => kind === 'executed')?.jobId;
        const kept = [...jobs.getRange({})].find(({ key }) => key.endsWith(`/${jobId}`));
        await root.close();
        expect(kept?.value.result).toBeDefined();
        await node.start({ blobs: createBlobStore({ folder: join(world.folder, 'empty') }) });
        expect((await running).closing).toMatchObject({ outcome: 'accepted' });
        await node.stop();
        await node.start();
    });

    it('refuses to run twice over one state, and leaves the port alone', async () => {
        const second = node.create({ http: {} });
        await expect(second.start()).rejects.toMatchObject({ code: 'STATE_IN_USE' });
        await second.stop();
        expect((await fetch(`${node.url}/health`)).status).toBe(200);
    });

    it('gives its state back when it cannot listen', async () => {
        await node.stop();
        const other = createServer().listen(0, '127.0.0.1');
        await once(other, 'listening');
        const { port } = other.address() as AddressInfo;
        const unlucky = node.create({ http: { port } });
        await expect(unlucky.start()).rejects.toMatchObject({ code: 'PORT_TAKEN' });
        other.close();
        await node.start();
    });

    it('frees its port, however often it is asked to stop', async () => {
        await Promise.all([node.stop(), node.stop()]);
        await expect(fetch(`${node.url}/health`)).rejects.toThrow('fetch failed');
    });
});
