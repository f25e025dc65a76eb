import type { Transaction } from '@ton/core';
import type { MarketCursor, NodeEvent } from '../../provider';
import { guardChain, type GuardedChain } from '../../provider/guarded-chain';
import { followMarket, type MarketNews } from '../../provider/market-follower';
import type { Chain, JobTicket } from '../../sdk';
import { until, World } from './world';

const lies = expect.objectContaining({ code: 'ENDPOINT_LIES' }) as Error;

describe('Following the market', () => {
    let world: World;
    beforeAll(async () => {
        world = await World.create({ operators: [] });
    });
    afterAll(() => world.stop());

    const post = async (): Promise<JobTicket> => world.post(await world.job());

    /** The first look at the market that finds something. */
    async function look(
        cursor?: MarketCursor,
        change: (chain: Chain) => Partial<Chain> = () => ({}),
    ): Promise<MarketNews> {
        const { chain, market } = world.stage;
        const ending = new AbortController();
        const following = followMarket({
            chain: { ...chain, ...change(chain) },
            market: market.address,
            deployment: world.stage.deployment,
            cursor,
            lookBackSeconds: 3600,
            signal: ending.signal,
        });
        const { value } = (await following.next()) as { value: MarketNews };
        ending.abort(new Error('The test has seen enough.'));
        await expect(following.next()).rejects.toThrow('seen enough');
        return value;
    }

    const ids = ({ listings }: MarketNews) => listings.map(({ jobId }) => jobId);

    it('finds at the first start what was listed lately, and later what came since', async () => {
        const first = await post();
        const start = await look();
        expect(ids(start)).toContain(first.jobId);
        const second = await post();
        const third = await post();
        const later = await look(start.cursor);
        expect(ids(later)).toEqual([second.jobId, third.jobId]);
        expect(later.skipped).toBeUndefined();
        expect(ids(await look(later.cursor))).toEqual([]);
    });

    /** An endpoint that alters what it knows of transactions. */
    const altered = (alter: (page: Transaction[]) => Transaction[]) => (chain: Chain) => ({
        transactions: async (...args: Parameters<Chain['transactions']>) =>
            alter(await chain.transactions(...args)),
    });

    it('notices when a transaction is left out, or the history is another one', async () => {
        const { cursor } = await look();
        await post();
        await post();
        const hiding = altered((page) => page.filter((_, index) => index !== 1));
        await expect(look(cursor, hiding)).rejects.toEqual(lies);
        const empty = altered(() => []);
        await expect(look(cursor, empty)).rejects.toEqual(lies);
        const other = { ...(cursor as MarketCursor), hash: Buffer.alloc(32).toString('base64') };
        await expect(look(other)).rejects.toEqual(lies);
        const fork = { ...(cursor as MarketCursor), lt: (cursor?.lt ?? 0n) + 1n };
        await expect(look(fork)).rejects.toEqual(lies);
    });

    it('does not take an endpoint that is behind the cursor for one without news', async () => {
        const { cursor } = await look();
        const behind = (chain: Chain) => ({
            account: async (...args: Parameters<Chain['account']>) => ({
                ...(await chain.account(...args)),
                last: { lt: 1n, hash: '' },
            }),
        });
        await expect(look(cursor, behind)).rejects.toEqual(lies);
    });

    it('skips nothing for a clock that runs ahead by itself', async () => {
        const { cursor } = await look();
        const { jobId } = await post();
        const ahead = (chain: Chain) => ({
            account: async (...args: Parameters<Chain['account']>) => {
                const account = await chain.account(...args);
                return { ...account, chainTime: account.chainTime + 1_000_000 };
            },
        });
        expect(ids(await look(cursor, ahead))).toEqual([jobId]);
    });

    it('leaves out what became worthless during a long sleep, and says so', async () => {
        const { cursor } = await look();
        await post();
        await world.stage.devnet.advanceTime(2 * 3600);
        const { jobId } = await post();
        let pages = 0;
        const counting = altered((page) => {
            pages++;
            return page;
        });
        const news = await look(cursor, counting);
        expect(ids(news)).toEqual([jobId]);
        expect(news.skipped?.from).toBe(cursor?.chainTime);
        expect(news.skipped?.to).toBeGreaterThanOrEqual(cursor?.chainTime as number);
        expect(pages).toBe(1);
    });
});

