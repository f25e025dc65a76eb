import { Address, toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { type Devnet, startDevnet } from '../../devnet';
import { type Chain, confirm, connect, type ConnectOptions } from '../../sdk';
import { createWallet } from '../../sdk/node';
import { FaultyEndpoint } from './faulty-endpoint';

const NOBODY = new Address(0, Buffer.alloc(32, 1));
const ONE_ROUND = { retry: { attempts: 1 }, pollMs: 5 };

interface Information {
    readonly last_transaction_id: object;
}

describe('A chain over several endpoints', () => {
    let devnet: Devnet;
    let first: FaultyEndpoint;
    let second: FaultyEndpoint;
    let third: FaultyEndpoint;
    let chain: Chain;
    let clock: number;

    const over = (endpoints: readonly FaultyEndpoint[], options: ConnectOptions = {}) =>
        connect(
            endpoints.map(({ url }) => url),
            { ...ONE_ROUND, now: () => clock, ...options },
        );
    const states = () => chain.endpoints?.map(({ health }) => health.state);

    beforeAll(async () => void (devnet = await startDevnet({ blockIntervalMs: 0 })));
    afterAll(() => devnet.stop());
    beforeEach(async () => {
        clock = 1_000;
        first = await FaultyEndpoint.before(devnet.endpoint);
        second = await FaultyEndpoint.before(devnet.endpoint);
        third = await FaultyEndpoint.before(devnet.endpoint);
        chain = over([first, second]);
    });
    afterEach(async () => {
        for (const endpoint of [first, second, third]) await endpoint.stop();
    });

    it('needs one at least, and asks the first as long as it answers', async () => {
        expect(() => connect([])).toThrow(RangeError);
        for (let n = 0; n < 3; n++) await chain.account(NOBODY);
        expect(first.calls).toHaveLength(3);
        expect(connect([first.url]).endpoints).toBeUndefined();
    });

    it.each([
        ['cuts the line', 'cut' as const],
        ['fails', { status: 500 }],
        ['is busy', { status: 503 }],
        ['answers something else', { instead: { hello: 1 } }],
    ])('goes on with the next where one %s, and comes back to it', async (_what, fault) => {
        first.fault = () => fault;
        await chain.account(NOBODY);
        expect(states()).toEqual(['down', 'up']);
        const asked = first.calls.length;
        await chain.account(NOBODY);
        expect(first.calls).toHaveLength(asked);
        first.fault = () => undefined;
        clock += 1_100;
        await chain.account(NOBODY);
        // It is looked at by the way.
        while (states()?.[0] !== 'up') await new Promise((resolve) => setTimeout(resolve, 5));
        const before = first.calls.length;
        await chain.account(NOBODY);
        expect(first.calls).toHaveLength(before + 1);
    });

    it('asks another one too where one lets wait', async () => {
        chain = over([first, second], { now: () => performance.now() });
        await chain.account(NOBODY);
        first.fault = () => 'stall';
        const startedAt = performance.now();
        await chain.account(NOBODY);
        expect(performance.now() - startedAt).toBeLessThan(1_500);
        expect(second.calls).not.toHaveLength(0);
    });

    it('says what the first one said where all fail', async () => {
        first.fault = () => ({ status: 503 });
        second.fault = () => 'cut';
        await expect(chain.account(NOBODY)).rejects.toMatchObject({ code: 'ENDPOINT_BUSY' });
        expect(states()).toEqual(['down', 'down']);
    });

    it('never goes back in time', async () => {
        const { address } = createWallet({
            chain,
            keys: keyPairFromSeed(Buffer.alloc(32, 1)),
            network: -3,
        });
        const frozen = await connect(devnet.endpoint).account(address);
        const old = { lt: '0', hash: Buffer.alloc(32).toString('base64') };
        const behind = (result: Information) => ({
            ...result,
            last_transaction_id: { ...result.last_transaction_id, ...old },
        });
        second.fault = ({ method }) =>
            method === 'getAddressInformation'
                ? { alter: (result) => behind(result as Information) }
                : undefined;
        expect(frozen.last).toBeUndefined();
        await devnet.faucet(address, toNano('1'));
        const { last } = await chain.account(address);
        expect(last).toBeDefined();
        first.fault = () => 'cut';
        await expect(chain.account(address)).rejects.toMatchObject({
            code: 'ENDPOINT_UNREACHABLE',
        });
        await expect(chain.transactions(address, { limit: 1 })).rejects.toMatchObject({
            code: expect.stringMatching(/ENDPOINT_(UNREACHABLE|BEHIND)/) as string,
        });
        expect(states()).toEqual(['down', 'behind']);
        second.fault = () => undefined;
        expect((await chain.account(address)).last).toEqual(last);
    });

    it('sends to all, so that one that holds messages back stops nothing', async () => {
        const keys = keyPairFromSeed(Buffer.alloc(32, 2));
        const wallet = createWallet({ chain, keys, network: -3 });
        await devnet.faucet(wallet.address, toNano('3'));
        first.fault = ({ method }) =>
            method === 'sendBoc' ? { instead: { '@type': 'ok' } } : undefined;
        await wallet.send({ to: NOBODY, value: toNano('1'), bounce: false });
        const deadline = Date.now() + 5_000;
        while ((await chain.account(NOBODY)).balance === 0n && Date.now() < deadline);
        expect((await chain.account(NOBODY)).balance).toBeGreaterThan(0n);
        const bodies = [first, second].map(({ calls }) =>
            calls.filter(({ method }) => method === 'sendBoc').map(({ params }) => params['boc']),
        );
        expect(bodies[0]?.[0]).toBe(bodies[1]?.[0]);
    });

    describe('and what they say', () => {
        const question = {
            about: 'the balance',
            ask: async (one: Chain) => (await one.account(NOBODY)).balance,
            facts: (balance: bigint) => balance.toString(),
        };
        const lie = (endpoint: FaultyEndpoint, balance: string) => {
            endpoint.fault = () => ({ alter: (result) => ({ ...(result as object), balance }) });
        };

        it('is taken where one alone is there, or answers', async () => {
            const single = connect(first.url, ONE_ROUND);
            expect(await confirm(single, question)).toEqual({ kind: 'alone', answer: undefined });
            second.fault = () => 'cut';
            expect(await confirm(chain, question)).toMatchObject({ kind: 'alone' });
            expect((await confirm(over([first, second, third]), question)).kind).toBe('agreed');
        });

        it('is agreed on by two', async () => {
            expect((await confirm(chain, question)).kind).toBe('agreed');
            expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
        });

        it('is contradicted by two, outvoted by three, and the liar is asked last', async () => {
            lie(first, '77');
            const disagreed = await confirm(chain, question);
            expect(disagreed).toMatchObject({
                kind: 'disagreed',
                error: { code: 'ENDPOINTS_DISAGREE', about: 'the balance' },
                answers: [{ answer: 77n }, {}],
            });
            chain = over([first, second, third]);
            const outvoted = await confirm(chain, question);
            expect(outvoted.kind).toBe('outvoted');
            expect('answer' in outvoted && outvoted.answer).not.toBe(77n);
            expect(states()).toEqual(['distrusted', 'up', 'up']);
            expect((await chain.account(NOBODY)).balance).not.toBe(77n);
        });

        it('may differ for a block or two', async () => {
            let looks = 0;
            first.fault = () =>
                ++looks > 2
                    ? undefined
                    : { alter: (result) => ({ ...(result as object), balance: '1' }) };
            expect((await confirm(chain, question)).kind).toBe('agreed');
        });
    });
});
