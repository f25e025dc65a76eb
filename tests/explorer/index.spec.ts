import { CheckWorld } from '../contracts/check-world';
import { SandboxChain } from './sandbox-chain';
import { answersOf, furnish, newFolder, openIndex, removeFolders, type TestIndex } from './world';

class Killed extends Error {}

/** `faults.spec.ts` kills at every request. */
const KILL_EVERY = 29;

describe('The index of a market', () => {
    let check: CheckWorld;
    let chain: SandboxChain;
    let fresh: TestIndex;
    let escrow: string;
    beforeAll(async () => {
        check = await CheckWorld.create();
        await furnish(check);
        chain = new SandboxChain(check.world.chain);
        fresh = openIndex(check, chain);
        await fresh.indexer.look();
        escrow = check.client.escrow.address.toString();
    });
    afterAll(async () => {
        await fresh.stop();
        removeFolders();
    });
    beforeEach(() => {
        chain.onRequest = () => undefined;
    });

    const outcomes = () =>
        fresh.views
            .jobs({ limit: 10 })
            .jobs.map(({ jobId, state, closing }) => [jobId, state, closing?.outcome]);

    it('knows each job, the newest first, and how it ended', () => {
        expect(outcomes()).toEqual([
            [5, 'bidding', undefined],
            [4, 'ended', 'convicted'],
            [3, 'ended', 'passed'],
            [2, 'ended', 'not-committed'],
            [1, 'ended', 'no-bid'],
            [0, 'ended', expect.stringMatching(/^(accepted|passed)$/)],
        ]);
        expect(fresh.views.jobs({ limit: 10, live: true })).toMatchObject({
            total: 1,
            jobs: [{ jobId: 5, bidCount: 1 }],
        });
        expect(fresh.views.jobs({ limit: 10, checked: true, outcome: 'passed' }).jobs).toEqual(
            expect.arrayContaining([expect.objectContaining({ jobId: 3 })]),
        );
    });

    it('pages through jobs without losing or repeating any', () => {
        const ids: number[] = [];
        let before: string | undefined;
        do {
            const page = fresh.views.jobs({ limit: 2, ...(before !== undefined && { before }) });
            ids.push(...page.jobs.map(({ jobId }) => jobId));
            before = page.next;
        } while (before !== undefined);
        expect(ids).toEqual([5, 4, 3, 2, 1, 0]);
    });

    it('tells each transaction in the life of a job', () => {
        const job = fresh.views.job(escrow, 4);
        const steps = job?.timeline.map(({ kind, effects }) =>
            [kind, ...effects.map((effect) => effect.kind)].join(' '),
        );
        expect(steps).toEqual([
            'post',
            'bid',
            'commit',
            'accept listed',
            'claim',
            'seal',
            'open',
            'reveal held',
            'hold-acknowledged',
            'tick listed',
            ...['claim', 'claim', 'claim'],
            ...['seal', 'seal', 'seal'],
            ...['juror-reveal', 'juror-reveal', 'juror-reveal'],
            'tick found',
            'tick reward reward reward reward penalty closed',
        ]);
        expect(job).toMatchObject({ checked: true, juries: 1, finding: 'wrong' });
        expect(job?.timeline.every(({ hash }) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
    });

    it('tells the bids, and which of them was outbid', () => {
        expect(fresh.views.job(escrow, 2)?.bids).toMatchObject([
            { price: '200000000', standing: 'outbid' },
            { price: '100000000', standing: 'best' },
        ]);
    });

    it('keeps the record of a Stake, and what its get-methods say of it', async () => {
        const convict = check.accused.stake;
        const { reserve } = await convict.getStake();
        expect(fresh.views.stake(convict.address.toString())).toMatchObject({
            operator: check.accused.operator.address.toString(),
            delivered: 3,
            missed: 1,
            paidJobs: 2,
            convictions: 1,
            state: { convicted: true, reserve: reserve.toString() },
            // Of 3 and 0, and not of 4, which was wrong; 2,000 items in 3 s are 0.86 of a core.
            hardware: { cores: 0.5, clients: 1, probe: { jobId: 3, itemNs: 1_500_000 } },
            work: [
                { jobs: 1, items: 2_000, checksPassed: 1, fastestNs: 1_500_000 },
                { jobs: 1, items: 4 },
            ],
        });
        const verifiers = fresh.views.stakes({ order: 'active', limit: 20, offset: 0 }).stakes;
        expect(verifiers.reduce((sum, { jurySeats }) => sum + jurySeats, 0)).toBe(3);
        expect(verifiers).toHaveLength(10);
        expect(verifiers.filter(({ hardware }) => hardware !== undefined)).toHaveLength(1);
    });

    it('adds up days, models and fees as the contracts count them', async () => {
        const [day] = fresh.views.days({ from: 0, to: 100_000 }).days;
        const { owed } = await check.client.escrow.getEscrow();
        const collected = await check.world.market.getFees();
        expect(BigInt(day?.fees ?? 0)).toBe(owed + collected);
        expect(day).toMatchObject({ posted: 6, ended: 5, paidJobs: 2, missed: 1, convictions: 1 });
        const { models } = fresh.views.models();
        expect(models).toMatchObject([
            { jobs: 5, paidJobs: 1 },
            { jobs: 1, paidJobs: 1, items: 2_000 },
        ]);
        for (const { quartiles } of models) expect(quartiles).toBeDefined();
    });

    it('gives the same answers after kills', async () => {
        const expected = answersOf(fresh);
        const begin = chain.requests;
        const other = openIndex(check, chain);
        await other.indexer.look();
        expect(answersOf(other)).toBe(expected);
        await other.stop();
        const all = chain.requests - begin;
        expect(all).toBeGreaterThan(20);
        for (let at = 1; at < all; at += KILL_EVERY) {
            const folder = newFolder();
            let left = at;
            chain.onRequest = () => {
                if (--left <= 0) throw new Killed();
            };
            const killed = openIndex(check, chain, folder);
            await expect(killed.indexer.look()).rejects.toBeInstanceOf(Killed);
            await killed.stop();
            chain.onRequest = () => undefined;
            const resumed = openIndex(check, chain, folder);
            await resumed.indexer.look();
            expect(answersOf(resumed)).toBe(expected);
            await resumed.stop();
        }
    });

    it('changes nothing when it looks again', async () => {
        const before = answersOf(fresh);
        const news = fresh.news.length;
        await fresh.indexer.look();
        expect(answersOf(fresh)).toBe(before);
        expect(fresh.news).toHaveLength(news);
    });
});
