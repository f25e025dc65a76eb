import { execFileSync } from 'node:child_process';
import { Address } from '@ton/core';
import type { NodeEvent, Provider } from '../../provider';
import { connect } from '../../sdk';
import { ARENA_PARAMETERS } from '../../attack/arena/scene';
import { Escrow, withoutChecks } from '../../wrappers';
import { PRICE, until, World } from '../provider/world';
import { FaultyEndpoint, type RpcCall } from '../sdk/faulty-endpoint';
import { KEPT, killedJob } from './provider-steps';
import { KilledProvider } from './provider-world';

jest.setTimeout(300_000);

/** The winner of a job may be away for an hour. */
const LONG_WINDOWS = withoutChecks({
    ...ARENA_PARAMETERS,
    commitWindowMax: 3 * 3600,
});
/** An account that nobody has made: an Escrow without any job. */
const NOT_THERE = { state: 'uninitialized', code: '', data: '' };

describe('A node with several endpoints', () => {
    let world: World;
    let endpoints: FaultyEndpoint[];
    let events: NodeEvent[];
    let node: Provider;
    beforeEach(async () => {
        events = [];
        world = await World.create({ operators: [], parameters: LONG_WINDOWS });
        const { devnet } = world.stage;
        endpoints = [
            await FaultyEndpoint.before(devnet.endpoint),
            await FaultyEndpoint.before(devnet.endpoint),
        ];
        for (const endpoint of endpoints) world.endings.push(() => endpoint.stop());
    });
    afterEach(() => world.stop());

    const begin = async (count = 2) => {
        const urls = endpoints.slice(0, count).map(({ url }) => url);
        node = await world.node({
            chain: connect(urls, { pollMs: 20, timeoutMs: 2_000 }),
            onNodeEvent: (event) => events.push(event),
        });
    };
    const run = async () => world.run(await world.job([1, 2]), { endpoints: [node.url] });
    const paid = { outcome: 'accepted', paid: 2n * PRICE };
    const isSend = ({ method }: RpcCall) => method === 'sendBoc';

    it.each([
        ['is cut off', 'cut' as const],
        ['never answers', 'stall' as const],
        ['fails', { status: 500 }],
        ['answers with something else', { instead: 'hello' }],
    ])('works on where the first one %s', async (_what, fault) => {
        await begin();
        const [first] = endpoints;
        if (first) first.fault = () => fault;
        expect((await run()).closing).toMatchObject(paid);
        await until(() => events.some(({ kind }) => kind === 'endpoint-changed'));
    });

    it('is paid although the first one swallows all messages', async () => {
        await begin();
        const [first] = endpoints;
        if (first)
            first.fault = (call) => (isSend(call) ? { instead: { '@type': 'ok' } } : undefined);
        expect((await run()).closing).toMatchObject(paid);
    });

    it('does not bid where two contradict each other about a job', async () => {
        await begin();
        const [, second] = endpoints;
        const { deployment, client } = world.stage;
        const escrow = Escrow.ofClient(deployment, client.address).address;
        if (second) {
            second.fault = ({ method, params }) => {
                if (method !== 'getAddressInformation') return undefined;
                if (!escrow.equals(Address.parse(String(params['address'])))) return undefined;
                return { alter: (result) => ({ ...(result as object), ...NOT_THERE }) };
            };
        }
        const job = await world.job([1]);
        await world.post(job, { endpoints: [node.url] });
        await until(() => node.status().recent[0]?.outcome === 'passed');
        expect(node.status().recent[0]?.reason).toBe('endpoints-disagree');
        expect(events).toContainEqual(
            expect.objectContaining({ kind: 'endpoints-disagree', choice: 'nothing' }),
        );
    });

    it('finishes its job after an hour without network, where its deadline has not come', async () => {
        await begin();
        const job = await world.slowJob(20, 50_000n);
        const running = world.run(job, {
            endpoints: [node.url],
            commitWindowSeconds: 2 * 3600,
            ceiling: 40n * PRICE,
            takePrice: 20n * PRICE,
        });
        const passed = () => node.status().recent.find(({ reason }) => reason !== undefined);
        await until(
            () =>
                passed() !== undefined ||
                node.status().work.jobs.some(({ phase }) => phase === 'working'),
        );
        expect(passed()).toBeUndefined();
        for (const endpoint of endpoints) endpoint.fault = () => 'cut';
        await until(() => node.status().chain.failures > 0);
        await world.stage.devnet.advanceTime(3600);
        for (const endpoint of endpoints) endpoint.fault = () => undefined;
        expect((await running).closing).toMatchObject({ outcome: 'accepted' });
    });

    it('goes by the time of the chain when its own clock jumps', async () => {
        let jump = 0;
        node = await world.node({
            chain: connect(
                endpoints.map(({ url }) => url),
                { pollMs: 20 },
            ),
            now: () => Date.now() + jump,
            onEvent: ({ kind }) => {
                if (kind === 'bid') jump = 3_600_000;
                if (kind === 'gathered') jump = -3_600_000;
            },
        });
        expect((await run()).closing).toMatchObject(paid);
        jump = 0;
        expect((await run()).closing).toMatchObject(paid);
    });

    it('follows the market again after an endpoint has told another history', async () => {
        await begin(1);
        expect((await run()).closing).toMatchObject(paid);
        const [only] = endpoints;
        const market = world.stage.market.address;
        const isMarket = ({ method, params }: RpcCall) =>
            method === 'getAddressInformation' && String(params['address']) === market.toString();
        // Its newest transaction is one that the true chain never had.
        if (only) {
            only.fault = (call) =>
                isMarket(call)
                    ? {
                          alter: (result) => ({
                              ...(result as object),
                              last_transaction_id: {
                                  '@type': 'internal.transactionId',
                                  lt: '999999999999999',
                                  hash: Buffer.alloc(32, 9).toString('base64'),
                              },
                          }),
                      }
                    : undefined;
        }
        await until(() => node.status().reasons.some(({ code }) => code === 'market-lost'));
        if (only) only.fault = () => undefined;
        await until(() => events.some(({ kind }) => kind === 'history-replaced'));
        expect((await run()).closing).toMatchObject(paid);
        // The node reads of the end when it looks next.
        const paidJobs = () => node.status().recent.filter(({ outcome }) => outcome === 'paid');
        await until(() => paidJobs().length === 2);
    });
});

