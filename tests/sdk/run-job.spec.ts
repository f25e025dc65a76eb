import { toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import {
    acceptResult,
    cancelJob,
    estimateJob,
    followJob,
    type JobEvent,
    type JobTicket,
    postJob,
    tickJob,
} from '../../sdk';
import { createWallet } from '../../sdk/node';
import { Escrow } from '../../wrappers';
import { input, output, PRICE, type Puppet, until, World } from '../provider/world';

describe('A job', () => {
    let world: World;
    beforeAll(async () => void (world = await World.create()));
    afterAll(() => world.stop());

    it('tells what happens to it, in this order', async () => {
        const events: JobEvent[] = [];
        const result = await world.run(await world.job([1, 2]), {
            onEvent: (event) => events.push(event),
        });
        const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== 'downloading');
        expect(kinds).toEqual([
            'estimated',
            'announced',
            'posted',
            'listed',
            'bid',
            'assigned',
            'committed',
            'fetched',
            'verified',
            'accepted',
            'closed',
        ]);
        expect(result.items).toHaveLength(2);
        expect(result.missing).toEqual([]);
        const downloading = events.filter((event) => event.kind === 'downloading');
        expect(downloading.at(-1)).toMatchObject({ finished: 2, items: 2 });
    });

    it('hands over one item after the other where asked, and then keeps none', async () => {
        const taken: number[] = [];
        const result = await world.run(await world.job([1, 2, 3]), {
            onItem: async ({ index }) => {
                await new Promise((resolve) => setImmediate(resolve));
                taken.push(index);
            },
        });
        expect(taken).toEqual([0, 1, 2]);
        expect(result.items).toEqual([]);
        expect(result.closing?.outcome).toBe('accepted');
    });

    it('costs the client its price, and gas: all else comes back', async () => {
        const { chain, client } = world.stage;
        const before = (await chain.account(client.address)).balance;
        const { closing, price } = await world.run(await world.job([3]));
        const after = (await chain.account(client.address)).balance;
        expect(closing?.paid).toBe(price);
        expect(before - after).toBeGreaterThan(price);
        expect(before - after).toBeLessThan(price + toNano('0.01'));
    });

    it('can be followed anew from its beginning', async () => {
        const { ticket } = await world.run(await world.job([4]));
        const { chain } = world.stage;
        const kinds: string[] = [];
        for await (const { kind } of followJob({ chain, ...ticket })) kinds.push(kind);
        expect(kinds).toEqual(['bid', 'closed']);
    });

    it('is accepted by whoever holds the ticket, without a wallet', async () => {
        const { chain } = world.stage;
        const ticket = await world.post(await world.job([5]));
        await until(async () => (await world.openJob(ticket))?.state === 'committed');
        await acceptResult({ chain, ticket });
        await expect(world.openJob(ticket)).resolves.toBeUndefined();
    });

    it('is not accepted with another seed', async () => {
        const { chain } = world.stage;
        const ticket = await world.post(await world.job([6]));
        await until(async () => (await world.openJob(ticket))?.state === 'committed');
        const wrong = { ...ticket, seed: ticket.seed ^ 1n };
        await expect(acceptResult({ chain, ticket: wrong })).rejects.toMatchObject({
            code: 'EXTERNAL_REFUSED',
        });
        await acceptResult({ chain, ticket });
    });

    it('ends with a typed error and a refund when nobody bids', async () => {
        const running = world.run(await world.job([7]), { ceiling: PRICE - 1n, takePrice: 0n });
        await until(() => world.kinds().includes('passed'));
        await world.stage.devnet.advanceTime(31);
        await expect(running).rejects.toMatchObject({ code: 'JOB_ENDED', outcome: 'no-bid' });
    });

    it('comes back to the client that cancels it in time', async () => {
        const { chain, deployment, client } = world.stage;
        const ticket = await world.post(await world.job([8]), {
            ceiling: PRICE - 1n,
            takePrice: 0n,
        });
        await cancelJob({ chain, deployment, sender: client, ticket });
        const events = [];
        for await (const event of followJob({ chain, ...ticket })) events.push(event);
        expect(events.at(-1)).toMatchObject({ kind: 'closed', outcome: 'cancelled' });
    });

    it('that nothing has to be done for is left alone by a tick', async () => {
        const { chain } = world.stage;
        await expect(tickJob({ chain, ticket: { ...never, jobId: 4_000 } })).resolves.toBe(
            undefined,
        );
    });

    it('is refused by the Market where it breaks a rule, with the exit code', async () => {
        await expect(
            world.run(await world.job([9]), { commitWindowSeconds: 10_000_000 }),
        ).rejects.toMatchObject({ code: 'POST_REFUSED', exitCode: expect.any(Number) as unknown });
    });

    it('is refused by the Escrow under an id that was used, and not paid twice', async () => {
        const job = await world.job([10]);
        const request = world.request(job);
        const estimate = await estimateJob({ ...request, items: 1 });
        const used = { ...estimate, jobId: 0 };
        await expect(postJob({ ...request, estimate: used })).rejects.toMatchObject({
            code: 'POST_REFUSED',
            exitCode: undefined,
        });
    });

    it('is not posted by a wallet that cannot pay for it', async () => {
        const running = world.run(await world.job([11]), { ceiling: toNano('1000') });
        await expect(running).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    });

    it('ends with the signal', async () => {
        const controller = new AbortController();
        const running = world.run(await world.job([12]), {
            takePrice: 0n,
            signal: controller.signal,
            onEvent: ({ kind }) => kind === 'listed' && controller.abort(new Error('enough')),
        });
        await expect(running).rejects.toThrow('enough');
    });

    const never: Pick<JobTicket, 'escrow'> = {
        get escrow() {
            const { deployment, client } = world.stage;
            return Escrow.ofClient(deployment, client.address).address;
        },
    };
});

