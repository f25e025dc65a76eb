import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Address, toNano } from '@ton/core';
import { startDevnet, StateFileError } from '../../devnet';
import { call, cleanUp, clientOf, Payer, start, statePath } from './world';

afterEach(cleanUp);

const target = new Address(0, Buffer.alloc(32, 9));

describe('a chain with a state file', () => {
    it('goes on after a restart with its accounts, transactions, blocks and time', async () => {
        const path = statePath();
        const first = await start({ statePath: path });
        const payer = await Payer.create(first, 1);
        await payer.pay(target, 1n, 2n, 3n);
        await first.advanceTime(86_400);
        await payer.pay(target, 4n);
        const before = {
            status: first.status(),
            total: first.totalBalance(),
            history: await call(first, 'getTransactions', { address: target.toString() }),
            header: await call(first, 'getBlockHeader', {
                workchain: 0,
                shard: '8000000000000000',
                seqno: first.status().seqno,
            }),
        };
        await first.stop();

        const second = await start({ statePath: path });
        expect(second.status()).toEqual({ ...before.status, now: second.now() });
        expect(second.now()).toBeGreaterThanOrEqual(before.status.now);
        expect(second.totalBalance()).toBe(before.total);
        const history = await call(second, 'getTransactions', { address: target.toString() });
        expect(history).toEqual(before.history);
        const { seqno } = second.status();
        const params = { workchain: 0, shard: '8000000000000000', seqno };
        expect(await call(second, 'getBlockHeader', params)).toEqual(before.header);
        const [newest] = await clientOf(second).getTransactions(target, { limit: 1 });
        const info = newest?.inMessage?.info;
        if (info?.type !== 'internal') throw new Error('no internal message');
        const lt = info.createdLt.toString();
        await clientOf(second).tryLocateSourceTx(payer.wallet.address, target, lt);

        await second.faucet(target, 5n);
        expect(await clientOf(second).getBalance(target)).toBe(15n);
        const after = await clientOf(second).getTransactions(target, { limit: 100 });
        expect(after).toHaveLength(5);
        expect(after[0]?.prevTransactionLt).toBe(newest?.lt);
        expect(second.status().seqno).toBeGreaterThan(seqno);
    });

    it('keeps messages that still wait, inside and outside of the chain', async () => {
        const path = statePath();
        const first = await start({
            statePath: path,
            blockIntervalMs: Infinity,
            interleave: 'random',
            seed: 2,
        });
        const [a, b, c] = [
            await Payer.create(first, 1),
            await Payer.create(first, 2),
            await Payer.create(first, 3),
        ];
        await a.pay(target, 1n, 2n, 3n, 4n);
        await b.pay(target, 10n, 20n, 30n, 40n);
        const received = () => clientOf(first).getBalance(target);
        while ((await received()) === 0n) await first.mineBlock();
        // Under this seed the block ends while messages wait.
        expect(await received()).toBeLessThan(110n);
        await c.pay(target, 1_000n);
        await first.stop();

        const second = await start({ statePath: path });
        await second.mineBlock();
        expect(await clientOf(second).getBalance(target)).toBe(1_110n);
    });

    it('loses nothing that was in a block when it is killed', async () => {
        const path = statePath();
        const first = await start({ statePath: path });
        await first.faucet(target, 1n);
        await first.advanceTime(60);
        const copy = statePath();
        copyFileSync(path, copy); // what a kill at this instant leaves
        const second = await start({ statePath: copy });
        expect(second.status()).toEqual({ ...first.status(), now: second.now() });
        expect(await clientOf(second).getBalance(target)).toBe(1n);
    });

    it('leaves out a last line that was cut off', async () => {
        const path = statePath();
        const first = await start({ statePath: path });
        await first.faucet(target, 1n);
        const { seqno } = first.status();
        await first.stop();
        appendFileSync(path, '{"utime":1,"transac');
        const second = await start({ statePath: path });
        expect(second.status().seqno).toBe(seqno);
        expect(await clientOf(second).getBalance(target)).toBe(1n);
        expect(readFileSync(path, 'utf8')).not.toContain('"transac\n');
    });

    it('does not start from a file that something else has changed', async () => {
        const path = statePath();
        await (await start({ statePath: path })).stop();
        const lines = readFileSync(path, 'utf8').split('\n');
        lines[1] = '{"utime":"yesterday"}';
        writeFileSync(path, lines.join('\n'));
        await expect(startDevnet({ statePath: path })).rejects.toThrow(StateFileError);
        await expect(startDevnet({ statePath: path })).rejects.toThrow('line 2');
        writeFileSync(path, '');
        await expect(startDevnet({ statePath: path })).rejects.toThrow('no header');
    });

    it('does not resume under other fees, global id or supply', async () => {
        const path = statePath();
        await (await start({ statePath: path, fees: 'sandbox' })).stop();
        const resumed = await start({ statePath: path });
        expect(resumed.status().fees).toBe('sandbox');
        await resumed.stop();
        for (const option of [
            { fees: 'current' as const },
            { globalId: -239 },
            { faucet: { supply: toNano('1') } },
        ]) {
            await expect(startDevnet({ statePath: path, ...option })).rejects.toThrow(
                StateFileError,
            );
        }
    });

    it('appends only what a block changed', async () => {
        const path = statePath();
        const devnet = await start({ statePath: path });
        const length = () => readFileSync(path, 'utf8').length;
        const before = length();
        await devnet.mineBlock();
        expect(length() - before).toBeLessThan(60);
        await devnet.faucet(target, 1n);
        expect(length() - before).toBeLessThan(5_000);
    });

    it('names the file when it cannot be written, and does not listen', async () => {
        const path = `${statePath()}/no/such/folder`;
        await expect(startDevnet({ statePath: path })).rejects.toThrow(StateFileError);
        expect(existsSync(path)).toBe(false);
    });
});
