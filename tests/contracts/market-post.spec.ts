import '@ton/test-utils';
import { beginCell, type Builder, Cell, toNano } from '@ton/core';
import {
    ErrorBadTerms,
    ErrorNotBasechain,
    ErrorTooLittleAssurance,
    ErrorTooLittleValue,
} from '../../build/Market/Market_Market';
import { checkFee, DEVNET_PARAMETERS, encodePost, encodeTerms, openJobIn } from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { listingsOf } from './escrow-scenes';
import { feesOf, transactionOn } from './trace';
import { type Client, GENEROUS, type PostOptions, World } from './world';

const POSTED = 0x45000001;
const TAG = 0xfeed0000;

describe('Post', () => {
    it.each([0, 65_535])(
        'lists a job of the genuine Escrow of index %i and funds it',
        async (index) => {
            const world = await World.create();
            const client = await world.client('client', index);
            const books = openBooks(world.chain);
            const trace = await world.post(client, { index, ceiling: toNano('3') });
            const [listing, ...more] = listingsOf(world, trace);
            expect(more).toHaveLength(0);
            expect(listing).toMatchObject({
                stage: 'bids',
                round: 0,
                index,
                jobId: 0,
                modelTag: TAG,
                amount: toNano('3'),
                parametersTag: (await client.escrow.getEscrow()).parametersTag,
            });
            expect(listing?.escrow).toEqualAddress(client.escrow.address);
            expect(listing?.client).toEqualAddress(client.wallet.address);
            const address = await world.market.getEscrowAddress(
                client.wallet.address,
                BigInt(index),
            );
            expect(address).toEqualAddress(client.escrow.address);
            const job = await client.escrow.getOpenJob(0, world.now);
            expect(job).toMatchObject({
                state: 'bidding',
                ceiling: toNano('3'),
                parameters: DEVNET_PARAMETERS,
            });
            // Clients and nodes read it from the data, without the get-method.
            const { accountState } = await world.chain.getContract(client.escrow.address);
            const data = accountState?.type === 'active' ? accountState.state.data : undefined;
            expect(openJobIn(data ?? Cell.EMPTY, 0, world.now)).toEqual(job);
            expect(openJobIn(data ?? Cell.EMPTY, 1, world.now)).toBeUndefined();
            expectConserved(books);
        },
    );

    const refused: [string, PostOptions, bigint][] = [
        ['no items', { terms: { items: 0 } }, ErrorBadTerms],
        ['no bidding window', { terms: { bidWindowSeconds: 0 } }, ErrorBadTerms],
        ['a bidding window over the cap', { terms: { bidWindowSeconds: 61 } }, ErrorBadTerms],
        ['a commit window over the cap', { terms: { commitWindowSeconds: 1801 } }, ErrorBadTerms],
        [
            'a commit window that the decline window fills',
            { terms: { commitWindowSeconds: 5 } },
            ErrorBadTerms,
        ],
        [
            'a nano of assurance too little',
            { assurance: checkFee(DEVNET_PARAMETERS, toNano('1'), 1) - 1n, value: toNano('9') },
            ErrorTooLittleAssurance,
        ],
        [
            'a ceiling that the value does not cover',
            { ceiling: (1n << 64n) - 1n, assurance: toNano('9'), value: toNano('9') },
            ErrorTooLittleAssurance,
        ],
        [
            'amounts that together exceed 64 bits',
            {
                ceiling: (1n << 64n) - 1n,
                assurance: (1n << 64n) - 1n,
                terms: { items: 1_000_000 },
                value: toNano('9'),
            },
            ErrorTooLittleValue,
        ],
    ];
    it.each(refused)('returns a job with %s whole, less gas', async (_, options, code) => {
        const world = await World.create();
        const client = await world.client();
        const books = openBooks(world.chain);
        const market = await world.balance(world.market.address);
        const before = await client.wallet.getBalance();
        const trace = await world.post(client, options);
        expect(trace.transactions).toHaveTransaction({
            on: world.market.address,
            exitCode: Number(code),
        });
        expect(listingsOf(world, trace)).toEqual([]);
        expect(await client.wallet.getBalance()).toBe(before - feesOf(trace));
        expect(await world.balance(world.market.address)).toBe(market);
        expectConserved(books);
    });

    it.each([
        ['a bit too many', (b: Builder) => b.storeBit(false)],
        ['a reference that no rule is', (b: Builder) => b.storeRef(Cell.EMPTY)],
    ])('returns a job whose terms hold %s', async (_, add) => {
        const world = await World.create();
        const client = await world.client();
        const terms = add(
            beginCell().storeSlice(encodeTerms(world.terms(0)).beginParse()),
        ).endCell();
        const trace = await postTerms(world, client, terms);
        expect(trace.transactions).toHaveTransaction({
            on: world.market.address,
            exitCode: Number(ErrorBadTerms),
        });
    });

    it('returns a job whose terms break off, though no step before the check would read on', async () => {
        const world = await World.create();
        const client = await world.client();
        const whole = encodeTerms(world.terms(0));
        for (const bits of [whole.bits.length - 1, 256 + 178]) {
            const terms = beginCell().storeBits(whole.bits.substring(0, bits)).endCell();
            const trace = await postTerms(world, client, terms);
            expect(trace.transactions).toHaveTransaction({
                on: world.market.address,
                success: false,
            });
        }
    });

    function postTerms(world: World, client: Client, terms: Cell) {
        const body = encodePost({
            index: 0,
            jobId: 0,
            ceiling: toNano('1'),
            assurance: toNano('2'),
            open: true,
            parametersTag: 0n,
            terms: world.terms(0),
        });
        return client.wallet.send({
            to: world.market.address,
            value: toNano('9'),
            body: beginCell().storeBits(body.bits).storeRef(terms).endCell(),
        });
    }

    it('takes windows at their caps, and a commit window a second longer than declining', async () => {
        const world = await World.create();
        const client = await world.client();
        await world.post(client, { terms: { bidWindowSeconds: 60, commitWindowSeconds: 1800 } });
        await world.post(client, { jobId: 1, terms: { commitWindowSeconds: 6 } });
        expect((await client.escrow.getEscrow()).open).toBe(2n);
    });

    describe.each(['current', 'sandbox'] as const)('under %s fees', (fees) => {
        it.each([true, false])(
            'needs its whole value at -1 and 0 nano (new Escrow: %s)',
            async (open) => {
                const world = await World.create({ fees });
                const client = await world.client();
                if (!open) await world.post(client);
                const jobId = open ? 0 : 1;
                const costs = await world.market.getCosts();
                const ceiling = toNano('1');
                const least =
                    ceiling +
                    checkFee(DEVNET_PARAMETERS, ceiling, 1) +
                    costs.post +
                    (open ? costs.openEscrow : 0n);
                const before = await client.wallet.getBalance();
                const refusal = await world.post(client, { jobId, value: least - 1n });
                expect(refusal.transactions).toHaveTransaction({
                    on: world.market.address,
                    exitCode: Number(ErrorTooLittleValue),
                });
                expect(await client.wallet.getBalance()).toBe(before - feesOf(refusal));
                await world.post(client, { jobId, value: least });
                expect(await client.escrow.getOpenJob(jobId, world.now)).toBeDefined();
                const { held, rent } = await client.escrow.getEscrow();
                expect(await world.balance(client.escrow.address)).toBeGreaterThanOrEqual(
                    held + rent,
                );
            },
        );

        it('never takes from the Market, whether the Escrow is new or not', async () => {
            const world = await World.create({ fees });
            const client = await world.client();
            let before = await world.balance(world.market.address);
            for (const jobId of [0, 1, 1, 7]) {
                await world.post(client, { jobId });
                const after = await world.balance(world.market.address);
                expect(after).toBeGreaterThanOrEqual(before);
                before = after;
            }
        });
    });

    it('sends the parameters along only to an Escrow that has others', async () => {
        const world = await World.create({ timelockSeconds: 0 });
        const client = await world.client();
        const sent = async (jobId: number): Promise<boolean> => {
            const trace = await world.post(client, { jobId });
            const posted = transactionOn(trace, client.escrow.address, POSTED).inMessage?.body;
            return posted?.refs.length === 2;
        };
        expect(await sent(0)).toBe(true);
        expect(await sent(1)).toBe(false);
        const next = { ...DEVNET_PARAMETERS, version: 2, acceptWindow: 11 };
        await world.market.sendProposeParameters(world.owner.getSender(), GENEROUS, next);
        await world.market.sendApplyParameters(world.owner.getSender(), GENEROUS);
        expect(await sent(2)).toBe(true);
        expect(await sent(3)).toBe(false);
        const jobs = await client.escrow.getOpenJobs(world.now);
        expect(jobs.map((job) => ('parameters' in job ? job.parameters.acceptWindow : 0))).toEqual([
            10, 10, 11, 11,
        ]);
    });

    it('gets the money of a repeated post or a wrong id back through the Escrow', async () => {
        const world = await World.create();
        const client = await world.client();
        const books = openBooks(world.chain);
        await world.post(client);
        const escrow = await client.escrow.getEscrow();
        const { post } = await world.market.getCosts();
        for (const jobId of [0, 2, 0xffff_ffff]) {
            const before = await client.wallet.getBalance();
            await world.post(client, { jobId, ceiling: toNano('50') });
            expect(before - (await client.wallet.getBalance())).toBeLessThan(post);
            const after = await client.escrow.getEscrow();
            expect(after).toMatchObject({ open: 1n, nextJob: 1n, held: escrow.held });
            expect(await world.balance(client.escrow.address)).toBeGreaterThanOrEqual(
                escrow.held + escrow.rent,
            );
        }
        expectConserved(books);
    });

    it('gets the money back where the tag named parameters that the Escrow has not', async () => {
        const world = await World.create();
        const client = await world.client();
        const books = openBooks(world.chain);
        const before = await client.wallet.getBalance();
        const { post, openEscrow } = await world.market.getCosts();
        const tag = BigInt(
            `0x${(await world.market.getParameters()).hash().toString('hex').slice(0, 16)}`,
        );
        await world.market.sendPost(client.wallet.getSender(), toNano('60'), {
            index: 0,
            jobId: 0,
            ceiling: toNano('50'),
            assurance: toNano('6'),
            open: true,
            parametersTag: tag,
            terms: world.terms(0, { items: 100 }),
        });
        expect((await client.escrow.getEscrow()).nextJob).toBe(0n);
        expect(before - (await client.wallet.getBalance())).toBeLessThan(post + openEscrow);
        expectConserved(books);
    });

    it('keeps what was sent to an Escrow that was never opened as surplus for its client', async () => {
        const world = await World.create();
        const client = await world.client();
        const books = openBooks(world.chain);
        await world.post(client, { open: false, value: toNano('5') }).catch(() => undefined);
        await world.market.sendPost(client.wallet.getSender(), toNano('5'), {
            index: 0,
            jobId: 0,
            ceiling: toNano('1'),
            assurance: toNano('2'),
            open: false,
            parametersTag: 0n,
            terms: world.terms(0),
        });
        await world.post(client, { open: true });
        expect((await client.escrow.getEscrow()).surplus).toBeGreaterThan(toNano('4.9'));
        expectConserved(books);
    });

    it('refuses a client in the masterchain', async () => {
        const world = await World.create();
        const master = await world.chain.treasury('master', { workchain: -1 });
        const books = openBooks(world.chain);
        const before = await master.getBalance();
        const posting = {
            index: 0,
            jobId: 0,
            ceiling: 1n,
            assurance: toNano('1'),
            open: true,
            parametersTag: 0n,
            terms: world.terms(0),
        };
        const trace = await world.market.sendPost(master.getSender(), toNano('9'), posting);
        expect(trace.transactions).toHaveTransaction({ exitCode: Number(ErrorNotBasechain) });
        expect(await master.getBalance()).toBe(before - feesOf(trace));
        expectConserved(books);
    });

    it('lists nothing that terms of an unpaid size could make the Market pay for', async () => {
        const world = await World.create();
        const client = await world.client();
        let rule = Cell.EMPTY;
        for (let i = 0; i < 200; i++)
            rule = beginCell().storeUint(i, 1000).storeRef(rule).endCell();
        const market = await world.balance(world.market.address);
        const { post, openEscrow } = await world.market.getCosts();
        const value = toNano('1') + checkFee(DEVNET_PARAMETERS, toNano('1'), 1) + post + openEscrow;
        await world.post(client, { terms: { rule }, value });
        expect(await world.balance(world.market.address)).toBeGreaterThanOrEqual(market);
    });
});
