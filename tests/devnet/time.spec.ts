import { Address, beginCell } from '@ton/core';
import type { DevnetOptions } from '../../devnet';
import { assembled, call, cleanUp, clientOf, get, keys, Payer, post, start } from './world';

afterEach(cleanUp);

const target = new Address(0, Buffer.alloc(32, 9));

/** A wall clock that a test sets. */
function stoppedClock(ms: number): { ms: number; options: DevnetOptions } {
    const clock = { ms, options: { nowMs: () => clock.ms } };
    return clock;
}

describe('the time of the chain', () => {
    it('is that of the wall clock in whole seconds, until it is moved', async () => {
        const clock = stoppedClock(1_800_000_000_999);
        const devnet = await start(clock.options);
        expect(devnet.now()).toBe(1_800_000_000);
        clock.ms += 1;
        expect(devnet.now()).toBe(1_800_000_001);
    });

    it('moves ahead by whole seconds and goes on from there with the wall clock', async () => {
        const clock = stoppedClock(1_800_000_000_000);
        const devnet = await start(clock.options);
        expect(await devnet.advanceTime(3_600)).toBe(1_800_003_600);
        clock.ms += 5_000;
        expect(devnet.now()).toBe(1_800_003_605);
        expect(devnet.status().timeOffsetSeconds).toBe(3_600);
    });

    it('never goes back, even if the wall clock does', async () => {
        const clock = stoppedClock(1_800_000_000_000);
        const devnet = await start(clock.options);
        await devnet.mineBlock();
        clock.ms -= 60_000;
        expect(devnet.now()).toBe(1_800_000_000);
        await devnet.mineBlock();
        expect(await devnet.advanceTime(10)).toBe(1_800_000_010);
        expect(devnet.now()).toBe(1_800_000_010);
    });

    it.each([0, -1, 1.5, NaN, 2 ** 32])('does not move by %d seconds', async (seconds) => {
        const devnet = await start();
        const before = devnet.status().seqno;
        await expect(devnet.advanceTime(seconds)).rejects.toMatchObject({ code: 'DEVNET_OPTION' });
        expect(devnet.status().seqno).toBe(before);
    });

    it('may be the same in two blocks, which contracts then see', async () => {
        const clock = stoppedClock(1_800_000_000_000);
        const devnet = await start(clock.options);
        const { lt: first } = await devnet.faucet(target, 1n);
        const { lt: second } = await devnet.faucet(target, 1n);
        expect(second).toBeGreaterThan(first);
        const [newer, older] = await clientOf(devnet).getTransactions(target, { limit: 2 });
        expect([newer?.now, older?.now]).toEqual([1_800_000_000, 1_800_000_000]);
    });

    it('is what get-methods see as now()', async () => {
        const devnet = await start();
        // DROP; NOW
        const { address, init } = assembled('30f823');
        await (await Payer.create(devnet, 1)).deploy(address, init);
        await devnet.advanceTime(1_000_000);
        const { stack } = await clientOf(devnet).runMethod(address, 'now');
        const seen = stack.readNumber();
        expect(seen).toBeGreaterThan(Date.now() / 1000 + 999_000);
        expect(seen).toBeLessThanOrEqual(devnet.now());
    });

    it('lets messages that already wait into a block before it moves', async () => {
        const devnet = await start({ blockIntervalMs: Infinity });
        const payer = await Payer.create(devnet, 1);
        await payer.pay(target, 1n); // valid for a minute
        await devnet.advanceTime(3_600);
        expect(await clientOf(devnet).getBalance(target)).toBe(1n);
    });

    it('explains a refusal of messages that count on the wall clock', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        await payer.pay(target, 1n);
        await devnet.advanceTime(3_600);
        const { secretKey } = keys(1);
        const transfer = { seqno: 1, secretKey, sendMode: 1, messages: [] };
        await expect(payer.wallet.sendTransfer(transfer)).rejects.toMatchObject({
            response: { data: { hint: expect.stringContaining('3600 s ahead') as string } },
        });
    });

    it('moves by HTTP', async () => {
        const devnet = await start();
        const before = devnet.now();
        const { status, body } = await post(devnet, '/devnet/time', { advanceSeconds: 100 });
        expect(status).toBe(200);
        const { now } = body.result as { now: number };
        expect(now).toBeGreaterThanOrEqual(before + 100);
        for (const advanceSeconds of [0, -5, 0.5, '10', undefined]) {
            const reply = await post(devnet, '/devnet/time', { advanceSeconds });
            expect(reply.status).toBe(422);
        }
    });

    it('charges rent for the time that was skipped', async () => {
        const devnet = await start();
        const data = beginCell().storeUint(1, 1023).endCell();
        const { address, init } = assembled('30', data);
        const payer = await Payer.create(devnet, 1);
        await payer.deploy(address, init);
        await devnet.advanceTime(365 * 86_400);
        await payer.pay(address, 1n);
        const { body } = await call(devnet, 'getTransactions', { address: address.toString() });
        const [newest] = body.result as [{ storage_fee: string }];
        // Three cells at 135 / 2^16 nano a second each, and no price for bits.
        const seconds = 365 * 86_400;
        expect(Number(newest.storage_fee)).toBeGreaterThanOrEqual((3 * 135 * seconds) / 2 ** 16);
        expect(Number(newest.storage_fee)).toBeLessThan((3 * 135 * (seconds + 60)) / 2 ** 16 + 1);
    });
});