describe('A client of a node that lies', () => {
    let world: World;
    let puppet: Puppet;
    beforeAll(async () => {
        world = await World.create({ operators: [] });
        puppet = await world.puppet();
    });
    afterAll(() => world.stop());

    /** Runs a job of two items that the puppet works on. */
    async function runWith(
        work: (ticket: JobTicket) => Promise<void>,
        hear: (kind: string) => unknown = () => undefined,
    ) {
        const job = await world.job([1, 2]);
        const kinds: string[] = [];
        let working: Promise<void> = Promise.resolve();
        const running = world.run(job, {
            endpoints: [],
            onEvent: (event) => {
                kinds.push(event.kind);
                hear(event.kind);
                if (event.kind !== 'posted') return;
                working = puppet.bid(event.ticket, PRICE).then(() => work(event.ticket));
            },
        });
        const outcome = await running.then(
            (result) => ({ result, error: undefined }),
            (error: unknown) => ({ result: undefined, error }),
        );
        await working;
        return { ...outcome, kinds };
    }
    const inputs = [input(1), input(2)];

    it('accepts what is honest', async () => {
        const { result } = await runWith((ticket) =>
            puppet.commit(ticket, inputs, [output(1), output(2)]),
        );
        expect(result?.closing?.outcome).toBe('accepted');
    });

    it('refuses leaves that are not those of the root, and does not accept', async () => {
        const { error, kinds } = await runWith((ticket) =>
            puppet.commit(ticket, inputs, [output(1), output(2)], {
                served: [output(1), output(3)],
            }),
        );
        expect(error).toMatchObject({ code: 'RESULT_REFUSED', reason: 'root' });
        expect(kinds).not.toContain('verified');
        expect(kinds).not.toContain('accepted');
    });

    it('refuses a root that was made for other inputs', async () => {
        const { error } = await runWith((ticket) =>
            puppet.commit(ticket, [input(1), input(1)], [output(1), output(2)]),
        );
        expect(error).toMatchObject({ code: 'RESULT_REFUSED', reason: 'root' });
    });

    it('refuses to pay for failures that were not counted', async () => {
        const { error } = await runWith((ticket) =>
            puppet.commit(ticket, inputs, [output(1), 3], { faulty: 0 }),
        );
        expect(error).toMatchObject({ code: 'RESULT_REFUSED', reason: 'faulty' });
    });

    it('does not accept an output that is no item, and lets time end the job', async () => {
        const { result, kinds } = await runWith(
            (ticket) => puppet.commit(ticket, inputs, [output(1), Uint8Array.of(1, 2)]),
            (kind) => kind === 'partial' && void world.stage.devnet.advanceTime(11),
        );
        expect(result?.items.map((item) => item.status === 'failed' && item.name)).toEqual([
            false,
            'OUTPUT_MALFORMED',
        ]);
        expect(result?.missing).toEqual([1]);
        expect(kinds).toContain('drawn');
        expect(kinds).not.toContain('accepted');
        expect(result).toMatchObject({ accepted: false, checked: true, closing: undefined });
    });

    it('refuses fewer results than items', async () => {
        const { error } = await runWith((ticket) =>
            puppet.commit(ticket, inputs, [output(1), output(2)], { served: [output(1)] }),
        );
        expect(error).toMatchObject({ code: 'RESULT_REFUSED', reason: 'count' });
    });
});

