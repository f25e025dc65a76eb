import { beginCell, type Cell, type Message, toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import {
    storeAccept,
    storeAuthorize,
    storeCancel,
    storeRaiseCeiling,
    storeTick,
    storeWithdrawSurplus,
} from '../../build/Escrow/Escrow_Escrow';
import { storeSetNode } from '../../build/Stake/Stake_Stake';
import {
    encodePost,
    jobCommitment,
    lockHorizon,
    type NodeAction,
    signPosting,
} from '../../wrappers';
import { commitBody, createScene, expectSound, releaseByTicks, type Scene } from './escrow-scenes';
import { fromNowhere, fromWallet, interleave, seeded } from './interleaving';
import { GENEROUS, type Provider } from './world';

const SEEDS = process.env['RACE_SEED']
    ? [Number(process.env['RACE_SEED'])]
    : Array.from({ length: Number(process.env['RACE_SEEDS'] ?? 6) }, (_, at) => at + 1);
const PRICE = toNano('0.5');
const POSTING_KEY = keyPairFromSeed(sha256_sync('posting key'));

interface Race {
    /** Brings the job to where the race starts. */
    prepare(): Promise<unknown>;
    messages(): Promise<Message[]>;
    /** Seconds that may pass meanwhile. */
    readonly seconds: number;
}

describe('Messages that race', () => {
    let scene: Scene;
    let one: Provider;
    let two: Provider;

    beforeAll(async () => {
        scene = await createScene({}, async ({ world, client }) => {
            await world.post(client);
            await world.post(client, { jobId: 1, terms: { bidWindowSeconds: 60, keep: true } });
            const via = client.wallet.getSender();
            await client.escrow.sendAuthorize(via, toNano('3'), POSTING_KEY.publicKey);
        });
        [one, two] = scene.providers;
    });
    beforeEach(() => scene.restore());

    function cell(store: (builder: ReturnType<typeof beginCell>) => void): Cell {
        return beginCell().store(store).endCell();
    }

    function client(body: Cell, value = GENEROUS): Message {
        return fromWallet(scene.client.wallet.address, scene.client.escrow.address, value, body);
    }

    function anybody(body: Cell): Message {
        return fromNowhere(scene.client.escrow.address, body);
    }

    async function node(provider: Provider, action: NodeAction, seqno?: number): Promise<Message> {
        const options = seqno === undefined ? {} : { seqno };
        const signed = await scene.world.sign(provider, scene.client, action, options);
        return fromNowhere(provider.stake.address, signed);
    }

    function bid(provider: Provider, price: bigint): Promise<Message> {
        return node(provider, {
            kind: 'bid',
            jobId: 0,
            lock: PRICE,
            lockUntil: scene.world.now + 62 + lockHorizon(scene.world.parameters),
            price,
            commitment: jobCommitment(scene.world.jobKey(provider, 0)),
        });
    }

    function commit(provider: Provider, root = 7n): Message {
        const { address } = scene.client.escrow;
        const key = scene.world.jobKey(provider, 0);
        return anybody(commitBody(address, { jobId: 0, root, faulty: 0 }, key));
    }

    /** Job 2, from what is left in the Escrow. */
    function postSigned(ceiling = toNano('1')): Message {
        const posting = {
            jobId: 2,
            validUntil: scene.world.now + 60,
            ceiling,
            assurance: toNano('1.3'),
            terms: scene.world.terms(2),
        };
        return anybody(signPosting(scene.client.escrow.address, posting, POSTING_KEY.secretKey));
    }

    const withdraw = () => client(cell(storeWithdrawSurplus({ $$type: 'WithdrawSurplus' })));
    const authorize = (key: bigint) => client(cell(storeAuthorize({ $$type: 'Authorize', key })));
    const cancel = () => client(cell(storeCancel({ $$type: 'Cancel', jobId: 0n })));
    const tick = () => anybody(cell(storeTick({ $$type: 'Tick', jobId: 0n })));
    const accept = () =>
        anybody(cell(storeAccept({ $$type: 'Accept', jobId: 0n, seed: scene.world.seed(0) })));
    const raise = () =>
        client(
            cell(
                storeRaiseCeiling({
                    $$type: 'RaiseCeiling',
                    jobId: 0n,
                    ceiling: toNano('1.5'),
                    assurance: toNano('1'),
                }),
            ),
            toNano('2'),
        );

    function post(): Message {
        const body = encodePost({
            index: 0,
            jobId: 2,
            ceiling: toNano('1'),
            assurance: toNano('1.3'),
            open: false,
            parametersTag: 0n,
            terms: scene.world.terms(2),
        });
        return fromWallet(
            scene.client.wallet.address,
            scene.world.market.address,
            toNano('3'),
            body,
        );
    }

    function rotate(provider: Provider): Message {
        const fresh = keyPairFromSeed(sha256_sync('another key'));
        const body = cell(
            storeSetNode({
                $$type: 'SetNode',
                nodeKey: BigInt(`0x${fresh.publicKey.toString('hex')}`),
                endpoint: null,
            }),
        );
        return fromWallet(provider.operator.address, provider.stake.address, GENEROUS, body);
    }

    async function sold(): Promise<void> {
        await scene.world.bid(one, scene.client, { price: PRICE });
    }

    /** Assigned, one second before `seconds` after the assignment. */
    async function assigned(seconds: number): Promise<void> {
        await sold();
        scene.world.wait(2 + seconds - 1);
    }

    const races: Record<string, Race> = {
        'two bids and a cancel': {
            prepare: () => Promise.resolve(),
            messages: async () => [await bid(one, PRICE), await bid(two, PRICE / 2n), cancel()],
            seconds: 1,
        },
        'two bids of one Stake': {
            prepare: () => Promise.resolve(),
            messages: async () => [await bid(one, PRICE), await bid(one, PRICE / 2n), tick()],
            seconds: 2,
        },
        'a bid, a better one and the end of their window': {
            prepare: () => Promise.resolve(scene.world.wait(1)),
            messages: async () => [await bid(one, PRICE), await bid(two, PRICE / 4n), tick()],
            seconds: 2,
        },
        'a commit and the tick that finds it missing': {
            prepare: () => assigned(60),
            messages: () => Promise.resolve([commit(one), tick(), tick()]),
            seconds: 2,
        },
        'two commits with different roots': {
            prepare: () => assigned(5),
            messages: () => Promise.resolve([commit(one, 1n), commit(one, 2n), accept()]),
            seconds: 1,
        },
        'a decline, a commit and a tick': {
            prepare: () => assigned(5),
            messages: async () => [
                await node(one, { kind: 'decline', jobId: 0 }),
                commit(one),
                tick(),
            ],
            seconds: 2,
        },
        'an acceptance and the tick of a silent client': {
            prepare: async () => {
                await assigned(5);
                await scene.world.commit(one, scene.client);
                scene.world.wait(9);
            },
            messages: () => Promise.resolve([accept(), tick(), accept(), tick()]),
            seconds: 2,
        },
        'two Posts of one id and a cancel': {
            prepare: () => Promise.resolve(),
            messages: () => Promise.resolve([post(), post(), cancel()]),
            seconds: 0,
        },
        'a raise, a bid and a cancel': {
            prepare: () => Promise.resolve(),
            messages: async () => [raise(), await bid(one, PRICE), cancel()],
            seconds: 1,
        },
        'a new node key, and a commit, which needs none': {
            prepare: () => assigned(5),
            messages: () => Promise.resolve([rotate(one), commit(one), tick()]),
            seconds: 1,
        },
        'a commit, copies of it and an acceptance': {
            prepare: () => assigned(5),
            messages: () => Promise.resolve([commit(one), commit(one), accept(), commit(one)]),
            seconds: 1,
        },
        'two signed postings and a Post of one id': {
            prepare: () => Promise.resolve(),
            messages: () =>
                Promise.resolve([postSigned(), postSigned(toNano('0.5')), post(), postSigned()]),
            seconds: 1,
        },
        'a signed posting, a withdrawal of what pays for it and the end of the key': {
            prepare: () => Promise.resolve(),
            messages: () =>
                Promise.resolve([postSigned(), withdraw(), authorize(0n), postSigned()]),
            seconds: 0,
        },
        'a job that keeps its money, and a withdrawal': {
            prepare: () => Promise.resolve(),
            messages: () =>
                Promise.resolve([
                    client(cell(storeCancel({ $$type: 'Cancel', jobId: 1n }))),
                    withdraw(),
                ]),
            seconds: 0,
        },
    };

    describe.each(Object.entries(races))('%s', (_name, race) => {
        it.each(SEEDS)('lose nothing and leave nothing stuck, seed %d', async (seed) => {
            await race.prepare();
            const choose = seeded(seed);
            const sound = () => expectSound(scene.world, [scene.client], scene.providers);
            const messages = await race.messages();
            await interleave(scene.world, messages, choose, race.seconds, sound);

            await releaseByTicks(scene.world, scene.client);
            expect(await scene.client.escrow.getEscrow()).toMatchObject({ open: 0n, held: 0n });
            // What is still locked backs a settled job, or a bid that a Post or Cancel overtook.
            for (const provider of scene.providers) {
                expect((await provider.stake.getStake()).locked).toBeLessThanOrEqual(PRICE);
            }
            await scene.audit();
        });
    });
});
