import { beginCell, type Message, toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync } from '@ton/crypto';
import * as fc from 'fast-check';
import {
    storeAccept,
    storeAuthorize,
    storeCancel,
    storeRaiseCeiling,
    storeSweepFees,
    storeTick,
    storeWithdrawSurplus,
} from '../../build/Escrow/Escrow_Escrow';
import { storeSetLimits, storeUnbond, storeWithdrawStake } from '../../build/Stake/Stake_Stake';
import {
    checkFee,
    encodeParameters,
    encodePost,
    jobCommitment,
    type JobView,
    lockHorizon,
    type MarketParameters,
    type NodeAction,
    requiredLock,
    signPosting,
} from '../../wrappers';
import { commitBody, lastDeadline } from './escrow-scenes';
import { readEscrow } from './escrow-states';
import { garbage } from './garbage-moves';
import { fromNowhere, fromWallet } from './interleaving';
import { body, type Cast, id, jobOf, lie, type Move, pick, said, who } from './move';
import { readStake } from './stake-state';
import type { Client, Provider, World } from './world';

const POSTING_KEYS = ['posting key', 'another'].map((name) => keyPairFromSeed(sha256_sync(name)));

const post = fc
    .record({
        who,
        offset: lie,
        ceiling: lie,
        window: lie,
        take: fc.boolean(),
        short: lie,
        keep: lie,
    })
    .map((move) =>
        said(`post ${JSON.stringify(move)}`, async (cast) => {
            const { world } = cast;
            const client = pick(cast.clients, move.who);
            const state = await readEscrow(world, client);
            const next = state?.nextJob ?? 0;
            const jobId =
                move.offset === 0 ? next + 1 : move.offset === 1 ? Math.max(0, next - 1) : next;
            const ceiling = pick([1n, toNano('0.01'), toNano('0.2'), toNano('3')], move.ceiling);
            const items = 1 + move.window;
            const assurance = checkFee(world.parameters, ceiling, items) + toNano('0.01');
            const value = ceiling + assurance + toNano(move.short === 0 ? '0.005' : '0.2');
            return fromWallet(
                client.wallet.address,
                world.market.address,
                value,
                encodePost({
                    index: 0,
                    jobId,
                    ceiling,
                    assurance,
                    open: state === undefined || move.window === 3,
                    parametersTag: 0n,
                    terms: world.terms(jobId, {
                        items,
                        bidWindowSeconds: pick([2, 20, 60], move.window),
                        commitWindowSeconds: pick([6, 60, 300], move.window),
                        takePrice: move.take ? ceiling / 4n : 0n,
                        keep: move.keep < 4,
                        payUnverified: move.keep % 2 === 0,
                    }),
                }),
            );
        }),
    );

/** Posts from what is left in the Escrow, with a lie in half of all cases. */
const postSigned = fc
    .record({ who, offset: lie, ceiling: lie, key: lie, late: lie, keep: fc.boolean() })
    .map((move) =>
        said(`post signed ${JSON.stringify(move)}`, async (cast) => {
            const { world } = cast;
            const client = pick(cast.clients, move.who);
            const next = (await readEscrow(world, client))?.nextJob ?? 0;
            const jobId = next + pick([0, 0, 0, 0, 0, 0, 0, 0, 1, -1], move.offset);
            const ceiling = pick([1n, toNano('0.01'), toNano('0.2'), toNano('3')], move.ceiling);
            const posting = {
                jobId: Math.max(0, jobId),
                validUntil: world.now + (move.late === 0 ? 0 : 30),
                ceiling,
                assurance: checkFee(world.parameters, ceiling, 1) - (move.late === 1 ? 1n : 0n),
                terms: world.terms(jobId, { keep: move.keep, bidWindowSeconds: 20 }),
            };
            const key = pick(POSTING_KEYS, move.key === 0 ? 1 : 0);
            const { address } = client.escrow;
            return fromNowhere(address, signPosting(address, posting, key.secretKey));
        }),
    );

/** A client lets a key post, with a deposit, or takes that back. */
const authorize = fc.record({ who, of: who, key: lie, deposit: lie }).map((move) =>
    said(`authorize ${JSON.stringify(move)}`, (cast) => {
        const asked = pick(cast.clients, move.of);
        const from = move.key === 0 ? pick(cast.clients, move.who) : asked;
        const publicKey = pick(POSTING_KEYS, 0).publicKey.toString('hex');
        const key = move.key === 1 ? 0n : BigInt(`0x${publicKey}`);
        const words = body(storeAuthorize({ $$type: 'Authorize', key }));
        const value = pick([toNano('0.01'), toNano('0.5'), toNano('4')], move.deposit);
        return Promise.resolve(fromWallet(from.wallet.address, asked.escrow.address, value, words));
    }),
);

