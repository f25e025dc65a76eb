import { HistoryForeignError, HistoryUnlinkedError, IndexInUseError } from '../../explorer';
import { CheckWorld } from '../contracts/check-world';
import { SandboxChain } from './sandbox-chain';
import { answersOf, furnish, newFolder, openIndex, removeFolders, type TestIndex } from './world';

class Killed extends Error {}

describe('The index of a market, when things go wrong', () => {
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
        chain.forgotBefore = 0n;
        chain.alter = (page) => page;
    });

    it('gives the same answers after a kill at any request', async () => {
        const expected = answersOf(fresh);
        const begin = chain.requests;
        const other = openIndex(check, chain);
        await other.indexer.look();
        expect(answersOf(other)).toBe(expected);
        await other.stop();
        const all = chain.requests - begin;
        expect(all).toBeGreaterThan(20);
        for (let at = 1; at < all; at++) {
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

    it('goes on where an endpoint has forgotten what is old, and says since when it knows', async () => {
        const job = fresh.views.job(escrow, 4);
        chain.forgotBefore = BigInt(job?.timeline[8]?.lt ?? 0);
        const index = openIndex(check, chain);
        for (let look = 0; look < 60; look++) {
            await index.indexer.look().catch(() => undefined);
            if (index.indexer.caughtUp) break;
        }
        const { gaps, since } = index.views.status();
        expect(gaps.map(({ account }) => account)).toContain(check.world.market.address.toString());
        expect(since).toBeGreaterThanOrEqual(job?.timeline[8]?.at ?? Infinity);
        // What the Escrow holds now is known although its posting is not.
        expect(index.views.jobs({ limit: 10 }).jobs).toMatchObject([
            { jobId: 5, state: 'bidding' },
        ]);
        await index.stop();
    });

    it('keeps nothing of a history that is not linked', async () => {
        chain.alter = (page) => page.filter((_, at) => at !== 3);
        const index = openIndex(check, chain);
        await expect(index.indexer.look()).rejects.toBeInstanceOf(HistoryUnlinkedError);
        expect(index.views.jobs({ limit: 10 }).jobs).toEqual([]);
        chain.alter = (page) => page;
        await index.indexer.look();
        expect(answersOf(index)).toBe(answersOf(fresh));
        await index.stop();
    });

    it('notices another history than the one that it knows', async () => {
        const index = openIndex(check, chain);
        await index.indexer.look();
        const market = check.world.market.address.toString();
        const account = index.store.tables.accounts.get(market);
        if (account?.cursor === undefined) throw new Error('There is no cursor.');
        const hash = Buffer.alloc(32).toString('base64');
        const cursor = { lt: account.cursor.lt, hash };
        index.store.tables.accounts.putSync(market, { ...account, cursor });
        await expect(index.indexer.look()).rejects.toBeInstanceOf(HistoryForeignError);
        await index.stop();
    });

    it('lets no two programs write into one index', async () => {
        const folder = newFolder();
        const one = openIndex(check, chain, folder);
        const two = openIndex(check, chain, folder);
        const ends = await Promise.allSettled([one.indexer.look(), two.indexer.look()]);
        for (const end of ends) {
            if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(IndexInUseError);
        }
        await one.indexer.look();
        expect(answersOf(one)).toBe(answersOf(fresh));
        await one.stop();
        await two.stop();
    });
});