describe('A node whose disk is full', () => {
    let scene: KilledProvider;
    beforeAll(async () => void (scene = await KilledProvider.create()));
    afterAll(() => scene.stop());

    it('signs nothing that is not on it, and goes on when there is room', async () => {
        expect(await killedJob(scene, undefined)).toMatchObject(KEPT);
        const { node, world } = scene;
        const deaths = node.deaths;
        const limited = String(node.pid);
        // No file of the node may grow any more: the kernel refuses its writes.
        execFileSync('prlimit', ['--pid', limited, '--fsize=1024:unlimited']);
        const job = await world.job([501]);
        await world.stage.blobs.write(job.specBytes);
        const sent = scene.endpoint.count('sendBoc');
        const running = world.run(job, { endpoints: [] });
        const end = Date.now() + 3_000;
        await until(() => node.deaths > deaths || Date.now() > end);
        // What could not be written down was not signed.
        expect(scene.endpoint.count('sendBoc')).toBe(sent);
        // LMDB ends its process over some failed writes; then it is started again, with room.
        if (node.deaths === deaths) {
            execFileSync('prlimit', ['--pid', limited, '--fsize=unlimited:unlimited']);
        }
        const { closing, ticket } = await running;
        expect(closing).toMatchObject({ outcome: 'accepted' });
        expect(new Set(scene.rootsSent(ticket.jobId)).size).toBe(1);
        await until(async () => (await scene.status()).recent[0]?.outcome === 'paid');
    });
});
