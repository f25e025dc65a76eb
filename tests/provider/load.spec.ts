import type { Provider, ProviderEvent } from '../../provider';
import type { JobTicket, RunJobRequest } from '../../sdk';
import { PRICE, until, World } from './world';

const TRIPS = 100_000n;
const CEILING = 20_000_000n;

describe('A node with more work than one job', () => {
    let world: World;
    let node: Provider;
    const events: ProviderEvent[] = [];
    beforeAll(async () => {
        world = await World.create({ operators: [] });
        node = await world.node({
            pricing: { kind: 'per-core-millisecond', nano: 1n },
            maxJobs: 8,
            onEvent: (event) => events.push(event),
        });
    });
    afterAll(() => world.stop());

    const post = async (items: number, options: Partial<RunJobRequest> = {}) =>
        world.post(await world.slowJob(items, TRIPS), {
            endpoints: [node.url],
            ceiling: CEILING,
            takePrice: 0n,
            commitWindowSeconds: 60,
            bidWindowSeconds: 30,
            ...options,
        });
    const of = ({ jobId }: JobTicket) => events.filter((event) => event.jobId === jobId);
    async function heard<K extends ProviderEvent['kind']>(ticket: JobTicket, kind: K) {
        const find = () => of(ticket).find((event) => event.kind === kind);
        await until(() => find() !== undefined);
        return find() as Extract<ProviderEvent, { readonly kind: K }>;
    }
    const coreMs = () => node.status().costs[0]?.coreMs as number;

    it('measures a model once, and bids for the next jobs by what it has learned', async () => {
        const first = await post(4, { takePrice: CEILING });
        await heard(first, 'committed');
        const learned = coreMs();
        expect(learned).toBeGreaterThan(0);
        const { price } = await heard(first, 'bidding');
        expect(price).toBeGreaterThan(0n);
        const second = await post(4, { takePrice: CEILING });
        const { price: next } = await heard(second, 'bidding');
        expect(next).toBe(BigInt(Math.ceil(Math.ceil(learned * 1000 * 4) / 1000)));
        await heard(second, 'committed');
        expect(node.status().work.promisedMs).toBe(0);
    });

    it('finishes all jobs that it takes in time, and leaves one for which there is none', async () => {
        // A second of work each; the large one alone would just fit.
        const items = (seconds: number) => Math.ceil((seconds * 1000) / coreMs());
        const small = [await post(items(1)), await post(items(1)), await post(items(1))];
        for (const ticket of small) await heard(ticket, 'bid');
        expect(node.status().work.promisedMs).toBeGreaterThan(2_500);

        const large = await post(items(33));
        const lacks = /^\d+ items of [\d.]+ ms on 1 cores take .* beside 3 promised/;
        expect((await heard(large, 'waits')).detail).toMatch(lacks);

        const huge = await post(items(100));
        expect((await heard(huge, 'passed')).reason).toBe('too-slow');

        await world.stage.devnet.advanceTime(31);
        const left = await heard(large, 'passed');
        expect(left.reason).toBe('busy');
        expect(left.detail).toMatch(lacks);
        for (const ticket of small) await heard(ticket, 'committed');
        for (const ticket of small) {
            expect(await world.openJob(ticket)).toMatchObject({ state: 'committed' });
        }
        const kinds = events.map(({ kind }) => kind);
        expect(kinds).not.toContain('missed');
        expect(kinds).not.toContain('declined');
    });

    it('lets the job that is due first go first', async () => {
        const takePrice = CEILING;
        const soon = await post(20, { takePrice, commitWindowSeconds: 60 });
        await heard(soon, 'progress');
        // It would be done long before the other one if they shared the core. Only what is on its
        // way to the child already, five items, is not held back.
        const late = await post(10, { takePrice, commitWindowSeconds: 120 });
        await heard(late, 'executed');
        const order = events.filter(({ kind }) => kind === 'executed').map(({ jobId }) => jobId);
        expect(order.slice(-2)).toEqual([soon.jobId, late.jobId]);
    });
});

