import { Address, comment, internal, SendMode, toNano } from '@ton/core';
import {
    WalletContractV3R1,
    WalletContractV3R2,
    WalletContractV4,
    WalletContractV5R1,
} from '@ton/ton';
import { call, cleanUp, clientOf, externalTo, get, keys, Payer, start } from './world';

afterEach(cleanUp);

const { publicKey, secretKey } = keys(1);
const target = new Address(0, Buffer.alloc(32, 9));
const wallets = {
    'wallet v3 r1': WalletContractV3R1.create({ workchain: 0, publicKey }),
    'wallet v3 r2': WalletContractV3R2.create({ workchain: 0, publicKey }),
    'wallet v4 r2': WalletContractV4.create({ workchain: 0, publicKey }),
    'wallet v5 r1': WalletContractV5R1.create({
        publicKey,
        walletId: {
            networkGlobalId: -3,
            context: { workchain: 0, subwalletNumber: 0, walletVersion: 'v5r1' },
        },
    }),
};

describe.each(Object.entries(wallets))('%s', (type, contract) => {
    it('deploys itself with its first transfer and pays on with the next', async () => {
        const devnet = await start();
        const wallet = clientOf(devnet).open<WalletContractV4>(contract as WalletContractV4);
        await devnet.faucet(wallet.address, toNano('1'));
        for (const seqno of [0, 1]) {
            expect(await wallet.getSeqno()).toBe(seqno);
            await wallet.sendTransfer({
                seqno,
                secretKey,
                sendMode: SendMode.PAY_GAS_SEPARATELY | SendMode.IGNORE_ERRORS,
                messages: [
                    internal({ to: target, value: 100n, body: comment('thanks'), bounce: false }),
                ],
            });
        }
        expect(await clientOf(devnet).getBalance(target)).toBe(200n);
        const url = `/api/v2/getWalletInformation?address=${wallet.address.toString()}`;
        expect((await get(devnet, url)).body.result).toMatchObject({
            wallet: true,
            wallet_type: type,
            account_state: 'active',
            seqno: 2,
        });
    });
});

describe('an external message', () => {
    it('that its account refuses gets HTTP 500 with the reason and changes nothing', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        await payer.pay(target, 1n);
        const before = devnet.status();
        const replay = payer.wallet.sendTransfer({
            seqno: 0,
            secretKey,
            sendMode: 1,
            messages: [internal({ to: target, value: 1n })],
        });
        await expect(replay).rejects.toMatchObject({
            response: {
                status: 500,
                data: {
                    ok: false,
                    code: 500,
                    // 33 is the wallet's "wrong seqno".
                    error: expect.stringMatching(/not accepted[^]*exitcode=33/) as string,
                },
            },
        });
        expect(devnet.status()).toMatchObject({
            seqno: before.seqno,
            transactions: before.transactions,
        });
    });

    it('to an account without money or code is refused', async () => {
        const devnet = await start();
        const wallet = clientOf(devnet).open(WalletContractV4.create({ workchain: 0, publicKey }));
        const transfer = { seqno: 0, secretKey, sendMode: 1, messages: [] };
        await expect(wallet.sendTransfer(transfer)).rejects.toThrow('500');
    });

    it('that is refused by the time of its block is dropped without a trace', async () => {
        const devnet = await start({ blockIntervalMs: Infinity });
        const payer = await Payer.create(devnet, 1);
        // Both have sequence number 0, and both are accepted in the state before the block.
        await payer.pay(target, 1n);
        await payer.pay(target, 2n);
        await devnet.mineBlock();
        expect(await clientOf(devnet).getBalance(target)).toBe(1n);
        expect(await payer.wallet.getSeqno()).toBe(1);
    });

    it('that is sent twice before its block counts once', async () => {
        const devnet = await start({ blockIntervalMs: Infinity });
        const payer = await Payer.create(devnet, 1);
        const body = payer.wallet.createTransfer({
            seqno: 0,
            secretKey,
            sendMode: 1,
            messages: [internal({ to: target, value: 1n, bounce: false })],
        });
        await payer.wallet.send(body);
        await payer.wallet.send(body);
        await devnet.mineBlock();
        expect(await clientOf(devnet).getBalance(target)).toBe(1n);
    });

    it('is named by its hash when that is asked for', async () => {
        const devnet = await start();
        const payer = await Payer.create(devnet, 1);
        const message = externalTo(
            payer.wallet.address,
            payer.wallet.createTransfer({ seqno: 0, secretKey, sendMode: 1, messages: [] }),
            payer.wallet.init,
        );
        const boc = message.toBoc().toString('base64');
        const { body } = await call(devnet, 'sendBocReturnHash', { boc });
        const hash = message.hash().toString('base64');
        expect(body.result).toEqual({ '@type': 'raw.extMessageInfo', hash });
    });
});
