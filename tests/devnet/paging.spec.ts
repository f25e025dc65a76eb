import { Address } from '@ton/core';
import type { TonClient } from '@ton/ton';
import type { Devnet } from '../../devnet';
import { call, cleanUp, clientOf, Payer, start } from './world';

const target = new Address(0, Buffer.alloc(32, 9));
const TOTAL = 57;
let devnet: Devnet;
let client: TonClient;

beforeAll(async () => {
    devnet = await start();
    client = clientOf(devnet);
    for (let nano = 1n; nano <= TOTAL; nano++) await devnet.faucet(target, nano);
});
afterAll(cleanUp);

/** Amounts that the target received, newest first. */
const newestFirst = Array.from({ length: TOTAL }, (_, index) => BigInt(TOTAL - index));

async function pageThrough(limit: number, inclusive: boolean): Promise<bigint[]> {
    const amounts: bigint[] = [];
    let from: { lt: string; hash: string } | undefined;
    for (;;) {
        const page = await client.getTransactions(target, { limit, ...from, inclusive });
        const news = inclusive && from !== undefined ? page.slice(1) : page;
        for (const { inMessage } of news) {
            if (inMessage?.info.type === 'internal') amounts.push(inMessage.info.value.coins);
        }
        const last = news.at(-1);
        if (last === undefined) return amounts;
        from = { lt: last.lt.toString(), hash: last.hash().toString('base64') };
    }
}

describe('paging through the transactions of an account', () => {
    it.each([1, 7, 10, 57, 99])('gives each once, newest first, with limit %i', async (limit) => {
        expect(await pageThrough(limit, false)).toEqual(newestFirst);
    });

    it.each([2, 10, 100])('gives each once with limit %i and inclusive cursors', async (limit) => {
        expect(await pageThrough(limit, true)).toEqual(newestFirst);
    });

    it('gives 10 without a limit', async () => {
        const { body } = await call(devnet, 'getTransactions', { address: target.toString() });
        expect(body.result).toHaveLength(10);
    });

    it('begins with the transaction that lt and hash name, in hex or base64', async () => {
        const page = await client.getTransactions(target, { limit: 10 });
        const fifth = page[4];
        if (fifth === undefined) throw new Error('too few transactions');
        for (const encoding of ['hex', 'base64', 'base64url'] as const) {
            const { body } = await call(devnet, 'getTransactions', {
                address: target.toString(),
                lt: fifth.lt.toString(),
                hash: fifth.hash().toString(encoding),
                limit: 1,
            });
            expect(body.result).toMatchObject([{ transaction_id: { lt: fifth.lt.toString() } }]);
        }
    });

    it('ends before to_lt', async () => {
        const page = await client.getTransactions(target, { limit: 10 });
        const eighth = page[7]?.lt.toString() ?? '';
        const newer = await client.getTransactions(target, { limit: 50, to_lt: eighth });
        expect(newer.map(({ lt }) => lt)).toEqual(page.slice(0, 7).map(({ lt }) => lt));
    });

    it('is empty for an account without transactions', async () => {
        const nobody = new Address(0, Buffer.alloc(32, 8));
        expect(await client.getTransactions(nobody, { limit: 10 })).toEqual([]);
    });

    it('finds a transaction by lt and hash, and none by another hash', async () => {
        const [newest] = await client.getTransactions(target, { limit: 1 });
        if (newest === undefined) throw new Error('no transaction');
        const hash = newest.hash().toString('base64');
        expect((await client.getTransaction(target, newest.lt.toString(), hash))?.lt).toBe(
            newest.lt,
        );
        const params = {
            address: target.toString(),
            lt: newest.lt.toString(),
            hash: '00'.repeat(32),
        };
        expect((await call(devnet, 'getTransactions', params)).status).toBe(404);
    });

    it.each([
        [{ limit: 0 }, 'should be positive'],
        [{ limit: 101 }, 'should be less or equal 100'],
        [{ limit: 1.5 }, 'limit'],
        [{ lt: '5' }, 'lt and hash should be used together'],
        [{ hash: '00'.repeat(32) }, 'lt and hash should be used together'],
        [{ lt: '5', hash: 'short' }, 'not 32 bytes'],
    ])('refuses %j as toncenter does', async (params, reason) => {
        const request = { address: target.toString(), ...params };
        const { status, body } = await call(devnet, 'getTransactions', request);
        expect(status).toBe(422);
        expect(body.error).toContain(reason);
    });
});

describe('an entry of getTransactions', () => {
    it('has the fields of toncenter', async () => {
        const payer = await Payer.create(devnet, 1);
        await payer.pay(target, 5n);
        const address = payer.wallet.address.toString();
        const { body } = await call(devnet, 'getTransactions', { address, limit: 1 });
        expect(body.result).toEqual([
            {
                '@type': 'raw.transaction',
                address: { '@type': 'accountAddress', account_address: address },
                account: payer.wallet.address.toRawString(),
                utime: expect.any(Number) as number,
                data: expect.any(String) as string,
                transaction_id: {
                    '@type': 'internal.transactionId',
                    lt: expect.stringMatching(/^\d+$/) as string,
                    hash: expect.stringMatching(/^.{43}=$/) as string,
                },
                fee: expect.stringMatching(/^\d+$/) as string,
                storage_fee: '0',
                other_fee: expect.stringMatching(/^\d+$/) as string,
                in_msg: expect.objectContaining({
                    source: '',
                    destination: address,
                    value: '0',
                }) as object,
                out_msgs: [
                    {
                        '@type': 'raw.message',
                        source: address,
                        destination: target.toString(),
                        value: '5',
                        extra_currencies: [],
                        fwd_fee: expect.stringMatching(/^\d+$/) as string,
                        ihr_fee: '0',
                        created_lt: expect.stringMatching(/^\d+$/) as string,
                        body_hash: expect.any(String) as string,
                        msg_data: {
                            '@type': 'msg.dataRaw',
                            body: expect.any(String) as string,
                            init_state: '',
                        },
                        message: '',
                    },
                ],
            },
        ]);
    });
});
