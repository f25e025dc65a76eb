import { beginCell, type Builder, Cell, external, type Message, toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import { storeCommit } from '../../build/Escrow/Escrow_Escrow';
import {
    Escrow,
    jobCommitment,
    type JobKeyPair,
    lockHorizon,
    signEscrowWords,
} from '../../wrappers';
import { commitResult, createScene, jobOf, refusal, type Scene } from './escrow-scenes';
import { GENEROUS, type Provider } from './world';

const PADDED = 355;
const WRONG_SEED = 344;
const WRONG_SIGNATURE = 382;
const WRONG_STATE = 341;

describe('Commit', () => {
    let scene: Scene;
    let winner: Provider;
    let loser: Provider;

    beforeAll(async () => {
        scene = await createScene({}, async ({ world, client, providers: [one, two] }) => {
            await world.post(client, { terms: { items: 3 } });
            await world.bid(one, client, { price: toNano('0.6') });
            await world.bid(two, client, { price: toNano('0.5') });
        });
        [loser, winner] = scene.providers;
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    type CommitOptions = Parameters<Scene['world']['commit']>[2];

    function commit(provider: Provider, options: CommitOptions = {}) {
        return scene.world.commit(provider, scene.client, options);
    }

    /** Expects that a message is refused before it is accepted, and so costs nothing. */
    async function expectRefused(sent: Promise<unknown>, code: number): Promise<void> {
        const { address } = scene.client.escrow;
        const before = await scene.world.balance(address);
        expect(await refusal(sent)).toBe(code);
        expect(await scene.world.balance(address)).toBe(before);
    }

    /** A message that no wrapper would write: `signed` stands in for what is signed. */
    function words(
        options: {
            readonly signed?: { readonly escrow?: Escrow; readonly root?: bigint };
            readonly signer?: JobKeyPair;
            readonly as?: 'Commit' | 'Open';
            readonly result?: Cell;
            readonly jobId?: number;
        } = {},
    ): Builder {
        const key = scene.world.jobKey(winner, 0);
        const jobId = options.jobId ?? 0;
        const root = 7n;
        const signature = signEscrowWords(
            options.as ?? 'Commit',
            (options.signed?.escrow ?? scene.client.escrow).address,
            beginCell()
                .storeUint(jobId, 32)
                .storeUint(options.signed?.root ?? root, 256)
                .storeUint(0, 32),
            (options.signer ?? key).secretKey,
        );
        return beginCell().store(
            storeCommit({
                $$type: 'Commit',
                signature,
                jobId: BigInt(jobId),
                faulty: 0n,
                seed: key.seed,
                result: options.result ?? commitResult(key, root),
            }),
        );
    }

    function send(body: Cell, init?: Message['init']) {
        const message = external({
            to: scene.client.escrow.address,
            body,
            ...(init ? { init } : {}),
        });
        return scene.world.chain.sendMessage(message);
    }

    it('follows the end of bidding, which assigns the job to the best bid without a message', async () => {
        scene.world.wait(2);
        expect(await jobOf(scene.world, scene.client)).toMatchObject({ state: 'assigned' });
        await commit(winner, { root: 0xbeefn, faulty: 2 });
        const job = await jobOf(scene.world, scene.client);
        expect(job).toMatchObject({
            state: 'committed',
            acceptDeadline: scene.world.now + scene.world.parameters.acceptWindow,
            commit: {
                root: 0xbeefn,
                faulty: 2,
                providerSeed: scene.world.providerSeed(winner, 0),
            },
            bid: { price: toNano('0.5') },
        });
    });

    it('is refused while bids may still come', async () => {
        scene.world.wait(1);
        await expectRefused(commit(winner), 342);
        scene.world.wait(1);
        await commit(winner);
    });

    it('is taken in the last second and refused in the next', async () => {
        scene.world.wait(2 + 60);
        await expectRefused(commit(winner), 343);

        await scene.restore();
        scene.world.wait(2 + 59);
        await commit(winner);
    });

    describe('shows the key that the bid committed to, and is signed by it', () => {
        beforeEach(() => scene.world.wait(2));

        it('and by no other: not the loser’s, not that of another job, not the node’s', async () => {
            const key = scene.world.jobKey(winner, 0);
            const others: JobKeyPair[] = [
                scene.world.jobKey(loser, 0),
                scene.world.jobKey(winner, 1),
                { ...winner.key, seed: key.seed },
                { ...key, seed: key.seed ^ 1n },
            ];
            for (const other of others) {
                await expectRefused(commit(winner, { key: other }), WRONG_SEED);
            }
            await commit(winner, { key });
        });

        it('under a foreign signature is refused, though the right key is shown', async () => {
            const stranger = { ...keyPairFromSeed(sha256_sync('stranger')), seed: 1n };
            for (const signer of [stranger, scene.world.jobKey(loser, 0)]) {
                await expectRefused(send(words({ signer }).endCell()), WRONG_SIGNATURE);
            }
            await send(words().endCell());
        });

        it('signed for another root, another Escrow or another purpose is refused', async () => {
            const other = Escrow.ofClient(scene.world.deployment, scene.client.wallet.address, 1);
            for (const options of [
                { signed: { root: 8n } },
                { signed: { escrow: other } },
                { as: 'Open' },
            ] as const) {
                await expectRefused(send(words(options).endCell()), WRONG_SIGNATURE);
            }
            await send(words().endCell());
        });

        it('for one job does not serve for another, under the same key even', async () => {
            const key = scene.world.jobKey(winner, 0);
            await scene.world.post(scene.client, { jobId: 1 });
            await scene.world.act(winner, scene.client, {
                kind: 'bid',
                jobId: 1,
                lock: toNano('0.5'),
                lockUntil: scene.world.now + 62 + lockHorizon(scene.world.parameters),
                price: toNano('0.5'),
                commitment: jobCommitment(key),
            });
            scene.world.wait(2);
            const ofFirst = words().endCell().beginParse();
            const moved = beginCell()
                .storeBuffer(ofFirst.loadBuffer(4 + 64))
                .storeUint(1, 32)
                .storeSlice(ofFirst.skip(32))
                .endCell();
            await expectRefused(send(moved), WRONG_SIGNATURE);
            await commit(winner, { jobId: 1, key });
            expect((await jobOf(scene.world, scene.client)).state).toBe('assigned');
        });
    });

    it('holds its words and nothing else, since the account pays for its size', async () => {
        scene.world.wait(2);
        const result = commitResult(scene.world.jobKey(winner, 0), 7n);
        const padded = [
            words().storeBit(false).endCell(),
            words().storeRef(Cell.EMPTY).endCell(),
            // Key and root are one cell: nothing can hang on it.
            ...[
                beginCell().endCell(),
                result.asBuilder().storeBit(false).endCell(),
                result.asBuilder().storeRef(Cell.EMPTY).endCell(),
            ].map((padding) => words({ result: padding }).endCell()),
        ];
        for (const body of padded) await expectRefused(send(body), PADDED);
        await expectRefused(send(words().endCell(), scene.client.escrow.init), PADDED);
        await send(words().endCell());
    });

    it('has at most as many faulty items as items', async () => {
        scene.world.wait(2);
        await expectRefused(commit(winner, { faulty: 4 }), 351);
        await commit(winner, { faulty: 3 });
    });

    it('stands: a repetition is refused, and a second one with another root', async () => {
        scene.world.wait(2);
        await commit(winner, { root: 1n });
        await expectRefused(commit(winner, { root: 1n }), WRONG_STATE);
        await expectRefused(commit(winner, { root: 2n }), WRONG_STATE);
        expect(await jobOf(scene.world, scene.client)).toMatchObject({ commit: { root: 1n } });
    });

    it('is refused where nobody bid, and where no job is', async () => {
        await scene.world.post(scene.client, { jobId: 1 });
        await expectRefused(commit(winner, { jobId: 1 }), WRONG_STATE);
        scene.world.wait(2);
        await expectRefused(commit(winner, { jobId: 1 }), WRONG_STATE);
        await expectRefused(commit(winner, { jobId: 2 }), 340);
    });

    it('costs the job what the bid brought for it, and its client nothing', async () => {
        scene.world.wait(2);
        // Without surplus, so that only the job can pay.
        await scene.client.escrow.sendWithdrawSurplus(scene.client.wallet.getSender(), GENEROUS);
        const before = await jobOf(scene.world, scene.client);
        await commit(winner);
        const after = await jobOf(scene.world, scene.client);
        expect(after.held).toBeLessThan(before.held);
        expect(after.held).toBeGreaterThan(before.held - toNano('0.002'));
        const view = await scene.client.escrow.getEscrow();
        const balance = await scene.world.balance(scene.client.escrow.address);
        expect(balance - view.held - view.owed).toBeGreaterThanOrEqual(view.rent);
    });
});
