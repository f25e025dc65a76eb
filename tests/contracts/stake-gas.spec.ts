import '@ton/test-utils';
import { toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import {
    GasStakeBid,
    GasStakeClaim,
    GasStakeForward,
    GasStakeHold,
    GasStakeOpened,
    GasStakeOwner,
    GasStakePenalize,
    GasStakeRelease,
    GasStakeReport,
    GasStakeReward,
    GasStakeSettle,
    GasStakeSettleChecked,
    MaxHolds,
    PenaltyConviction,
    PenaltyFine,
    PenaltyLock,
    Stake as GeneratedStake,
    StakeBits,
    StakeCells,
} from '../../build/Stake/Stake_Stake';
import { accountId } from '../../wrappers';
import { dearestBuckets, readStake, sumOf, writeStake } from './stake-state';
import { gasOn, sizeOf } from './trace';
import { type Client, GENEROUS, type Provider, World } from './world';

const WIDTH = 60;
const LOCK = toNano('0.02');
const op = GeneratedStake.opcodes;

let world: World;
let provider: Provider;
let client: Client;
let deepest: number;

/** A Stake with the dearest dictionary, at a time when its older two buckets have ended. */
beforeEach(async () => {
    world = await World.create();
    // Bucket numbers cross a multiple of 2^16 within the range that locks may take.
    const middle = 456 * 65_536;
    world.chain.now = (middle - 31) * WIDTH;
    provider = await world.provider('provider', { collateral: toNano('50') });
    client = await world.client();
    await world.post(client, { ceiling: toNano('0.02'), terms: { commitWindowSeconds: 600 } });
    const dearest = dearestBuckets(middle - 30);
    deepest = dearest.deepest;
    await writeStake(world, provider.stake.address, { buckets: dearest.buckets });
});

/** A bid into the deepest bucket, which has to be made anew. */
async function dearestBid(): Promise<SendMessageResult> {
    const { buckets } = await readStake(world, provider.stake.address);
    const others = new Map([...buckets].filter(([bucket]) => bucket !== deepest));
    await writeStake(world, provider.stake.address, { buckets: others });
    return world.bid(provider, client, { price: LOCK, lock: LOCK, lockUntil: deepest * WIDTH });
}

/** Sends to the Stake as the client's Escrow. */
function fromEscrow(
    message: Parameters<typeof provider.stake.send>[2],
): Promise<SendMessageResult> {
    const escrow = world.chain.sender(client.escrow.address);
    return provider.stake.send(escrow, { value: GENEROUS, bounce: false }, message);
}

const lockOf = (bucket: number, lock = 5_000_000n) =>
    ({
        jobId: 0n,
        client: accountId(client.wallet.address),
        index: 0n,
        lock,
        lockUntil: BigInt(bucket * WIDTH),
    }) as const;

/** A bound must cover the real gas, and be at most a few per cent over it. */
function expectTight(gas: number, bound: bigint, share = 0.93): void {
    expect(gas).toBeLessThanOrEqual(Number(bound));
    expect(gas).toBeGreaterThan(Number(bound) * share);
}

describe('the gas of a Stake with the dearest dictionary of locks', () => {
    it('stays under GasStakeBid for a bid that drops two buckets and makes one', async () => {
        const trace = await dearestBid();
        expect((await readStake(world, provider.stake.address)).buckets.size).toBe(62);
        expectTight(gasOn(trace, provider.stake.address, op.NodeAction), GasStakeBid);
    });

    it('stays under GasStakeForward for a decline and a concession', async () => {
        await dearestBid();
        world.wait(2);
        const declined = await world.act(provider, client, { kind: 'decline', jobId: 0 });
        const conceded = await world.act(provider, client, { kind: 'concede', jobId: 0 });
        const gas = [declined, conceded].map((trace) => gasOn(trace, provider.stake.address));
        expectTight(Math.max(...gas), GasStakeForward);
    });

    it('stays under GasStakeClaim for a claim with either weight', async () => {
        const gas: number[] = [];
        for (const settled of [false, true]) {
            const claim = { kind: 'claim', jobId: 0, bond: 1n, key: 1n, settled } as const;
            const trace = await world.act(provider, client, claim);
            gas.push(gasOn(trace, provider.stake.address, op.NodeAction));
        }
        expectTight(Math.max(...gas), GasStakeClaim);
    });

    it('stays under GasStakeRelease for a lock that leaves others in its bucket, or none', async () => {
        const part = await fromEscrow({ $$type: 'Release', ...lockOf(deepest) });
        const rest = await fromEscrow({ $$type: 'Release', ...lockOf(deepest) });
        const gas = [part, rest].map((t) => gasOn(t, provider.stake.address, op.Release));
        expectTight(Math.max(...gas), GasStakeRelease);
        expect((await readStake(world, provider.stake.address)).buckets.size).toBe(63);
    });

    it('stays under GasStakeSettle, GasStakeReward and GasStakeSettleChecked for what is paid', async () => {
        const owner = { client: accountId(client.wallet.address), index: 0n };
        const paid = { jobId: 0n, outcome: 1n, paid: 1n };
        const settled = await fromEscrow({ $$type: 'Settle', ...paid, draw: 1n });
        expectTight(gasOn(settled, provider.stake.address, op.Settle), GasStakeSettle);
        const rewarded = await fromEscrow({ $$type: 'Reward', jobId: 0n, bond: 1n, reason: 1n });
        expectTight(gasOn(rewarded, provider.stake.address, op.Reward), GasStakeReward);
        const gas: number[] = [];
        for (const days of [1, 40]) {
            world.wait(days * 86_400);
            const credit = 1000n;
            const trace = await fromEscrow({ $$type: 'SettleChecked', ...paid, ...owner, credit });
            gas.push(gasOn(trace, provider.stake.address, op.SettleChecked));
        }
        expectTight(Math.max(...gas), GasStakeSettleChecked);
    });

    it('stays under GasStakeHold for a hold beyond those that are counted, and for the end of one', async () => {
        const gas: number[] = [];
        const owner = { client: accountId(client.wallet.address), index: 0n };
        const heldUntil = BigInt(world.now + 1000);
        const jobs = [...Array(Number(MaxHolds) + 1).keys()].map(BigInt);
        for (const jobId of jobs) {
            const trace = await fromEscrow({ $$type: 'Hold', jobId, ...owner, heldUntil });
            gas.push(gasOn(trace, provider.stake.address, op.Hold));
        }
        for (const jobId of jobs) {
            const trace = await fromEscrow({ $$type: 'HoldEnded', jobId, ...owner });
            gas.push(gasOn(trace, provider.stake.address, op.HoldEnded));
        }
        // How far apart the tags of holds lie follows from the addresses, and those from the code.
        expectTight(Math.max(...gas), GasStakeHold, 0.88);
    });

    it('stays under GasStakePenalize for whatever is taken, paid out, burnt and partly unbonding', async () => {
        const state = await readStake(world, provider.stake.address);
        await provider.stake.sendUnbond(provider.operator.getSender(), GENEROUS, {
            reserve: toNano('10'),
            collateral: state.collateral - 3_000_000n,
        });
        const start = world.chain.snapshot();
        const gas: number[] = [];
        for (const kind of [PenaltyLock, PenaltyFine, PenaltyConviction]) {
            // While it is held, no lock has ended; else the older two have.
            for (const held of [false, true]) {
                await world.chain.loadFrom(start);
                const owner = { client: accountId(client.wallet.address), index: 0n };
                if (held) {
                    const heldUntil = BigInt(world.now + 1000);
                    await fromEscrow({ $$type: 'Hold', jobId: 0n, ...owner, heldUntil });
                }
                const trace = await fromEscrow({
                    $$type: 'Penalize',
                    ...lockOf(deepest),
                    kind,
                    fine: 1_000_000n,
                    compensation: 1_000_000n,
                    catcher: 1n,
                    reward: 200_000n,
                });
                expect(trace.externals.length).toBeGreaterThan(0);
                gas.push(gasOn(trace, provider.stake.address, op.Penalize));
            }
        }
        if (process.env['GAS_REPORT']) process.stderr.write(`Penalize ${gas.join(' ')}\n`);
        // The dearest, with 62 buckets that have ended, is measured in check-gas.spec.ts.
        expect(Math.max(...gas)).toBeLessThanOrEqual(Number(GasStakePenalize));
    });

    it('stays under GasStakeReport for telling an Escrow of a conviction', async () => {
        await fromEscrow({
            $$type: 'Penalize',
            ...lockOf(deepest),
            kind: PenaltyConviction,
            fine: 0n,
            compensation: 0n,
            catcher: 0n,
            reward: 0n,
        });
        const job = { jobId: 0, client: client.wallet.address, index: 0 };
        const trace = await provider.stake.sendReportConviction(
            client.wallet.getSender(),
            GENEROUS,
            job,
        );
        expectTight(gasOn(trace, provider.stake.address, op.ReportConviction), GasStakeReport);
    });

    it('stays under GasStakeOpened for a new Stake and for one with locks', async () => {
        const again = await world.provider('provider');
        expect(again.stake.address).toEqualAddress(provider.stake.address);
        const opening = {
            nodeKey: provider.key.publicKey,
            dailyLimit: 1n,
            reserve: 1n,
            collateral: 1n,
            endpoint: `http://${'a'.repeat(113)}`,
        };
        const { openStake } = await world.market.getCosts();
        const gas: number[] = [];
        for (const name of ['provider', 'another']) {
            const operator = await world.chain.treasury(name);
            const trace = await world.market.sendOpenStake(
                operator.getSender(),
                openStake + GENEROUS,
                opening,
            );
            const stake = await world.market.getStakeAddress(operator.address);
            gas.push(gasOn(trace, stake, op.StakeOpened));
        }
        expectTight(Math.max(...gas), GasStakeOpened);
    });

    it('stays under GasStakeOwner for whatever the operator says', async () => {
        const { stake, operator, key } = provider;
        const sender = operator.getSender();
        const bonds = { reserve: 1n, collateral: 1n };
        const endpoint = `http://${'a'.repeat(113)}`;
        const traces = [
            await stake.sendDeposit(sender, GENEROUS, bonds),
            await stake.sendUnbond(sender, GENEROUS, bonds),
            await stake.sendSetNode(sender, GENEROUS, { nodeKey: key.publicKey, endpoint }),
            await stake.sendSetLimits(sender, GENEROUS, { dailyLimit: 5n, paused: true }),
        ];
        world.wait(6000);
        traces.push(await stake.sendWithdraw(sender, GENEROUS, { amount: 2n, operating: 1n }));
        const gas = traces.map((trace) => gasOn(trace, stake.address));
        expectTight(Math.max(...gas), GasStakeOwner);
    });

    it('leaves what a node says within the credit that an external message has', async () => {
        const bid = await dearestBid();
        world.wait(2);
        const decline = await world.act(provider, client, { kind: 'decline', jobId: 0 });
        const concede = await world.act(provider, client, { kind: 'concede', jobId: 0 });
        const claim = { kind: 'claim', jobId: 0, bond: 1n, key: 1n, settled: false } as const;
        const claimed = await world.act(provider, client, claim);
        for (const trace of [bid, decline, concede, claimed]) {
            expect(trace.transactions).toHaveTransaction({
                on: provider.stake.address,
                op: op.NodeAction,
                success: true,
                outMessagesCount: 1,
            });
        }
    });
});

describe('the size of a Stake', () => {
    it('stays under StakeCells and StakeBits with 64 buckets, all holds and the longest endpoint', async () => {
        await provider.stake.sendSetNode(provider.operator.getSender(), GENEROUS, {
            nodeKey: provider.key.publicKey,
            endpoint: `http://${'a'.repeat(113)}`,
        });
        for (const jobId of [...Array(Number(MaxHolds) + 1).keys()].map(BigInt)) {
            const owner = { client: accountId(client.wallet.address), index: 0n };
            const heldUntil = BigInt(world.now + 1000);
            await fromEscrow({ $$type: 'Hold', jobId, ...owner, heldUntil });
        }
        const { buckets } = await readStake(world, provider.stake.address);
        const different = [...buckets.keys()].map((bucket, i) => [bucket, toNano(i + 1)] as const);
        await writeStake(world, provider.stake.address, { buckets: new Map(different) });
        expect(sumOf(buckets)).toBe(640_000_000n);
        const size = sizeOf((await world.chain.getContract(provider.stake.address)).accountState);
        expectTight(size.cells, StakeCells);
        expectTight(size.bits, StakeBits);
    });
});
