import '@ton/test-utils';
import { beginCell, type Cell, SendMode, toNano } from '@ton/core';
import { Stake as GeneratedStake } from '../../build/Stake/Stake_Stake';
import { Market as GeneratedMarket } from '../../build/Market/Market_Market';
import { Escrow as GeneratedEscrow } from '../../build/Escrow/Escrow_Escrow';
import { accountId, nodeActionDigest, type NodeAction, wrapNodeAction } from '../../wrappers';
import { sign } from '@ton/crypto';
import { expectConserved, openBooks } from './conservation';
import { readStake, writeStake } from './stake-state';
import { refusalOf } from './trace';
import { type Client, GENEROUS, NETWORK, type Provider, World } from './world';

let world: World;
let provider: Provider;
let client: Client;

beforeEach(async () => {
    world = await World.create();
    provider = await world.provider('provider');
    client = await world.client('accomplice');
});

/** Principal, and what backs it. */
async function money(): Promise<{ principal: bigint; balance: bigint; rent: bigint }> {
    const { principal } = await readStake(world, provider.stake.address);
    const { rent } = await provider.stake.getStake();
    return { principal, rent, balance: await world.balance(provider.stake.address) };
}

describe('a stolen node key', () => {
    const actions: NodeAction[] = [
        { kind: 'bid', jobId: 0, lock: 1n, lockUntil: 0, price: (1n << 64n) - 1n, commitment: 0n },
        { kind: 'bid', jobId: 0, lock: toNano('20'), lockUntil: 0, price: 0n, commitment: 0n },
        {
            kind: 'bid',
            jobId: 9,
            lock: toNano('1'),
            lockUntil: 0,
            price: toNano('1'),
            commitment: 0n,
        },
        { kind: 'bid', jobId: 0, lock: 0n, lockUntil: 0, price: 0n, commitment: 0n },
        { kind: 'claim', jobId: 0, bond: 0n, key: 0n, settled: false },
        { kind: 'claim', jobId: 0, bond: (1n << 64n) - 1n, key: 0n, settled: true },
        { kind: 'concede', jobId: 0 },
        { kind: 'decline', jobId: 0 },
    ];

    it('moves nothing of the principal with any action, again and again', async () => {
        await world.post(client, { ceiling: toNano('1') });
        const books = openBooks(world.chain);
        const before = await money();
        for (const index of [0, 1]) {
            for (const action of actions) {
                const words =
                    action.kind === 'bid' ? { ...action, lockUntil: world.now + 3000 } : action;
                await refusalOf(world.act(provider, client, words, { index }));
            }
            world.wait(3);
        }
        const after = await money();
        expect(after.principal).toBe(before.principal);
        expect(after.balance).toBeGreaterThanOrEqual(after.principal + after.rent);
        expectConserved(books);
    });

    it('spends the operating balance at most, never the rent or the principal', async () => {
        const { operating, rent } = await provider.stake.getStake();
        const contract = await world.chain.getContract(provider.stake.address);
        contract.balance += rent + toNano('0.02') - operating;
        const before = await money();
        let accepted = 0;
        while (
            (await refusalOf(world.act(provider, client, actions.at(-1) ?? never()))) === undefined
        ) {
            accepted += 1;
            expect(accepted).toBeLessThan(100);
        }
        expect(accepted).toBeGreaterThan(3);
        const after = await money();
        expect(after.principal).toBe(before.principal);
        expect(after.balance).toBeGreaterThanOrEqual(after.principal + after.rent);
    });

    it('says no word of any contract but bid, claim, concede and decline', async () => {
        const spoken = new Set<number>();
        const all = [GeneratedMarket, GeneratedEscrow, GeneratedStake].flatMap(({ opcodes }) =>
            Object.values(opcodes),
        );
        // Whole words of each length that one of them has.
        for (const bits of [32, 353, 448]) {
            for (const opcode of new Set(all)) {
                const said = provider.stake.sendNodeAction(await say(opcode, bits));
                if ((await refusalOf(said)) === undefined) spoken.add(opcode);
            }
        }
        const { Bid, Claim, Concede, Decline } = GeneratedStake.opcodes;
        expect([...spoken].sort()).toEqual([Bid, Decline, Claim, Concede].sort());
    });

    it('gains an accomplice at most a tenth of a price and gas, of what a day may lock', async () => {
        await provider.stake.sendSetLimits(provider.operator.getSender(), GENEROUS, {
            dailyLimit: toNano('1'),
            paused: false,
        });
        const { post } = await world.market.getCosts();
        const books = openBooks(world.chain);
        const before = await money();
        const wallet = await client.wallet.getBalance();
        for (const jobId of [0, 1]) await world.post(client, { jobId });
        await world.bid(provider, client, { jobId: 0, price: toNano('1') });
        expect(await refusalOf(world.bid(provider, client, { jobId: 1, price: toNano('1') }))).toBe(
            384,
        );
        world.wait(100);
        await client.escrow.sendTick(0);
        await client.escrow.sendTick(1);
        await client.escrow.sendWithdrawSurplus(client.wallet.getSender(), GENEROUS);
        expect((await money()).principal).toBe(before.principal - toNano('1'));
        const gained = (await client.wallet.getBalance()) - wallet;
        expect(gained).toBeLessThan(toNano('0.1') + post);
        expectConserved(books);
    });

    /** A signed body with an opcode, a job id, and so many bits that may mean a lock and its end. */
    async function say(opcode: number, bits: number): Promise<Cell> {
        const { seqno } = await provider.stake.getStake();
        const words = beginCell()
            .storeUint(1, 64)
            .storeUint(world.now + 60, 32)
            .storeUint(0, 320)
            .asSlice();
        const body = beginCell()
            .storeUint(seqno, 32)
            .storeUint(world.now + 60, 32)
            .storeUint(accountId(client.wallet.address), 256)
            .storeUint(0, 16)
            .storeUint(opcode, 32)
            .storeUint(0, 32)
            .storeBits(words.loadBits(bits - 32))
            .endCell();
        const digest = nodeActionDigest({ stake: provider.stake.address, network: NETWORK }, body);
        return wrapNodeAction(body, sign(digest, provider.key.secretKey));
    }
});

