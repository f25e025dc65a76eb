import { Address, Cell } from '@ton/core';
import { MessageQueue } from '../../devnet/queue';
import { blockSeed, Random } from '../../devnet/random';
import type { DevnetOptions } from '../../devnet';
import { cleanUp, clientOf, Payer, start } from './world';

afterEach(cleanUp);

const target = new Address(0, Buffer.alloc(32, 9));

/** The order in which one account receives four payments from each of three wallets. */
async function arrivals(options: DevnetOptions): Promise<bigint[]> {
    const devnet = await start({ blockIntervalMs: Infinity, ...options });
    // All of them first: the faucet makes blocks, which would take earlier payments in.
    const payers = [];
    for (const index of [1, 2, 3]) payers.push(await Payer.create(devnet, index));
    for (const [index, payer] of payers.entries()) {
        const hundred = BigInt((index + 1) * 100);
        await payer.pay(target, hundred + 1n, hundred + 2n, hundred + 3n, hundred + 4n);
    }
    let received: bigint[] = [];
    while (received.length < 12) {
        await devnet.mineBlock();
        const page = await clientOf(devnet).getTransactions(target, { limit: 20 });
        received = page
            .map(({ inMessage }) =>
                inMessage?.info.type === 'internal' ? inMessage.info.value.coins : 0n,
            )
            .reverse();
    }
    await devnet.stop();
    return received;
}

const inOrder = [1, 2, 3].flatMap((wallet) => [1, 2, 3, 4].map((n) => BigInt(wallet * 100 + n)));

describe('interleave: shard', () => {
    it('delivers in the order in which messages were sent', async () => {
        const devnet = await start({ blockIntervalMs: Infinity });
        const payers = [await Payer.create(devnet, 1), await Payer.create(devnet, 2)];
        await payers[0]?.pay(target, 1n, 2n);
        await payers[1]?.pay(target, 3n, 4n);
        await devnet.mineBlock();
        const page = await clientOf(devnet).getTransactions(target, { limit: 10 });
        expect(
            page.map(({ inMessage }) =>
                inMessage?.info.type === 'internal' ? inMessage.info.value.coins : 0n,
            ),
        ).toEqual([4n, 3n, 2n, 1n]);
        expect(devnet.status().transactions).toBe(4 + 2 + 4);
    });
});

describe('interleave: random', () => {
    it('gives the same order again under the same seed, another under another', async () => {
        const orders = new Set<string>();
        for (const seed of [1, 2, 3]) {
            const options = { interleave: 'random', seed } as const;
            const once = await arrivals(options);
            expect(await arrivals(options)).toEqual(once);
            orders.add(once.join());
            expect([...once].sort()).toEqual(inOrder);
            // The network delivers messages between two accounts in their order, and so must it.
            for (const wallet of [1n, 2n, 3n]) {
                const own = once.filter((amount) => amount / 100n === wallet);
                expect(own).toEqual([...own].sort());
            }
        }
        expect(orders.size).toBe(3);
    });

    it('lets a trace continue after another has begun in a later block', async () => {
        const split = new Set<number>();
        for (const seed of [1, 2, 3, 4]) {
            const devnet = await start({ blockIntervalMs: Infinity, interleave: 'random', seed });
            const payer = await Payer.create(devnet, 1);
            await payer.pay(target, 1n, 2n, 3n, 4n);
            let blocks = 0;
            while ((await clientOf(devnet).getBalance(target)) < 10n) {
                await devnet.mineBlock();
                blocks++;
            }
            split.add(blocks);
        }
        expect(Math.max(...split)).toBeGreaterThan(1);
    });
});

describe('the message queue', () => {
    const message = (source: string | undefined, destination: string) => ({
        cell: Cell.EMPTY,
        source,
        destination,
    });

    it('keeps the order of each pair of accounts through many random takes', () => {
        const random = new Random(blockSeed(5, 1));
        const queue = new MessageQueue('random');
        const sent = new Map<object, number>();
        const taken = new Map<string, number>();
        for (let step = 0; step < 2_000; step++) {
            if (random.below(3) > 0 && step < 1_500) {
                const next = message(`s${random.below(4)}`, `d${random.below(4)}`);
                sent.set(next, step);
                queue.push(next);
            } else {
                const next = queue.take(random);
                if (next === undefined) continue;
                const pair = `${next.source} ${next.destination}`;
                const at = sent.get(next) ?? -1;
                expect(at).toBeGreaterThan(taken.get(pair) ?? -1);
                taken.set(pair, at);
            }
        }
        expect(queue.size).toBe([...queue].length);
        while (queue.take(random) !== undefined);
        expect(queue.size).toBe(0);
    });

    it('does not order external messages', () => {
        const firsts = new Set<unknown>();
        const [a, b] = [message(undefined, 'd'), message(undefined, 'd')];
        for (let seqno = 0; seqno < 20; seqno++) {
            const queue = new MessageQueue('random');
            queue.push(a);
            queue.push(b);
            firsts.add(queue.take(new Random(blockSeed(1, seqno))));
        }
        expect(firsts).toEqual(new Set([a, b]));
    });
});