describe('A client of a node that delivers only a part', () => {
    let world: World;
    beforeAll(async () => void (world = await World.create()));
    afterAll(() => world.stop());

    /** Runs a job of three items; while `withheld` holds, one batch of outputs is not found. */
    async function runWithout(
        withheld: () => boolean,
        onEvent: (event: JobEvent) => void = () => undefined,
    ) {
        const job = await world.job([1, 2, 3]);
        const kinds: string[] = [];
        let blobs = 0;
        const batches = new Set<string>();
        const result = await world.run(job, {
            retry: { attempts: 1 },
            onEvent: (event) => {
                kinds.push(event.kind);
                onEvent(event);
            },
            fetch: (url, init) => {
                // The leaves come first, then the one batch of this job.
                if (init?.method !== 'PUT' && url.includes('/blobs/') && ++blobs > 1) {
                    batches.add(url);
                }
                const absent = url.replace(/[0-9a-f]{64}$/, '0'.repeat(64));
                return fetch(batches.has(url) && withheld() ? absent : url, init);
            },
        });
        return { result, kinds };
    }

    it('has what came, and does not accept', async () => {
        const { result, kinds } = await runWithout(
            () => true,
            ({ kind }) => {
                if (kind === 'partial') void world.stage.devnet.advanceTime(11);
            },
        );
        expect(result.missing).toEqual([0, 1, 2]);
        expect(result.items.map((item) => item.status === 'failed' && item.name)).toEqual([
            'OUTPUT_UNAVAILABLE',
            'OUTPUT_UNAVAILABLE',
            'OUTPUT_UNAVAILABLE',
        ]);
        expect(kinds).toContain('partial');
        expect(kinds).not.toContain('verified');
        expect(kinds).not.toContain('accepted');
        expect(result).toMatchObject({ accepted: false, checked: true, closing: undefined });
    });

    it('asks again, and accepts when the rest has come', async () => {
        let passes = 0;
        const { result, kinds } = await runWithout(
            () => passes < 2,
            ({ kind }) => {
                if (kind === 'downloading') passes++;
            },
        );
        expect(passes).toBeGreaterThan(2);
        expect(result.missing).toEqual([]);
        expect(kinds.filter((kind) => kind === 'partial')).toHaveLength(1);
        expect(kinds.filter((kind) => kind === 'verified')).toHaveLength(1);
        expect(result.closing?.outcome).toBe('accepted');
    });

    it('says that everything is withheld, and waits until it is not', async () => {
        let withheld = false;
        const kinds: string[] = [];
        const result = await world.run(await world.job([4]), {
            retry: { attempts: 1 },
            onEvent: ({ kind }) => {
                kinds.push(kind);
                if (kind === 'withheld') withheld = true;
            },
            fetch: (url, init) =>
                fetch(withheld || !url.includes('/results/') ? url : `${url}0`, init),
        });
        expect(kinds.filter((kind) => kind === 'withheld')).toHaveLength(1);
        expect(result.closing?.outcome).toBe('accepted');
    });

    it('fails with a typed error, and has accepted nothing, when it stays so', async () => {
        const kinds: string[] = [];
        const running = world.run(await world.job([5]), {
            retry: { attempts: 1 },
            onEvent: ({ kind }) => {
                kinds.push(kind);
                if (kind === 'withheld') void world.stage.devnet.advanceTime(11);
            },
            fetch: (url, init) => fetch(url.includes('/results/') ? `${url}0` : url, init),
        });
        await expect(running).rejects.toMatchObject({ code: 'RESULTS_UNAVAILABLE' });
        expect(kinds).not.toContain('accepted');
    });
});

describe('A wallet from keys', () => {
    let world: World;
    beforeAll(async () => void (world = await World.create({ operators: [] })));
    afterAll(() => world.stop());

    it('sends one message after another, however they are asked for', async () => {
        const { chain, client, owner } = world.stage;
        const before = (await chain.account(owner.address)).balance;
        const send = (value: bigint) => client.send({ to: owner.address, value, bounce: false });
        await Promise.all([send(1n), send(20n), send(300n)]);
        const after = (await chain.account(owner.address)).balance;
        expect(after - before).toBeLessThanOrEqual(321n);
        expect(await transfersTo(owner.address)).toEqual([300n, 20n, 1n]);
    });

    it('says what it lacks, and sends nothing', async () => {
        const { chain } = world.stage;
        const wallet = createWallet({
            chain,
            keys: keyPairFromSeed(Buffer.alloc(32, 9)),
            network: -3,
        });
        const sending = wallet.send({ to: wallet.address, value: 5n });
        await expect(sending).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS', balance: 0n });
    });

    async function transfersTo(address: Parameters<typeof world.stage.chain.account>[0]) {
        const { last } = await world.stage.chain.account(address);
        const page = await world.stage.chain.transactions(address, { limit: 3, from: last });
        return page.map(({ inMessage }) =>
            inMessage?.info.type === 'internal' ? inMessage.info.value.coins : 0n,
        );
    }
});