describe('A node that is given what never ends', () => {
    let world: World;
    afterEach(() => world.stop());

    it('stops measuring it when other work comes, and does that', async () => {
        const events: ProviderEvent[] = [];
        world = await World.create({ operators: [] });
        const node = await world.node({
            pricing: { kind: 'per-core-millisecond', nano: 1n },
            onEvent: (event) => events.push(event),
        });
        const options = { endpoints: [node.url], ceiling: CEILING, takePrice: CEILING };
        const windows = { bidWindowSeconds: 30, commitWindowSeconds: 60 };
        const day = 24 * 3600 * 1000;
        const endless = await world.post(await world.slowJob(2, 10n ** 15n, day), {
            ...options,
            ...windows,
        });
        await until(() => events.some(({ kind }) => kind === 'described'));
        const { ticket } = await world.run(await world.job([1, 2]), options);
        expect(events.find(({ kind }) => kind === 'committed')?.jobId).toBe(ticket.jobId);
        const passed = events.find(({ kind }) => kind === 'passed');
        expect(passed).toMatchObject({ jobId: endless.jobId, reason: 'too-slow' });
    });

    it('stops measuring it with the time for bids', async () => {
        const events: ProviderEvent[] = [];
        world = await World.create({ operators: [] });
        const node = await world.node({
            pricing: { kind: 'per-core-millisecond', nano: 1n },
            onEvent: (event) => events.push(event),
        });
        await world.post(await world.slowJob(2, 10n ** 15n, 24 * 3600 * 1000), {
            endpoints: [node.url],
            ceiling: CEILING,
            bidWindowSeconds: 5,
        });
        await until(() => events.some(({ kind }) => kind === 'passed'));
        expect(events.find(({ kind }) => kind === 'passed')).toMatchObject({ reason: 'too-slow' });
        expect(node.status().work.promisedMs).toBe(0);
    });
});

describe('A node that knows a model', () => {
    let world: World;
    afterEach(() => world.stop());

    it('needs no inputs to name its price', async () => {
        const pricing = { kind: 'per-core-millisecond', nano: 1n } as const;
        const events: ProviderEvent[] = [];
        world = await World.create({ operators: [] });
        const node = await world.node({
            pricing,
            prefetchBytes: 0,
            onEvent: (event) => events.push(event),
        });
        const options = { endpoints: [node.url], ceiling: PRICE * 100n, takePrice: PRICE * 100n };
        await world.run(await world.job([1]), options);
        // The inputs of the next one are nowhere.
        await world.post(await world.job([2], { serve: false }), options);
        await until(() => events.filter(({ kind }) => kind === 'bidding').length === 2);
        await until(() => events.some(({ kind }) => kind === 'declined'));
    });

    it('does not bid where inputs and model take longer to come than a winner has', async () => {
        const events: ProviderEvent[] = [];
        const options = { prefetchBytes: 0, onEvent: (event: ProviderEvent) => events.push(event) };
        world = await World.create({ operators: [] });
        // A byte a second, as it found out with another job.
        const node = await world.node(options, ({ costs }) => costs.learnFetch(1e5, 1e8));
        const passed = () => events.find((event) => event.kind === 'passed');
        await world.post(await world.job([1]), { endpoints: [node.url] });
        await until(() => passed() !== undefined);
        expect(passed()).toMatchObject({ reason: 'too-slow' });
        expect(passed()?.detail).toMatch(/^The download of \d+ bytes takes about \d+ s; a winner/);
    });

    it('fetches before its bid what takes longer than a winner has, where there is time for it', async () => {
        const events: ProviderEvent[] = [];
        const options = { prefetchBytes: 0, onEvent: (event: ProviderEvent) => events.push(event) };
        world = await World.create({ operators: [] });
        const job = await world.job([1]);
        const bytes = job.blobs.reduce((sum, { length }) => sum + length, 0);
        // All of it takes ten seconds or twenty, as it found out with another job.
        const node = await world.node(options, ({ costs }) => costs.learnFetch(1e5 * bytes, 1e9));
        await world.post(job, { endpoints: [node.url] });
        await until(() => events.some(({ kind }) => kind === 'bid'));
        expect(events.map(({ kind }) => kind)).not.toContain('passed');
    });
});