describe('a bounced message', () => {
    const bounce = (bucket: number) =>
        beginCell()
            .storeUint(0xffff_ffff, 32)
            .storeUint(0x45000021, 32)
            .storeUint(0, 32)
            .storeUint(toNano('1'), 64)
            .storeUint(bucket * 60, 32)
            .endCell();

    it('cannot be forged in words', async () => {
        const bucket = Math.floor(world.now / 60) + 20;
        await writeStake(world, provider.stake.address, {
            buckets: new Map([[bucket, toNano('1')]]),
        });
        for (const sender of [client.wallet, provider.operator]) {
            const trace = await sender.send({
                to: provider.stake.address,
                value: GENEROUS,
                body: bounce(bucket),
            });
            expect(trace.transactions).toHaveTransaction({
                on: provider.stake.address,
                success: false,
            });
        }
        expect((await provider.stake.getStake()).locked).toBe(toNano('1'));
    });

    it('cannot be forged with the flag: validators clear it, and the words count as words', async () => {
        const bucket = Math.floor(world.now / 60) + 20;
        await writeStake(world, provider.stake.address, {
            buckets: new Map([[bucket, toNano('1')]]),
        });
        const trace = await client.wallet.sendMessages(
            [
                {
                    info: {
                        type: 'internal',
                        ihrDisabled: true,
                        bounce: false,
                        bounced: true,
                        dest: provider.stake.address,
                        value: { coins: GENEROUS },
                        ihrFee: 0n,
                        forwardFee: 0n,
                        createdAt: 0,
                        createdLt: 0n,
                    },
                    body: bounce(bucket),
                },
            ],
            SendMode.PAY_GAS_SEPARATELY,
        );
        expect(trace.transactions).toHaveTransaction({
            from: client.wallet.address,
            on: provider.stake.address,
            inMessageBounced: false,
            success: false,
        });
        expect((await provider.stake.getStake()).locked).toBe(toNano('1'));
    });
});

function never(): never {
    throw new Error('There is no such action.');
}
