import { randomBytes } from 'node:crypto';
import { beginCell, type Cell, toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import { storeStakeOpened } from '../../build/Stake/Stake_Stake';
import { asHash, hashToBigInt } from '../../protocol';
import { createNodeActions } from '../../provider/node-actions';
import { accountId, Escrow, jobCommitment, lockHorizon, requiredLock, Stake } from '../../wrappers';
import type { Attack } from '../attack';
import { NETWORK, number, PRICE } from '../arena/scene';

export const strangers: readonly Attack[] = [
    {
        name: 'a fake Stake',
        role: 'stranger',
        how: 'says from its wallet what only a Stake may say: bid, decline, claim, convicted',
        short: true,
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const robber = await ring.arena.fund('5');
            await ring.attacker([robber.address]);
            const posted = await ring.arena.post(ring.arena.job([1]));
            await honest.node.bid(posted);
            const words = (opcode: number): Cell =>
                beginCell()
                    .storeUint(opcode, 32)
                    .storeUint(posted.jobId, 32)
                    .storeUint(accountId(honest.node.stake.address), 256)
                    .storeUint(0, 400)
                    .endCell();
            for (const name of [
                'Bid',
                'Decline',
                'Claim',
                'Convicted',
                'HoldAcknowledged',
            ] as const) {
                await robber.send({
                    to: posted.escrow.address,
                    value: toNano('0.3'),
                    body: words(Escrow.opcodes[name]),
                });
            }
            const { state } = (await ring.arena.look(posted)) ?? { state: 'over' };
            await honest.node.commit(posted, await honest.node.prepare(posted));
            await ring.arena.accept(posted);
            await ring.runTo(posted, 'checking/open');
            await honest.node.open(posted);
            const end = await ring.finish(posted);
            ring.books.deliver(honest.party, ring.client, PRICE);
            return { caughtBy: `refused (job ${state}, then ${end})` };
        },
    },
    {
        name: 'a fake Escrow',
        role: 'stranger',
        how: 'says from its wallet what only an Escrow may say: hold, release, penalize',
        short: true,
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const robber = await ring.arena.fund('5');
            await ring.attacker([robber.address]);
            for (const name of [
                'Release',
                'Penalize',
                'Hold',
                'HoldEnded',
                'SettleChecked',
            ] as const) {
                await robber.send({
                    to: honest.node.stake.address,
                    value: toNano('0.2'),
                    body: beginCell()
                        .storeUint(Stake.opcodes[name], 32)
                        .storeUint(accountId(robber.address), 256)
                        .storeUint(0, 600)
                        .endCell(),
                });
            }
            const { convicted, heldUntil } = await honest.node.stake.getStanding();
            const harmed = convicted || heldUntil !== 0n;
            if (harmed) throw new Error('The Stake believed it.');
            return { caughtBy: 'refused' };
        },
    },
    {
        name: 'a Stake of a Market of its own',
        role: 'stranger',
        how: 'opens a Stake of the genuine code that holds a thousand GRAM by its own word, and bids with it',
        play: async (ring) => {
            const { arena } = ring;
            const robber = await arena.fund('5');
            const keys = keyPairFromSeed(randomBytes(32));
            // Its wallet is the Market of this one.
            const forged = { ...arena.deployment, market: robber.address };
            const stake = arena.chain.open(Stake.ofOperator(forged, robber.address));
            await ring.attacker([robber.address, stake.address]);
            const opening = storeStakeOpened({
                $$type: 'StakeOpened',
                network: BigInt(NETWORK),
                bucket: 1800n,
                unbonding: 43_200n,
                trial: 5n,
                nodeKey: hashToBigInt(asHash(keys.publicKey)),
                escrowCodeHash: hashToBigInt(asHash(forged.code.escrow.hash())),
                escrowCodeDepth: BigInt(forged.code.escrow.depth()),
                dailyLimit: toNano('1000'),
                reserve: toNano('1000'),
                collateral: toNano('100'),
                endpoint: null,
            });
            await robber.send({
                to: stake.address,
                value: toNano('2'),
                body: beginCell().store(opening).endCell(),
                ...(stake.init !== undefined && { init: stake.init }),
            });
            const posted = await arena.post(arena.job([1]));
            const job = await arena.look(posted);
            if (job?.state !== 'bidding') throw new Error('The job takes no bids.');
            const actions = createNodeActions({
                chain: arena.chain,
                stake: stake.address,
                network: NETWORK,
                secretKey: keys.secretKey,
                logger: pino({ level: 'silent' }),
            });
            const target = {
                client: arena.client.address,
                index: 0,
                escrow: posted.escrow.address,
            };
            const bid = await actions
                .send(target, {
                    kind: 'bid',
                    jobId: posted.jobId,
                    price: 1n,
                    lock: requiredLock(job.parameters, 1n, job.ceiling),
                    lockUntil:
                        job.biddingEnd +
                        job.terms.commitWindowSeconds +
                        lockHorizon(job.parameters),
                    commitment: 1n,
                })
                .then(
                    () => 'sent',
                    (error: unknown) => (error instanceof Error ? error.name : 'refused'),
                );
            const after = await arena.look(posted);
            const won = after === undefined || !('bid' in after) || after.bid !== undefined;
            const end = await ring.finish(posted);
            if (won) throw new Error('The Escrow believed the bid.');
            return { caughtBy: `bid ${bid}, not believed; ${end}` };
        },
    },
    {
        name: 'too little value',
        role: 'stranger',
        how: 'posts, opens a stake and disputes with less than these cost, for others to pay the rest',
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const posted = await ring.sold(honest, undefined);
            const robber = await ring.arena.fund('5');
            await ring.attacker([robber.address]);
            const { market } = ring.arena;
            const costs = await market.getCosts();
            await market.sendOpenStake(robber, costs.openStake, {
                nodeKey: Buffer.alloc(32, 1),
                dailyLimit: toNano('1'),
                reserve: toNano('1'),
                collateral: toNano('1'),
                endpoint: 'http://127.0.0.1:9',
            });
            await ring.runTo(posted, 'checking/open');
            await honest.node.open(posted);
            await ring.runTo(posted, 'appeal');
            await posted.escrow.sendDispute(robber, costs.dispute, {
                jobId: posted.jobId,
                leaf: 0,
            });
            const job = await ring.arena.look(posted);
            const end = await ring.finish(posted);
            ring.books.deliver(honest.party, ring.client, PRICE);
            return { caughtBy: `refused (job ${job?.state}), ${end}` };
        },
        // Silence of a client costs it the check.
        stated: { client: toNano('0.06') },
    },
    {
        name: 'a stolen node key',
        role: 'stranger',
        how: 'bids with the key of somebody else for jobs of its own client, and delivers nothing',
        play: async (ring) => {
            const victim = await ring.provider('provider');
            const { party, wallet } = await ring.newClient();
            const { node } = victim;
            const posted = await ring.arena.post(ring.arena.job([1]), { client: wallet });
            const thief = createNodeActions({
                chain: ring.arena.chain,
                stake: node.stake.address,
                network: NETWORK,
                secretKey: node.keys.secretKey,
                logger: pino({ level: 'silent' }),
            });
            const job = await ring.arena.look(posted);
            if (job?.state !== 'bidding') throw new Error('The job takes no bids.');
            const { parameters, biddingEnd, terms, ceiling } = job;
            const target = { client: wallet.address, index: 0, escrow: posted.escrow.address };
            await thief.send(target, {
                kind: 'bid',
                jobId: posted.jobId,
                price: PRICE,
                lock: requiredLock(parameters, PRICE, ceiling),
                lockUntil: biddingEnd + terms.commitWindowSeconds + lockHorizon(parameters),
                commitment: jobCommitment(node.key(posted)),
            });
            await ring.arena.reached(posted, 'assigned');
            const end = await ring.finish(posted);
            return { caughtBy: `${end}; ${party.name} is compensated` };
        },
        // A tenth of the price, and the gas of a job that came to nothing.
        conceded: {
            nano: PRICE / 10n + toNano('0.004'),
            where: 'docs/security.md#a-stolen-node-key',
        },
        // The lock of each job, up to the daily limit that its owner has set.
        stated: { provider: PRICE + toNano('0.01') },
    },
    {
        name: 'messages at the last second of a window',
        role: 'stranger',
        how: 'commits, accepts, opens and disputes a second too late, as if time had not decided',
        cases: ['commit', 'accept', 'open'],
        play: async (ring, { name }) => {
            const cheat = await ring.provider();
            const posted = await ring.arena.post(ring.arena.job([1]));
            await cheat.node.bid(posted);
            const commitment = await cheat.node.prepare(posted, () => number(0.5));
            const late = async (send: () => Promise<void>): Promise<string> => {
                await ring.arena.pass(posted);
                return send().then(
                    () => 'TAKEN',
                    () => 'refused',
                );
            };
            let said = '';
            if (name === 'commit') said = await late(() => cheat.node.commit(posted, commitment));
            else await cheat.node.commit(posted, commitment);
            if (name === 'accept') {
                // The client's secret comes too late: the check is certain by then.
                await ring.arena.pass(posted);
                await posted.escrow.sendTick(posted.jobId);
                said = await ring.arena.accept(posted).then(
                    () => 'TAKEN',
                    () => 'refused',
                );
            }
            if (name === 'open') {
                await ring.arena.accept(posted);
                await ring.runTo(posted, 'checking/open');
                const before = await ring.arena.look(posted);
                said = await late(() =>
                    before?.state === 'checking' ? cheat.node.open(posted) : Promise.resolve(),
                );
            }
            if (said !== 'refused') throw new Error(`A late ${name} was taken.`);
            return { caughtBy: `${name} refused, ${await ring.finish(posted)}` };
        },
        stated: { client: toNano('0.06') },
    },
];