describe('A chain that is guarded', () => {
    let world: World;
    let events: NodeEvent['kind'][];
    beforeAll(async () => {
        world = await World.create({ operators: [] });
    });
    beforeEach(() => (events = []));
    afterAll(() => world.stop());

    const guard = (change: (chain: Chain) => Partial<Chain>): GuardedChain => {
        const { chain } = world.stage;
        return guardChain(
            { ...chain, pollMs: 1, ...change(chain) },
            {
                now: Date.now,
                timeoutMs: 300,
                onFailure: () => events.push('endpoint-failed'),
                onRecovery: () => events.push('endpoint-recovered'),
            },
        );
    };
    const address = () => world.stage.market.address;

    it('never waits for ever', async () => {
        const stalled = guard(() => ({ account: () => new Promise(() => undefined) }));
        await expect(stalled.account(address())).rejects.toEqual(lies);
        expect(events).toEqual(['endpoint-failed']);
        const opened = guard((chain) => ({
            open: (contract) => {
                const real = chain.open(contract);
                return { ...real, getCosts: () => new Promise(() => undefined) };
            },
        }));
        await expect(opened.open(world.stage.market).getCosts()).rejects.toEqual(lies);
    });

    it('gives answers that cannot be read a type', async () => {
        const garbage = guard(() => ({
            transactions: () => Promise.reject(new RangeError('Index 7 > 3 is out of bounds')),
        }));
        const page = garbage.transactions(address(), { limit: 1 });
        await expect(page).rejects.toMatchObject({
            code: 'ENDPOINT_LIES',
            cause: expect.any(RangeError) as Error,
        });
    });

    it('does not go back in time', async () => {
        let back = 0;
        const chain = guard((real) => ({
            account: async (...args) => {
                const account = await real.account(...args);
                return { ...account, chainTime: account.chainTime - back };
            },
        }));
        await chain.account(address());
        back = 600;
        await expect(chain.account(address())).rejects.toEqual(lies);
        expect(chain.health.failures).toBe(1);
        back = 0;
        await chain.account(address());
        expect(chain.health.failures).toBe(0);
        expect(events).toEqual(['endpoint-failed', 'endpoint-recovered']);
    });

    it('asks again where one machine of many lags, and refuses an account that got younger', async () => {
        let lagging = 0;
        const chain = guard((real) => ({
            account: async (...args) => {
                const account = await real.account(...args);
                return lagging-- > 0 ? { ...account, last: { lt: 1n, hash: '' } } : account;
            },
        }));
        const { last } = await chain.account(address());
        lagging = 2;
        expect((await chain.account(address())).last).toEqual(last);
        lagging = Infinity;
        await expect(chain.account(address())).rejects.toEqual(lies);
    });

    it('ends with its signal', async () => {
        const stalled = guard(() => ({ account: () => new Promise(() => undefined) }));
        const ending = new AbortController();
        const asked = stalled.account(address(), { signal: ending.signal });
        ending.abort(new Error('over'));
        await expect(asked).rejects.toThrow('over');
        expect(events).toEqual([]);
    });
});

describe('A node whose endpoint fails', () => {
    let world: World;
    afterEach(() => world.stop());

    it('is not ready, tells of it, and finishes what it has won once the endpoint is back', async () => {
        let broken = false;
        let calls = 0;
        const nodeEvents: NodeEvent[] = [];
        const fail = () => {
            calls++;
            return Promise.reject(new RangeError('garbage'));
        };
        world = await World.create({ operators: [] });
        const { chain } = world.stage;
        const flaky: Chain = {
            ...chain,
            account: (...args) => (broken ? fail() : chain.account(...args)),
            transactions: (...args) => (broken ? fail() : chain.transactions(...args)),
        };
        const node = await world.node({
            chain: flaky,
            onNodeEvent: (event) => nodeEvents.push(event),
            onEvent: ({ kind }) => {
                if (kind === 'executed') broken = true;
            },
        });
        const running = world.run(await world.job([1, 2]), { endpoints: [node.url] });
        await until(() => calls > 3);
        await until(() => nodeEvents.some(({ kind }) => kind === 'endpoint-failed'));
        await until(() => node.status().reasons.some(({ code }) => code === 'market-lost'));
        expect((await fetch(`${node.url}/ready`)).status).toBe(503);
        expect((await fetch(`${node.url}/health`)).status).toBe(200);
        broken = false;
        expect((await running).closing).toMatchObject({ outcome: 'accepted' });
        await until(() => node.status().ready);
        expect(nodeEvents.map(({ kind }) => kind)).toContain('endpoint-recovered');
    });
});