/** What a node says: usually what the state of the job calls for, with a lie in one of ten. */
const nodeMove = fc
    .record({
        who,
        client: who,
        job: id,
        price: lie,
        lie,
        declines: lie,
        faulty: fc.nat({ max: 3 }),
    })
    .map((move) =>
        said(`node ${JSON.stringify(move)}`, async (cast) => {
            const { world } = cast;
            const client = pick(cast.clients, move.client);
            const wanted = move.declines < 7 ? 'assigned' : 'bidding';
            const jobId = await jobOf(cast, client, move.job, wanted);
            const job = (await readEscrow(world, client))?.jobs.get(jobId);
            const winner = cast.providers.find(
                ({ stake }) => job?.state === 'assigned' && stake.address.equals(job.bid.stake),
            );
            const provider =
                winner === undefined || move.lie === 5 ? pick(cast.providers, move.who) : winner;
            if (job?.state === 'assigned' && move.declines >= 1 && move.lie !== 6) {
                const key = world.jobKey(provider, move.lie === 4 ? jobId + 1 : jobId);
                const commit = { jobId, root: 9n, faulty: move.faulty };
                const words = commitBody(client.escrow.address, commit, key);
                return fromNowhere(client.escrow.address, words);
            }
            const action: NodeAction =
                job?.state === 'assigned' && move.lie !== 6
                    ? { kind: 'decline', jobId }
                    : {
                          ...bidOn(world, job, move.price, move.lie),
                          jobId,
                          commitment: jobCommitment(world.jobKey(provider, jobId)),
                      };
            return nodeWords(cast, provider, client, action, move.lie === 3 ? 1 : 0);
        }),
    );

/** A node that wants to verify, or to judge, and one that concedes what nobody has found. */
const claimMove = fc
    .record({ who, client: who, job: id, bond: lie, settled: fc.boolean() })
    .map((move) =>
        said(`claim ${JSON.stringify(move)}`, async (cast) => {
            const client = pick(cast.clients, move.client);
            const jobId = await jobOf(cast, client, move.job, 'checking');
            const bond = pick([toNano('0.5'), toNano('1'), toNano('4'), 1n], move.bond);
            const action: NodeAction =
                move.bond === 0
                    ? { kind: 'concede', jobId }
                    : { kind: 'claim', jobId, bond, key: 1n, settled: move.settled };
            return nodeWords(cast, pick(cast.providers, move.who), client, action, 0);
        }),
    );

async function nodeWords(
    { world }: Cast,
    provider: Provider,
    client: Client,
    action: NodeAction,
    ahead: number,
): Promise<Message> {
    const { seqno } = await readStake(world, provider.stake.address);
    const signed = await world.sign(provider, client, action, { seqno: seqno + ahead });
    return fromNowhere(provider.stake.address, signed);
}

function bidOn(world: World, job: JobView | undefined, tenths: number, lied: number) {
    const ceiling = job !== undefined && 'ceiling' in job ? job.ceiling : 100n;
    const price = (ceiling * BigInt(tenths + 1)) / 10n + (lied === 1 ? ceiling : 0n);
    const ending = job !== undefined && 'biddingEnd' in job ? job.biddingEnd : world.now + 60;
    const end = ending + (job?.terms.commitWindowSeconds ?? 60) + lockHorizon(world.parameters);
    const lock = requiredLock(world.parameters, price, ceiling) - (lied === 2 ? 1n : 0n);
    return { kind: 'bid', lock, lockUntil: end, price } as const;
}

const accept = fc.record({ client: who, job: id, lie }).map((move) =>
    said(`accept ${JSON.stringify(move)}`, async (cast) => {
        const client = pick(cast.clients, move.client);
        const jobId = await jobOf(cast, client, move.job, 'committed');
        const seed = cast.world.seed(jobId) + (move.lie === 0 ? 1n : 0n);
        const words = storeAccept({ $$type: 'Accept', jobId: BigInt(jobId), seed });
        return fromNowhere(client.escrow.address, body(words));
    }),
);

const tick = fc.record({ client: who, job: id }).map((move) =>
    said(`tick ${JSON.stringify(move)}`, async (cast) => {
        const client = pick(cast.clients, move.client);
        const jobId = BigInt(await jobOf(cast, client, move.job));
        return fromNowhere(client.escrow.address, body(storeTick({ $$type: 'Tick', jobId })));
    }),
);