describe('blocks', () => {
    it('follow each other in the interval, also when nothing happens', async () => {
        const devnet = await start({ blockIntervalMs: 5 });
        const first = devnet.status().seqno;
        while (devnet.status().seqno < first + 5) await get(devnet, '/devnet/status');
        expect(devnet.status().transactions).toBe(0);
    });

    it('take messages in without being asked', async () => {
        const devnet = await start({ blockIntervalMs: 5 });
        const payer = await Payer.create(devnet, 1);
        await payer.pay(target, 1n);
        while ((await clientOf(devnet).getBalance(target)) !== 1n);
        expect(await payer.wallet.getSeqno()).toBe(1);
    });

    it('come only when asked for under an infinite interval', async () => {
        const devnet = await start({ blockIntervalMs: Infinity });
        expect(devnet.status().blockIntervalMs).toBeNull();
        expect(await devnet.mineBlock()).toBe(1);
        expect((await post(devnet, '/devnet/mine', {})).body.result).toEqual({ seqno: 2 });
        expect(devnet.status().seqno).toBe(2);
    });

    it('have headers that name their time, logical times and the block before', async () => {
        const devnet = await start();
        await devnet.faucet(target, 1n);
        const shard = '-9223372036854775808';
        const { body } = await call(devnet, 'getBlockHeader', { workchain: 0, shard, seqno: 1 });
        const before = await call(devnet, 'lookupBlock', { workchain: 0, shard, seqno: 0 });
        expect(body.result).toMatchObject({
            '@type': 'blocks.header',
            id: { workchain: 0, seqno: 1, shard },
            global_id: -3,
            gen_utime: devnet.now(),
            start_lt: '1000000',
            end_lt: '2000000',
            prev_blocks: [before.body.result],
        });
    });

    it('are found by logical time and by time', async () => {
        const devnet = await start();
        const { lt } = await devnet.faucet(target, 1n);
        await devnet.advanceTime(100);
        await devnet.faucet(target, 1n);
        const found = async (query: object) => {
            const params = { workchain: 0, shard: '8000000000000000', ...query };
            const { body } = await call(devnet, 'lookupBlock', params);
            return (body.result as { seqno: number }).seqno;
        };
        expect(await found({ lt: lt.toString() })).toBe(1);
        expect(await found({ lt: (lt + 1n).toString() })).toBe(1);
        expect(await found({ unixtime: devnet.now() - 50 })).toBe(1);
        expect(await found({ unixtime: devnet.now() })).toBe(3);
    });

    it.each(['getBlockHeader', 'getBlockTransactions', 'shards'])(
        'that do not exist yet are 404 for %s',
        async (method) => {
            const devnet = await start();
            const params = { workchain: 0, shard: '8000000000000000', seqno: 1_000_000 };
            expect((await call(devnet, method, params)).status).toBe(404);
        },
    );
});
