import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderEvent, ProviderOptions } from '../../provider';
import { PassError } from '../../provider/errors';
import type { Governor } from '../../provider/governor';
import { hashToHex, sha256 } from '../../protocol';
import { createBlobStore } from '../../sdk/node';
import type { JobTicket, RunJobRequest } from '../../sdk';
import { RestartableNode } from './restartable-node';
import { PRICE, standingClock, until, World } from './world';

/** Events of one job, in order. */
function eventsOf(events: readonly ProviderEvent[], { jobId }: JobTicket): ProviderEvent[] {
    return events.filter((event) => event.jobId === jobId);
}

async function heard<K extends ProviderEvent['kind']>(
    events: readonly ProviderEvent[],
    ticket: JobTicket,
    kind: K,
) {
    const find = () => eventsOf(events, ticket).find((event) => event.kind === kind);
    await until(() => find() !== undefined);
    return find() as Extract<ProviderEvent, { readonly kind: K }>;
}

describe('A node with room for one job', () => {
    let world: World;
    let events: ProviderEvent[];
    beforeEach(async () => {
        events = [];
        world = await World.create({ operators: [], nowMs: standingClock() });
    });
    afterEach(() => world.stop());

    const create = (options: Partial<ProviderOptions> = {}) =>
        world.node({ maxJobs: 1, onEvent: (event) => events.push(event), ...options });
    const poster =
        ({ url }: { readonly url: string }) =>
        async (value: number, options: Partial<RunJobRequest> = {}) =>
            world.post(await world.job([value]), { endpoints: [url], takePrice: 0n, ...options });
    const kinds = (ticket: JobTicket) => eventsOf(events, ticket).map(({ kind }) => kind);

    it('looks at several at a time: what is only looked at leaves room for bids', async () => {
        let answer: () => void = () => undefined;
        const held = new Promise<void>((resolve) => (answer = resolve));
        let asked = false;
        const node = await create({
            fetch: async (url, init) => {
                if (String(url).includes('/slow/')) {
                    asked = true;
                    await held;
                }
                return fetch(String(url).replace('/slow/', '/'), init);
            },
        });
        const options = { endpoints: [node.url], takePrice: 0n };
        const sources = [`${world.stage.blobServer.url}/slow/blobs`];
        const looked: JobTicket[] = [];
        for (const value of [1, 2]) {
            looked.push(await world.post(await world.job([value], { sources }), options));
        }
        await until(() => asked);
        const prompt = await world.post(await world.slowJob(1, 1n), options);
        await heard(events, prompt, 'bid');
        for (const ticket of looked) expect(kinds(ticket)).toEqual(['seen']);
        answer();
        for (const ticket of looked) await heard(events, ticket, 'waits');
    });

    it('bids for one that waits when the one that it has won is done', async () => {
        const node = await create();
        const post = poster(node);
        const first = await post(1);
        await heard(events, first, 'bid');
        const second = await post(2, { bidWindowSeconds: 60 });
        const { detail } = await heard(events, second, 'waits');
        expect(detail).toBe('1 jobs are bid for or being done, and maxJobs is 1.');
        const waiting = node.status().work.jobs.find(({ jobId }) => jobId === second.jobId);
        expect(waiting).toMatchObject({ phase: 'waiting', items: 1 });
        await world.stage.devnet.advanceTime(31);
        await heard(events, second, 'bid');
        const order = events.flatMap(({ kind, jobId }) =>
            kind === 'committed' || kind === 'bidding' ? [`${kind} ${jobId}`] : [],
        );
        expect(order).toEqual([
            `bidding ${first.jobId}`,
            `committed ${first.jobId}`,
            `bidding ${second.jobId}`,
        ]);
        await world.stage.devnet.advanceTime(61);
        await heard(events, second, 'committed');
        expect(kinds(second).filter((kind) => kind === 'described' || kind === 'waits')).toEqual([
            'described',
            'waits',
        ]);
        expect(events.map(({ kind }) => kind)).not.toContain('passed');
    });

    it('bids for one that waits when the bid that took its room is beaten', async () => {
        const post = poster(await create());
        const puppet = await world.puppet();
        const first = await post(1);
        await heard(events, first, 'bid');
        const second = await post(2);
        await heard(events, second, 'waits');
        await puppet.bid(first, PRICE / 2n);
        await heard(events, first, 'outbid');
        await heard(events, second, 'bid');
    });

    it('bids for one that it had no time for when the bid that took the time is beaten', async () => {
        const { spec } = await world.job([1]);
        const bytes = spec.inputs.batches.reduce((sum, batch) => sum + batch.bytes, 0);
        // Two of these are more than a minute with what the plan adds.
        const onEvent = (event: ProviderEvent) => events.push(event);
        const node = await world.node({ onEvent }, ({ costs }) =>
            costs.learnItem(spec.model, bytes, 20_000),
        );
        const post = poster(node);
        const puppet = await world.puppet();
        const first = await post(1);
        await heard(events, first, 'bid');
        const second = await post(2);
        expect((await heard(events, second, 'waits')).detail).toContain('beside 1 promised jobs');
        await puppet.bid(first, PRICE / 2n);
        await heard(events, second, 'bid');
    });

    it('says that it had no room when the time for bids ends meanwhile, and what it had', async () => {
        const node = await create();
        const post = poster(node);
        const first = await post(1, { bidWindowSeconds: 60 });
        await heard(events, first, 'bid');
        const second = await post(2, { bidWindowSeconds: 20 });
        await heard(events, second, 'waits');
        await world.stage.devnet.advanceTime(21);
        const { why } = await heard(events, second, 'passed');
        expect(why).toEqual({ code: 'busy', jobs: 1, maxJobs: 1 });
        const entry = () => node.status().recent.find(({ jobId }) => jobId === second.jobId);
        expect(entry()).toMatchObject({ outcome: 'passed', reason: 'busy', items: 1 });
        expect(node.status().today).toMatchObject({ seen: 2, bids: 1, passed: { busy: 1 } });
        // It is over for good.
        await until(() => node.status().work.jobs.length === 1);
    });

    it('says that it had no room when somebody else has won the job meanwhile', async () => {
        const post = poster(await create());
        const puppet = await world.puppet();
        const first = await post(1, { bidWindowSeconds: 60 });
        await heard(events, first, 'bid');
        const second = await post(2, { takePrice: PRICE / 2n });
        await heard(events, second, 'waits');
        await puppet.bid(second, PRICE / 2n);
        expect((await heard(events, second, 'passed')).reason).toBe('busy');
    });

    it('does not wait with a job that it would not bid for', async () => {
        const post = poster(await create());
        const first = await post(1);
        await heard(events, first, 'bid');
        const second = await post(2, { ceiling: PRICE - 1n });
        expect((await heard(events, second, 'passed')).reason).toBe('over-ceiling');
        expect(kinds(second)).not.toContain('waits');
    });

    it('asks what its rules say now when it looks at one again', async () => {
        let suspended = false;
        const governor = {
            suspensions: [],
            share: 1,
            checkMemory: () => undefined,
            checkBid: () => {
                if (suspended) throw new PassError({ code: 'suspended', preference: 'x' }, 'No.');
            },
            begin: () => ({ signal: new AbortController().signal, end: () => undefined }),
            workedMs: () => performance.now(),
        } as unknown as Governor;
        const post = poster(await create({ governor }));
        const first = await post(1);
        await heard(events, first, 'bid');
        const second = await post(2, { bidWindowSeconds: 60 });
        await heard(events, second, 'waits');
        suspended = true;
        await world.stage.devnet.advanceTime(31);
        expect((await heard(events, second, 'passed')).reason).toBe('suspended');
    });

    it('bids for one of two whose looks end together, and for the other one when that is done', async () => {
        const jobs = [await world.job([1]), await world.job([2])];
        const batches = jobs.flatMap(({ blobs }) =>
            blobs.slice(1).map((blob) => hashToHex(sha256(blob))),
        );
        const asked: (() => void)[] = [];
        const node = await create({
            fetch: async (url, init) => {
                if (batches.some((batch) => String(url).includes(batch))) {
                    await new Promise<void>((resolve) => asked.push(resolve));
                }
                return fetch(url, init);
            },
        });
        const tickets: JobTicket[] = [];
        for (const job of jobs) {
            const options = { endpoints: [node.url], takePrice: 2n * PRICE };
            tickets.push(await world.post(job, options));
        }
        // Both have found that there is room, and wait for their inputs.
        await until(() => asked.length === 2);
        expect(node.status().work.jobs).toMatchObject([{ phase: 'looking' }, { phase: 'looking' }]);
        for (const answer of asked) answer();
        for (const ticket of tickets) await heard(events, ticket, 'committed');
        const order = events.map(({ kind }) => kind).filter((kind) => /^(bid|commi)/.test(kind));
        expect(order).toEqual(['bidding', 'bid', 'committed', 'bidding', 'bid', 'committed']);
        expect(events.filter(({ kind }) => kind === 'waits')).toHaveLength(1);
    });
});

