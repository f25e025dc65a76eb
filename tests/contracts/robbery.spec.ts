import { beginCell, type Cell, contractAddress, toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import {
    Escrow as EscrowAbi,
    PenaltyLock,
    storeBid,
    storePenalize,
    storePosted,
    storeRelease,
    storeSettle,
} from '../../build/Escrow/Escrow_Escrow';
import { storeList } from '../../build/Market/Market_Market';
import {
    accountId,
    encodeParameters,
    encodeTerms,
    Escrow,
    escrowInit,
    Stake,
    stakeInit,
} from '../../wrappers';
import {
    commitBody,
    createScene,
    deliver,
    exitOf,
    jobOf,
    listingsOf,
    refusal,
    type Scene,
    speakFor,
} from './escrow-scenes';
import { type Client, GENEROUS, type Provider } from './world';

const PRICE = toNano('0.5');
const NOT_MARKET = 302;
const NOT_STAKE = 303;
const NOT_ESCROW = 304;

describe('Robbers who forge', () => {
    let scene: Scene;
    let robber: Scene['client']['wallet'];
    let provider: Provider;
    let accomplice: Client;

    beforeAll(async () => {
        scene = await createScene({}, async ({ world, client, providers: [one] }) => {
            robber = await world.chain.treasury('robber');
            await world.post(client, { terms: { bidWindowSeconds: 20 } });
            await world.bid(one, client, { price: PRICE });
            accomplice = await world.client('robber');
            await world.post(accomplice);
        });
        provider = scene.providers[0];
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    function cell(store: (builder: ReturnType<typeof beginCell>) => void): Cell {
        return beginCell().store(store).endCell();
    }

    /** Sends from the robber's wallet, and tells what the robber paid. */
    async function attempt(to: Scene['client']['escrow']['address'], body: Cell) {
        const before = await scene.world.balance(robber.address);
        const result = await robber.send({ to, value: GENEROUS, body });
        const paid = before - (await scene.world.balance(robber.address));
        return { exit: exitOf(result, to), paid };
    }

    function expectCheapLoss(paid: bigint): void {
        expect(paid).toBeGreaterThan(0n);
        expect(paid).toBeLessThan(toNano('0.01'));
    }

    /** What the provider has locked for job 0 of the victim, as its Escrow would name it. */
    async function lockOfVictim() {
        const job = await jobOf(scene.world, scene.client);
        if (!('bid' in job) || job.bid === undefined) throw new Error('The job has no bid.');
        return {
            jobId: 0n,
            lock: job.bid.lock,
            lockUntil: BigInt(job.bid.lockUntil),
        };
    }

    const penalty = {
        $$type: 'Penalize',
        kind: PenaltyLock,
        fine: 0n,
        compensation: toNano('1000'),
        catcher: 0n,
        reward: 0n,
    } as const;

    /** Of each kind, for the benefit of the robber. */
    async function penalties(client: Client): Promise<Cell[]> {
        const lock = await lockOfVictim();
        const gain = { fine: toNano('100'), catcher: accountId(robber.address), reward: PRICE };
        return [1n, 2n, 3n].map((kind) =>
            cell(storePenalize({ ...penalty, ...lock, ...ownerOf(client), ...gain, kind })),
        );
    }

    function ownerOf(client: Client, index = 0n) {
        return { client: accountId(client.wallet.address), index };
    }

    it('a Posted pay their gas', async () => {
        const body = cell(
            storePosted({
                $$type: 'Posted',
                jobId: 1n,
                ceiling: toNano('100'),
                extra: toNano('100'),
                parametersTag: 0n,
                terms: encodeTerms(scene.world.terms(1)),
                parameters: encodeParameters(scene.world.parameters),
            }),
        );
        for (const escrow of [scene.client.escrow, accomplice.escrow]) {
            const { exit, paid } = await attempt(escrow.address, body);
            expect(exit).toBe(NOT_MARKET);
            expectCheapLoss(paid);
        }
    });

    it('a bid of a Stake pay their gas', async () => {
        const bid = cell(
            storeBid({
                $$type: 'Bid',
                jobId: 0n,
                lock: toNano('100'),
                lockUntil: 0xffffffffn,
                price: 1n,
                commitment: 0n,
                operator: accountId(robber.address),
                reserve: toNano('100000'),
                checkRate: 0n,
            }),
        );
        expect((await attempt(scene.client.escrow.address, bid)).exit).toBe(NOT_STAKE);
    });

    it('a commit of the winner are refused at no cost to anybody', async () => {
        scene.world.wait(20);
        const { address } = scene.client.escrow;
        const before = await scene.world.balance(address);
        const own = { ...keyPairFromSeed(sha256_sync('robber')), seed: 1n };
        const forged = commitBody(address, { jobId: 0, root: 1n, faulty: 0 }, own);
        expect(await refusal(deliver(scene.world, scene.client, forged))).toBe(344);
        // Inside, too: an internal message with the words of the external one is no message at all.
        const key = scene.world.jobKey(provider, 0);
        const genuine = commitBody(address, { jobId: 0, root: 1n, faulty: 0 }, key);
        expect((await attempt(address, genuine)).exit).not.toBe(0);
        expect((await jobOf(scene.world, scene.client)).state).toBe('assigned');
        // But for the rent of a moment.
        const after = await scene.world.balance(address);
        expect(before - after < 1000n && after <= before).toBe(true);
    });

    it('a release or a penalty of an Escrow pay their gas', async () => {
        const before = await provider.stake.getStake();
        for (const body of [
            cell(
                storeRelease({
                    $$type: 'Release',
                    ...(await lockOfVictim()),
                    ...ownerOf(scene.client),
                }),
            ),
            ...(await penalties(scene.client)),
            ...(await penalties(accomplice)),
        ]) {
            const { exit, paid } = await attempt(provider.stake.address, body);
            expect(exit).toBe(NOT_ESCROW);
            expectCheapLoss(paid);
        }
        expect(await provider.stake.getStake()).toMatchObject({
            locked: before.locked,
            collateral: before.collateral,
            withdrawable: before.withdrawable,
        });
    });

    it('a settlement give the provider what they paid, less gas, whatever they say it is worth', async () => {
        const before = await provider.stake.getStake();
        const words = { jobId: 0n, outcome: 1n, paid: toNano('1000'), draw: 0n };
        const body = cell(storeSettle({ $$type: 'Settle', ...words }));
        const { exit, paid } = await attempt(provider.stake.address, body);
        expect(exit).toBe(0);
        const after = await provider.stake.getStake();
        const earned = after.withdrawable - before.withdrawable;
        expect(earned).toBeGreaterThan(0n);
        expect(earned).toBeLessThan(paid);
        expect(after).toMatchObject({ locked: before.locked, record: before.record });
        expect(after.operating).toBeGreaterThanOrEqual(before.operating);
    });

    it('a listing of the Market pay their gas, and nobody believes them', async () => {
        const before = await scene.world.balance(robber.address);
        for (const client of [scene.client, accomplice]) {
            const body = cell(
                storeList({
                    $$type: 'List',
                    jobId: 7n,
                    ...ownerOf(client),
                    modelTag: 0n,
                    stage: 0n,
                    round: 0n,
                    amount: toNano('1000000'),
                    parametersTag: 0n,
                }),
            );
            const result = await robber.send({
                to: scene.world.market.address,
                value: GENEROUS,
                body,
            });
            expect(listingsOf(scene.world, result)).toEqual([]);
        }
        const paid = before - (await scene.world.balance(robber.address));
        expect(paid).toBeGreaterThan(2n * GENEROUS);
    });

    it('the name of another client, from a genuine Escrow of their own, reach nothing', async () => {
        // What an Escrow says always begins with its own client; the words of this one are forced.
        const lock = await lockOfVictim();
        for (const owner of [
            ownerOf(scene.client),
            ownerOf(accomplice, 1n),
            ownerOf(scene.client, 1n),
        ]) {
            const body = cell(
                storePenalize({ ...penalty, ...lock, ...owner, compensation: PRICE }),
            );
            const result = await speakFor(
                scene.world,
                accomplice.escrow.address,
                provider.stake.address,
                body,
            );
            expect(exitOf(result, provider.stake.address)).toBe(NOT_ESCROW);
        }
    });

    it('an Escrow with code of their own is at an address that no Stake believes', async () => {
        const { data } = escrowInit(scene.world.deployment, robber.address).init;
        const code = beginCell().storeUint(1, 8).endCell();
        const fake = contractAddress(0, { code, data });
        const lock = await lockOfVictim();
        const words = { ...lock, ...ownerOf(accomplice) };
        const result = await speakFor(
            scene.world,
            fake,
            provider.stake.address,
            cell(storePenalize({ ...penalty, ...words, compensation: PRICE })),
        );
        expect(exitOf(result, provider.stake.address)).toBe(NOT_ESCROW);
    });

    it('a Stake with code, or with first data, of their own is at an address that no Escrow believes', async () => {
        const genuine = stakeInit(scene.world.deployment, robber.address).init;
        const forged = [
            { code: beginCell().storeUint(1, 8).endCell(), data: genuine.data },
            { code: genuine.code, data: beginCell().storeUint(1, 8).endCell() },
        ];
        for (const init of forged) {
            const body = cell(
                storeBid({
                    $$type: 'Bid',
                    jobId: 0n,
                    lock: PRICE,
                    lockUntil: 0xffffffffn,
                    price: 1n,
                    commitment: 0n,
                    operator: accountId(robber.address),
                    reserve: toNano('1000'),
                    checkRate: 0n,
                }),
            );
            const from = contractAddress(0, init);
            const result = await speakFor(scene.world, from, scene.client.escrow.address, body);
            expect(exitOf(result, scene.client.escrow.address)).toBe(NOT_STAKE);
        }
    });

    it('an Escrow or a Stake deployed past the Market cannot do anything before it', async () => {
        const { chain, deployment } = scene.world;
        const stake = chain.openContract(Stake.ofOperator(deployment, robber.address));
        const { init } = stake;
        if (init === undefined) throw new Error('The Stake of the test has no StateInit.');
        await robber.send({ to: stake.address, value: GENEROUS, init, bounce: false });
        const own = { operator: robber, key: provider.key, stake };
        // It has no settings to read a key from.
        expect(await refusal(scene.world.bid(own, scene.client, { price: 1n, lock: PRICE }))).toBe(
            7,
        );

        const escrow = chain.openContract(Escrow.ofClient(deployment, robber.address, 9));
        if (escrow.init === undefined) throw new Error('The Escrow has no StateInit.');
        await robber.send({
            to: escrow.address,
            value: GENEROUS,
            init: escrow.init,
            bounce: false,
        });
        const view = await escrow.getEscrow();
        expect(view).toMatchObject({ open: 0n, held: 0n, nextJob: 0n });
        const result = await scene.world.post(
            { wallet: robber, escrow },
            { index: 9, open: false },
        );
        expect(exitOf(result, escrow.address)).toBe(0);
    });

    it('a bounce: the network marks bounces itself, so a wallet’s words are no bounce', async () => {
        const before = (await provider.stake.getStake()).locked;
        const lock = await lockOfVictim();
        const bounce = beginCell()
            .storeUint(0xffffffff, 32)
            .storeUint(EscrowAbi.opcodes.Bid, 32)
            .storeUint(lock.jobId, 32)
            .storeUint(lock.lock, 64)
            .storeUint(lock.lockUntil, 32)
            .endCell();
        const { exit } = await attempt(provider.stake.address, bounce);
        expect(exit).not.toBe(0);
        expect((await provider.stake.getStake()).locked).toBe(before);

        const fees = beginCell()
            .storeUint(0xffffffff, 32)
            .storeUint(EscrowAbi.opcodes.Fees, 32)
            .endCell();
        expect((await attempt(scene.client.escrow.address, fees)).exit).not.toBe(0);
        expect((await scene.client.escrow.getEscrow()).owed).toBe(0n);
    });
});