/** What clients ask of an Escrow, theirs or another's. */
const clientMove = fc
    .record({ who, of: who, job: id, kind: fc.nat({ max: 3 }), value: lie })
    .map((move) =>
        said(`client ${JSON.stringify(move)}`, async (cast) => {
            const asked = pick(cast.clients, move.of);
            const from = move.value === 0 ? pick(cast.clients, move.who) : asked;
            const jobId = BigInt(await jobOf(cast, asked, move.job));
            const job = (await readEscrow(cast.world, asked))?.jobs.get(Number(jobId));
            const ceiling = (job !== undefined && 'ceiling' in job ? job.ceiling : 0n) + 1_000_000n;
            const words = pick(
                [
                    body(storeCancel({ $$type: 'Cancel', jobId })),
                    body(
                        storeRaiseCeiling({
                            $$type: 'RaiseCeiling',
                            jobId,
                            ceiling,
                            assurance: 2_000_000n,
                        }),
                    ),
                    body(storeWithdrawSurplus({ $$type: 'WithdrawSurplus' })),
                    body(storeSweepFees({ $$type: 'SweepFees' })),
                ],
                move.kind,
            );
            const value = pick([toNano('0.05'), toNano('0.001'), 1n], move.value);
            return fromWallet(from.wallet.address, asked.escrow.address, value, words);
        }),
    );

const operatorMove = fc.record({ who, kind: fc.nat({ max: 2 }), amount: lie }).map((move) =>
    said(`operator ${JSON.stringify(move)}`, (cast) => {
        const { operator, stake } = pick(cast.providers, move.who);
        const amount = toNano('0.1') * BigInt(move.amount);
        const words = pick(
            [
                body(storeUnbond({ $$type: 'Unbond', reserve: amount, collateral: amount })),
                body(
                    storeWithdrawStake({ $$type: 'WithdrawStake', amount, operating: amount / 9n }),
                ),
                body(
                    storeSetLimits({
                        $$type: 'SetLimits',
                        dailyLimit: toNano('50'),
                        paused: move.amount === 0,
                    }),
                ),
            ],
            move.kind,
        );
        return Promise.resolve(fromWallet(operator.address, stake.address, toNano('0.05'), words));
    }),
);

/** The owner changes parameters, and anyone applies them. */
const ownerMove = fc.record({ kind: fc.nat({ max: 2 }), fee: lie }).map((move) =>
    said(`owner ${JSON.stringify(move)}`, ({ world }) => {
        const parameters: MarketParameters = {
            ...world.parameters,
            version: 2 + Math.floor((world.now - 1_790_000_000) / 3600),
            protocolFee: 10 * move.fee,
            minStep: 50 * move.fee,
        };
        const words = pick(
            [
                beginCell().storeUint(0x4d000005, 32).storeRef(encodeParameters(parameters)),
                beginCell().storeUint(0x4d000006, 32),
                beginCell()
                    .storeUint(0x4d000009, 32)
                    .storeUint(move.fee * 1000, 64),
            ],
            move.kind,
        );
        return Promise.resolve(
            fromWallet(world.owner.address, world.market.address, toNano('0.1'), words.endCell()),
        );
    }),
);

const wait = fc.constantFrom(1, 1, 2, 2, 3, 10, 86_400).map((seconds): Move => ({
    wait: () => Promise.resolve(seconds),
    [fc.toStringMethod]: () => `wait ${seconds} s`,
}));

/** Waits for a deadline, give or take a second. */
const waitForDeadline = fc
    .record({ client: who, job: id, give: fc.nat({ max: 5 }) })
    .map((move): Move => ({
        wait: async (cast) => {
            const client = pick(cast.clients, move.client);
            const jobId = await jobOf(cast, client, move.job);
            const job = (await readEscrow(cast.world, client))?.jobs.get(jobId);
            if (job === undefined) return 1;
            if (job.state === 'bidding' && job.bid === undefined && move.give < 5) return 1;
            const deadline = job.state === 'bidding' ? job.biddingEnd : lastDeadline(job);
            const sold = job.state === 'assigned' || job.state === 'committed';
            // A sold job rather goes on than ends.
            const early = sold && move.give < 3 ? 4 : 0;
            return Math.max(
                0,
                deadline - cast.world.now + pick([-1, 0, 0, 0, 1, 0], move.give) - early,
            );
        },
        [fc.toStringMethod]: () => `wait for a deadline ${JSON.stringify(move)}`,
    }));

/** A random move: mostly what moves jobs on. */
export const moves: fc.Arbitrary<Move> = fc.noBias(
    fc.oneof(
        { weight: 5, arbitrary: post },
        { weight: 4, arbitrary: postSigned },
        { weight: 2, arbitrary: authorize },
        { weight: 14, arbitrary: nodeMove },
        { weight: 2, arbitrary: claimMove },
        { weight: 6, arbitrary: accept },
        { weight: 4, arbitrary: tick },
        { weight: 3, arbitrary: clientMove },
        { weight: 2, arbitrary: operatorMove },
        { weight: 1, arbitrary: ownerMove },
        { weight: 3, arbitrary: garbage },
        { weight: 2, arbitrary: wait },
        { weight: 5, arbitrary: waitForDeadline },
    ),
);