describe('A node that is killed while a job waits', () => {
    let world: World;
    let node: RestartableNode;
    beforeEach(async () => {
        world = await World.create({ operators: [], nowMs: standingClock() });
        node = await RestartableNode.create(world);
        await node.stop();
        await node.start({ maxJobs: 1 });
    });
    afterEach(() => world.stop());

    const post = async (value: number, options: Partial<RunJobRequest> = {}) =>
        world.post(await world.job([value]), {
            endpoints: [node.url],
            takePrice: 0n,
            bidWindowSeconds: 60,
            ...options,
        });
    const outcomes = (ticket: JobTicket) =>
        node.status.recent.filter(({ jobId }) => jobId === ticket.jobId);

    it('finds it waiting when it is started again, and bids when there is room', async () => {
        const first = await post(1, { bidWindowSeconds: 30 });
        await heard(node.events, first, 'bid');
        const second = await post(2);
        await heard(node.events, second, 'waits');
        await node.stop();
        node.events.length = 0;
        await node.start({ maxJobs: 1 });
        // What was bid for before takes the room.
        await heard(node.events, second, 'waits');
        expect(node.count('bidding')).toBe(0);
        await world.stage.devnet.advanceTime(31);
        await heard(node.events, first, 'committed');
        await heard(node.events, second, 'bid');
        await world.stage.devnet.advanceTime(61);
        await heard(node.events, second, 'committed');
        expect(outcomes(second)).toHaveLength(1);
        expect(node.count('seen')).toBe(0);
    });

    it('says what became of it when its time for bids ended while the node was away', async () => {
        const first = await post(1);
        await heard(node.events, first, 'bid');
        const second = await post(2, { bidWindowSeconds: 20 });
        await heard(node.events, second, 'waits');
        await node.stop();
        await world.stage.devnet.advanceTime(21);
        await node.start({ maxJobs: 1 });
        expect((await heard(node.events, second, 'passed')).reason).toBe('over');
        expect(outcomes(second)).toMatchObject([{ outcome: 'passed', reason: 'over' }]);
    });

    it('does the work of a bid whose documents are gone when it is started again', async () => {
        const first = await post(1, { bidWindowSeconds: 30 });
        await heard(node.events, first, 'bid');
        await node.stop();
        const folder = join(world.folder, 'none');
        // With what the client gave it.
        rmSync(join(world.folder, 'state', 'uploads'), { recursive: true });
        await node.start({ maxJobs: 1, blobs: createBlobStore({ folder }), specSources: [] });
        const second = await post(2);
        await heard(node.events, second, 'waits');
        expect(eventsOf(node.events, first).map(({ kind }) => kind)).not.toContain('passed');
        await world.stage.devnet.advanceTime(31);
        // Nobody has the spec any more: it is given back, not forgotten.
        await heard(node.events, first, 'declined');
        await heard(node.events, second, 'bid');
    });
});
