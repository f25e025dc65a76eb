import { Address, beginCell, Cell, comment, internal, toNano } from '@ton/core';
import { defaultConfig } from '@ton/sandbox';
import { WalletContractV4 } from '@ton/ton';
import {
    createBlockchain,
    type Devnet,
    type FeeTable,
    networkConfig,
    withCurrentFees,
} from '../../devnet';
import { loadParams } from '../../devnet/fees';
import { call, cleanUp, clientOf, echo, keys, Payer, start } from './world';

afterEach(cleanUp);

const target = new Address(0, Buffer.alloc(32, 9));

/** What a plain transfer with a comment costs the sender beyond its value, in nano. */
async function transferCost(devnet: Devnet): Promise<bigint> {
    const payer = await Payer.create(devnet, 1);
    await payer.pay(devnet.giver, 1n); // deploys the wallet
    const client = clientOf(devnet);
    const before = await client.getBalance(payer.wallet.address);
    await payer.wallet.sendTransfer({
        seqno: 1,
        secretKey: keys(1).secretKey,
        sendMode: 1,
        messages: [internal({ to: target, value: 7n, body: comment('hello'), bounce: false })],
    });
    return before - 7n - (await client.getBalance(payer.wallet.address));
}

describe('fees', () => {
    it("of a plain transfer are a sixth of the sandbox's at today's prices", async () => {
        const current = await transferCost(await start({ fees: 'current' }));
        const sandbox = await transferCost(await start({ fees: 'sandbox' }));
        // Wallet v4, 3,308 gas, one message with a comment.
        expect({ current, sandbox }).toEqual({ current: 391_469n, sandbox: 2_348_800n });
    });

    it("are today's by default", async () => {
        expect((await start()).status().fees).toBe('current');
    });

    it.each<FeeTable>(['current', 'sandbox'])(
        'of a transaction are the same in a contract test under %s',
        async (fees) => {
            const devnet = await start({ fees });
            const blockchain = await createBlockchain({ fees });
            const { address, init } = echo();
            const payer = await Payer.create(devnet, 1);
            await payer.deploy(address, init);
            const [served] = await clientOf(devnet).getTransactions(address, { limit: 1 });
            const sender = await blockchain.treasury('sender');
            const result = await sender.send({ to: address, value: toNano('0.5'), init });
            const local = result.transactions.find(
                ({ lt }) => lt > 0n && lt === result.transactions.at(-1)?.lt,
            );
            expect(served?.totalFees.coins).toBeGreaterThan(0n);
            expect(local?.totalFees.coins).toBe(served?.totalFees.coins);
        },
    );

    it('leave every nano of the supply in an account or burnt', async () => {
        const supply = toNano('1000');
        const devnet = await start({ faucet: { supply } });
        expect(devnet.totalBalance()).toBe(supply);
        const payer = await Payer.create(devnet, 1);
        await payer.pay(target, 5n);
        let burnt = 0n;
        for (let seqno = 1; seqno <= devnet.status().seqno; seqno++) {
            const params = { workchain: 0, shard: '8000000000000000', seqno };
            const { body } = await call(devnet, 'getBlockTransactions', params);
            const { transactions } = body.result as {
                transactions: { account: string; lt: string; hash: string }[];
            };
            for (const { account, lt, hash } of transactions) {
                const address = Address.parse(account);
                const found = await clientOf(devnet).getTransaction(address, lt, hash);
                burnt += found?.totalFees.coins ?? 0n;
                for (const message of found?.outMessages.values() ?? []) {
                    // The rest of a forward fee goes to the validators of the receiving shard.
                    if (message.info.type === 'internal') burnt += message.info.forwardFee;
                }
            }
        }
        expect(devnet.totalBalance() + burnt).toBe(supply);
    });
});

describe('withCurrentFees', () => {
    const before = loadParams(Cell.fromBase64(defaultConfig));
    const after = loadParams(networkConfig('current'));

    it('changes parameters 18, 21 and 25 and nothing else', () => {
        const changed = after
            .keys()
            .filter((key) => !after.get(key)?.equals(before.get(key) ?? Cell.EMPTY));
        expect(changed.sort()).toEqual([18, 21, 25]);
        expect(after.size).toBe(before.size);
    });

    it('keeps the layout and every other field of the prices of gas and messages', () => {
        const words = (cell: Cell | undefined, bits: number[]) => {
            const slice = (cell ?? Cell.EMPTY).beginParse();
            return bits.map((width) => slice.loadUintBig(width));
        };
        const gas = [8, 64, 64, 8, 64, 64, 64, 64, 64, 64, 64];
        const expected = words(before.get(21), gas);
        expected[2] = 6_667n;
        expected[4] = 4_369_067n;
        expect(words(after.get(21), gas)).toEqual(expected);
        const forward = [8, 64, 64, 64, 32, 16, 16];
        const messages = words(before.get(25), forward);
        messages.splice(1, 3, 66_667n, 4_369_067n, 436_906_667n);
        expect(words(after.get(25), forward)).toEqual(messages);
    });

    it('can be applied twice', () => {
        const once = networkConfig('current');
        expect(withCurrentFees(once)).toEqualCell(once);
    });

    it('says which parameter a configuration lacks', () => {
        const params = loadParams(networkConfig('sandbox'));
        params.delete(21);
        const config = beginCell().storeDictDirect(params).endCell();
        expect(() => withCurrentFees(config)).toThrow('no parameter 21');
    });
});

describe('the faucet', () => {
    it('pays an account that does not exist without bouncing', async () => {
        const devnet = await start();
        const { lt, hash } = await devnet.faucet(target, 123n);
        const found = await clientOf(devnet).getTransaction(target, lt.toString(), hash);
        expect(found?.description).toMatchObject({ computePhase: { type: 'skipped' } });
        expect(await clientOf(devnet).getBalance(target)).toBe(123n);
    });

    it('pays any number of equal requests at the same time', async () => {
        const devnet = await start({ blockIntervalMs: 5, interleave: 'random' });
        await Promise.all(Array.from({ length: 20 }, () => devnet.faucet(target, 5n)));
        expect(await clientOf(devnet).getBalance(target)).toBe(100n);
    });

    it('refuses more than the giver has, and nothing', async () => {
        const devnet = await start({ faucet: { supply: 1_000_000_000n } });
        await expect(devnet.faucet(target, 2_000_000_000n)).rejects.toMatchObject({
            code: 'DEVNET_FAUCET_EMPTY',
        });
        await expect(devnet.faucet(target, 0n)).rejects.toMatchObject({ code: 'DEVNET_OPTION' });
        await devnet.faucet(target, 1n);
    });

    it('feeds a wallet for its own deployment', async () => {
        const devnet = await start();
        const { publicKey, secretKey } = keys(2);
        const contract = WalletContractV4.create({ workchain: 0, publicKey });
        const wallet = clientOf(devnet).open(contract);
        await devnet.faucet(wallet.address, toNano('0.01'));
        await wallet.sendTransfer({ seqno: 0, secretKey, sendMode: 1, messages: [] });
        expect(await wallet.getSeqno()).toBe(1);
    });
});
