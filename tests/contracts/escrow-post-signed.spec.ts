import { beginCell, type Builder, Cell, external, type Message, toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import type { SendMessageResult } from '@ton/sandbox';
import { Escrow as EscrowAbi, storePostSigned } from '../../build/Escrow/Escrow_Escrow';
import {
    checkFee,
    encodeTerms,
    Escrow,
    type JobTerms,
    signEscrowWords,
    type SignedPosting,
    signPosting,
} from '../../wrappers';
import {
    createScene,
    exitOf,
    jobOf,
    listingsOf,
    refusal,
    releaseByTicks,
    type Scene,
    transactionOf,
} from './escrow-scenes';
import { plantJobs } from './escrow-states';
import { GENEROUS, UNDRAWN_PARAMETERS } from './world';

const KEY = keyPairFromSeed(sha256_sync('posting key'));
const OTHER = keyPairFromSeed(sha256_sync('another key'));
const CEILING = toNano('0.5');
const TAG = EscrowAbi.opcodes.PostSigned;

const BAD_TERMS = 325;
const TOO_LITTLE_ASSURANCE = 326;
const TOO_LITTLE_VALUE = 305;
const WRONG_STATE = 341;
const PADDED = 355;
const NO_KEY = 366;
const EXPIRED = 381;
const WRONG_SIGNATURE = 382;

describe.each(['current', 'sandbox'] as const)('Posting from the surplus, %s fees', (fees) => {
    let scene: Scene;

    beforeAll(async () => {
        scene = await createScene({ fees }, async ({ world, client }) => {
            await world.post(client);
            await authorize(KEY.publicKey, { client, deposit: toNano('3') });
        });
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    function authorize(
        publicKey: Uint8Array | undefined,
        options: {
            readonly client?: Scene['client'];
            readonly from?: Scene['client']['wallet'];
            readonly deposit?: bigint;
        } = {},
    ) {
        const client = options.client ?? scene.client;
        const via = (options.from ?? client.wallet).getSender();
        return client.escrow.sendAuthorize(via, options.deposit ?? GENEROUS, publicKey);
    }

    function posting(change: Partial<SignedPosting> = {}): SignedPosting {
        const ceiling = change.ceiling ?? CEILING;
        return {
            jobId: 1,
            validUntil: scene.world.now + 60,
            ceiling,
            assurance: checkFee(scene.world.parameters, ceiling, 1),
            terms: scene.world.terms(1),
            ...change,
        };
    }

    function terms(change: Partial<JobTerms>): Partial<SignedPosting> {
        return { terms: scene.world.terms(1, change) };
    }

    function post(change: Partial<SignedPosting> = {}, secretKey: Uint8Array = KEY.secretKey) {
        return scene.client.escrow.sendPostSigned(posting(change), secretKey);
    }

    function send(body: Cell, init?: Message['init']) {
        const { address: to } = scene.client.escrow;
        return scene.world.chain.sendMessage(external({ to, body, ...(init ? { init } : {}) }));
    }

    /** A message whose terms no wrapper would write, well signed. */
    function postTerms(cell: Cell) {
        const { jobId, validUntil, ceiling, assurance } = posting();
        const words = beginCell()
            .storeUint(jobId, 32)
            .storeUint(validUntil, 32)
            .storeUint(ceiling, 64)
            .storeUint(assurance, 64)
            .storeBuffer(cell.hash(), 32);
        const { address } = scene.client.escrow;
        return send(
            beginCell()
                .store(
                    storePostSigned({
                        $$type: 'PostSigned',
                        signature: signEscrowWords('PostSigned', address, words, KEY.secretKey),
                        jobId: BigInt(jobId),
                        validUntil: BigInt(validUntil),
                        ceiling,
                        assurance,
                        terms: cell,
                    }),
                )
                .endCell(),
        );
    }

    /** Expects that a message is refused before it is accepted, and so costs nothing. */
    async function expectRefused(sent: Promise<unknown>, code: number): Promise<void> {
        const { address } = scene.client.escrow;
        const before = await scene.world.balance(address);
        expect(await refusal(sent)).toBe(code);
        expect(await scene.world.balance(address)).toBe(before);
    }

    it('opens the job and lists it, paid from what was left, with the rent untouched', async () => {
        const before = await scene.client.escrow.getEscrow();
        const result = await post();
        const after = await scene.client.escrow.getEscrow();
        expect(after).toMatchObject({ nextJob: 2n, open: 2n, owed: 0n });
        const job = await jobOf(scene.world, scene.client, 1);
        expect(job).toMatchObject({
            state: 'bidding',
            ceiling: CEILING,
            biddingEnd: scene.world.now + 2,
            bid: undefined,
            terms: scene.world.terms(1),
            held: after.held - before.held,
        });
        // What it takes beside the job was asked for before it was accepted.
        expect(before.surplus - after.surplus - job.held).toBeGreaterThan(0n);
        expect(before.surplus - after.surplus - job.held).toBeLessThanOrEqual(after.postSigned);
        expect(listingsOf(scene.world, result)).toMatchObject([
            { stage: 'bids', jobId: 1, amount: CEILING, parametersTag: after.parametersTag },
        ]);
    });

    it('holds as much for the job as a Post does', async () => {
        await post();
        const signed = (await jobOf(scene.world, scene.client, 1)).held;
        await scene.world.post(scene.client, { jobId: 2, ceiling: CEILING });
        expect((await jobOf(scene.world, scene.client, 2)).held).toBe(signed);
    });

    it('leads to a job like any other: bid, commit, acceptance', async () => {
        const [provider] = scene.providers;
        await post();
        await scene.world.bid(provider, scene.client, { jobId: 1, price: toNano('0.4') });
        scene.world.wait(2);
        await scene.world.commit(provider, scene.client, { jobId: 1 });
        const before = (await provider.stake.getStake()).withdrawable;
        await scene.world.accept(scene.client, { jobId: 1 });
        const earned = (await provider.stake.getStake()).withdrawable - before;
        expect(earned).toBe((toNano('0.4') * 99n) / 100n);
    });

    describe('is refused', () => {
        it('when it is repeated, and when the id is not the next', async () => {
            const body = signPosting(scene.client.escrow.address, posting(), KEY.secretKey);
            await send(body);
            await expectRefused(send(body), WRONG_STATE);
            for (const jobId of [0, 1, 3, 0xffff_ffff]) {
                await expectRefused(post({ jobId }), WRONG_STATE);
            }
            await post({ jobId: 2 });
        });

        it('from the second in which it expires', async () => {
            await expectRefused(post({ validUntil: scene.world.now }), EXPIRED);
            await expectRefused(post({ validUntil: 0 }), EXPIRED);
            const late = signPosting(
                scene.client.escrow.address,
                posting({ validUntil: scene.world.now + 5 }),
                KEY.secretKey,
            );
            scene.world.wait(5);
            await expectRefused(send(late), EXPIRED);
            await post({ validUntil: scene.world.now + 1 });
        });

        it('under another key: a stranger’s, a node’s, that of a job', async () => {
            const [provider] = scene.providers;
            for (const { secretKey } of [OTHER, provider.key, scene.world.jobKey(provider, 0)]) {
                await expectRefused(post({}, secretKey), WRONG_SIGNATURE);
            }
            await post();
        });

        it('signed for another Escrow, for other words or for another purpose', async () => {
            const other = Escrow.ofClient(scene.world.deployment, scene.client.wallet.address, 1);
            await expectRefused(
                send(signPosting(other.address, posting(), KEY.secretKey)),
                WRONG_SIGNATURE,
            );
            const signed = signPosting(scene.client.escrow.address, posting(), KEY.secretKey);
            const signature = signed.beginParse().skip(32).loadBuffer(64);
            for (const change of [
                { validUntil: scene.world.now + 61 },
                { ceiling: CEILING + 1n },
                { assurance: toNano('0.9') },
                { terms: scene.world.terms(1, { takePrice: 1n }) },
            ]) {
                const words = { ...posting(), ...change };
                const body = beginCell()
                    .storeUint(TAG, 32)
                    .storeBuffer(signature)
                    .storeUint(words.jobId, 32)
                    .storeUint(words.validUntil, 32)
                    .storeUint(words.ceiling, 64)
                    .storeUint(words.assurance, 64)
                    .storeRef(encodeTerms(words.terms))
                    .endCell();
                await expectRefused(send(body), WRONG_SIGNATURE);
            }
            await send(signed);
        });

        it('with anything more than its words, since the account pays for its size', async () => {
            const words = (): Builder =>
                beginCell().storeSlice(
                    signPosting(scene.client.escrow.address, posting(), KEY.secretKey).beginParse(),
                );
            for (const body of [
                words().storeBit(false).endCell(),
                words().storeRef(Cell.EMPTY).endCell(),
            ]) {
                await expectRefused(send(body), PADDED);
            }
            await expectRefused(send(words().endCell(), scene.client.escrow.init), PADDED);
            await send(words().endCell());
        });

        it('with terms that the parameters do not allow, or that hold more than terms do', async () => {
            for (const change of [
                terms({ items: 0 }),
                terms({ bidWindowSeconds: 0 }),
                terms({ bidWindowSeconds: 61 }),
                terms({ commitWindowSeconds: 5 }),
                terms({ commitWindowSeconds: 1801 }),
                terms({ rule: beginCell().storeRef(Cell.EMPTY).endCell() }),
            ]) {
                await expectRefused(post(change), BAD_TERMS);
            }
            const whole = encodeTerms(scene.world.terms(1));
            const copy = () => beginCell().storeSlice(whole.beginParse());
            await expectRefused(postTerms(copy().storeRef(Cell.EMPTY).endCell()), BAD_TERMS);
            await expectRefused(postTerms(copy().storeBit(false).endCell()), BAD_TERMS);
            const broken = beginCell().storeBits(whole.bits.substring(0, 434)).endCell();
            await expectRefused(postTerms(broken), 9);
            await post(terms({ rule: beginCell().storeUint(1, 1023).endCell() }));
        });

        it('for a nano of assurance too little', async () => {
            const least = checkFee(scene.world.parameters, CEILING, 1);
            await expectRefused(post({ assurance: least - 1n }), TOO_LITTLE_ASSURANCE);
            await post({ assurance: least });
        });

        it('for a nano of surplus too little, and the rent stays', async () => {
            // Its own way is paid for before the message is read.
            const way = importFee(await post());
            const { held: one } = await jobOf(scene.world, scene.client, 1);
            const { postSigned, rent } = await scene.client.escrow.getEscrow();
            await scene.client.escrow.sendWithdrawSurplus(
                scene.client.wallet.getSender(),
                GENEROUS,
            );
            const { address } = scene.client.escrow;
            const { held, owed } = await scene.client.escrow.getEscrow();
            const least = held + owed + rent + one + postSigned + way;
            await setBalance(least - 1n);
            await expectRefused(post({ jobId: 2 }), TOO_LITTLE_VALUE);
            await setBalance(least);
            scene.open();
            await post({ jobId: 2 });
            const after = await scene.client.escrow.getEscrow();
            expect(after.open).toBe(3n);
            expect(await scene.world.balance(address)).toBeGreaterThanOrEqual(
                after.held + after.owed + rent,
            );
        });

        it('for amounts that no surplus covers', async () => {
            const most = (1n << 64n) - 1n;
            await expectRefused(post({ ceiling: most, assurance: most }), TOO_LITTLE_ASSURANCE);
            await expectRefused(
                post({ ceiling: 1n, assurance: most, terms: scene.world.terms(1) }),
                TOO_LITTLE_VALUE,
            );
            await post();
        });

        it('for a 65th job, and taken once one has ended', async () => {
            await plantJobs(scene.world, scene.client, [...Array(64).keys()]);
            scene.open();
            await expectRefused(post({ jobId: 64 }), WRONG_STATE);
            await scene.client.escrow.sendCancel(scene.client.wallet.getSender(), GENEROUS, 9);
            // The refund took the deposit along.
            await authorize(KEY.publicKey, { deposit: toNano('3') });
            await post({ jobId: 64 });
            expect(await releaseByTicks(scene.world, scene.client)).toHaveLength(64);
        });

        it('for an id 1024 after the oldest open job', async () => {
            await plantJobs(scene.world, scene.client, [0, 1023]);
            scene.open();
            await expectRefused(post({ jobId: 1024 }), WRONG_STATE);
            await scene.client.escrow.sendCancel(scene.client.wallet.getSender(), GENEROUS, 0);
            await authorize(KEY.publicKey, { deposit: toNano('3') });
            await post({ jobId: 1024 });
        });
    });

    describe('the key', () => {
        it('is the client’s to name, and its to take back', async () => {
            const stranger = await scene.world.chain.treasury('stranger');
            for (const from of [stranger, scene.world.owner, scene.providers[0].operator]) {
                const result = await authorize(OTHER.publicKey, { from });
                expect(exitOf(result, scene.client.escrow.address)).toBe(301);
            }
            await expectRefused(post({}, OTHER.secretKey), WRONG_SIGNATURE);
            await authorize(OTHER.publicKey);
            await expectRefused(post(), WRONG_SIGNATURE);
            await post({}, OTHER.secretKey);
            await authorize(undefined);
            expect((await scene.client.escrow.getEscrow()).postingKey).toBe(0n);
            await expectRefused(post({ jobId: 2 }, OTHER.secretKey), NO_KEY);
        });

        it('0 signs for nobody, though there may be signatures that Ed25519 takes for it', async () => {
            await authorize(Buffer.alloc(32));
            const { jobId, validUntil, ceiling, assurance, terms: jobTerms } = posting();
            const body = beginCell()
                .store(
                    storePostSigned({
                        $$type: 'PostSigned',
                        signature: Buffer.alloc(64),
                        jobId: BigInt(jobId),
                        validUntil: BigInt(validUntil),
                        ceiling,
                        assurance,
                        terms: encodeTerms(jobTerms),
                    }),
                )
                .endCell();
            await expectRefused(send(body), NO_KEY);
            await authorize(KEY.publicKey);
            await post();
        });

        it('brings its value as surplus, less gas, and does not outlive a lie about parameters', async () => {
            const before = await scene.client.escrow.getEscrow();
            const result = await authorize(KEY.publicKey, { deposit: toNano('2') });
            const { totalFees } = transactionOf(result, scene.client.escrow.address);
            const after = await scene.client.escrow.getEscrow();
            expect(after.surplus).toBe(before.surplus + toNano('2') - totalFees.coins);
            expect(after.held).toBe(before.held);
        });

        it('stays when a Post brings new parameters, under which it posts from then on', async () => {
            const { world, client } = scene;
            const next = { ...UNDRAWN_PARAMETERS, version: 2, bidWindowMax: 30 };
            await world.market.sendProposeParameters(world.owner.getSender(), GENEROUS, next);
            world.wait(3600);
            await world.market.sendApplyParameters(world.owner.getSender(), GENEROUS);
            // The Escrow does not know yet: nodes see by the tag that others are in force.
            const result = await post(terms({ bidWindowSeconds: 60 }));
            const [listing] = listingsOf(world, result);
            const inForce = (await world.market.getParameters()).hash().readBigUInt64BE();
            expect(listing?.parametersTag).not.toBe(inForce);

            await world.post(client, { jobId: 2 });
            await expectRefused(post({ jobId: 3, ...terms({ bidWindowSeconds: 60 }) }), BAD_TERMS);
            const later = await post({ jobId: 3, ...terms({ bidWindowSeconds: 30 }) });
            expect(listingsOf(world, later)).toMatchObject([{ parametersTag: inForce }]);
            expect((await jobOf(world, client, 3)).parameters.version).toBe(2);
        });

        it('is refused before the first Post, which brings the parameters', async () => {
            const { world } = scene;
            const fresh = await world.client('fresh');
            const { address, init } = fresh.escrow;
            if (init === undefined) throw new Error('The Escrow of the test has no StateInit.');
            await fresh.wallet.send({ to: address, value: GENEROUS, init, bounce: false });
            const result = await authorize(KEY.publicKey, { client: fresh });
            expect(exitOf(result, address)).toBe(NO_KEY);
            const words = signPosting(address, posting({ jobId: 0 }), KEY.secretKey);
            const sent = world.chain.sendMessage(external({ to: address, body: words }));
            expect(await refusal(sent)).not.toBe(0);
        });
    });

    async function setBalance(balance: bigint): Promise<void> {
        const { address } = scene.client.escrow;
        const shard = (await scene.world.chain.getContract(address)).account;
        if (shard.account) shard.account.storage.balance.coins = balance;
        await scene.world.chain.setShardAccount(address, shard);
    }

    /** What the Escrow paid for the way of an external message. */
    function importFee(result: SendMessageResult): bigint {
        const { description, totalFees } = transactionOf(result, scene.client.escrow.address);
        if (description.type !== 'generic' || description.computePhase.type !== 'vm') {
            throw new Error('The posting did not compute.');
        }
        const { computePhase, storagePhase, actionPhase } = description;
        return (
            totalFees.coins -
            computePhase.gasFees -
            (storagePhase?.storageFeesCollected ?? 0n) -
            (actionPhase?.totalActionFees ?? 0n)
        );
    }
});
