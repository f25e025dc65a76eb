import { Address, type Transaction } from '@ton/core';
import { bytesToHex, sha256 } from '../../protocol';
import { cursorOf, type TransactionPage } from '../../sdk';
import type { Endpoint } from '../../sdk/endpoint';
import { shareReads } from '../../sdk/shared-reads';

const ACCOUNT = Address.parseRaw(`0:${'11'.repeat(32)}`);
const OTHER = Address.parseRaw(`0:${'22'.repeat(32)}`);

const hashOf = (lt: number) => Buffer.from(sha256(Buffer.from([lt])));
const transaction = (lt: number) =>
    ({
        lt: BigInt(lt),
        hash: () => hashOf(lt),
        prevTransactionLt: BigInt(lt - 1),
        prevTransactionHash: lt === 1 ? 0n : BigInt(`0x${bytesToHex(hashOf(lt - 1))}`),
    }) as unknown as Transaction;

/** An account whose newest transaction counts up, and what was asked for. */
function someEndpoint() {
    const asked: string[] = [];
    const state = { newest: 10, failing: false };
    const endpoint: Partial<Endpoint> = {
        account: (address) => {
            asked.push(`account ${address.equals(ACCOUNT) ? 'own' : 'other'}`);
            if (state.failing) return Promise.reject(new Error('no answer'));
            const last = cursorOf(transaction(state.newest));
            const account = { balance: 0n, active: true, data: undefined, last, chainTime: 1 };
            return Promise.resolve(account);
        },
        transactions: (_, { limit, from }) => {
            const newest = Number(from?.lt ?? state.newest);
            asked.push(`${limit} from ${newest}`);
            const count = Math.min(limit, newest);
            return Promise.resolve(
                Array.from({ length: count }, (_, at) => transaction(newest - at)),
            );
        },
    };
    const shared = shareReads(endpoint as Endpoint);
    const lts = async (page: TransactionPage) =>
        (await shared.transactions(ACCOUNT, page)).map(({ lt }) => Number(lt));
    return { shared, asked, state, lts };
}

describe('Reads of an account that many watch', () => {
    it('are one request where they are asked for together', async () => {
        const { shared, asked } = someEndpoint();
        const accounts = [ACCOUNT, ACCOUNT, OTHER, ACCOUNT].map((one) => shared.account(one));
        await Promise.all(accounts);
        expect(asked).toEqual(['account own', 'account other']);
    });

    it('never tell less than was there when they were asked for', async () => {
        const { shared, asked, state } = someEndpoint();
        await shared.account(ACCOUNT);
        state.newest = 11;
        const { last } = await shared.account(ACCOUNT);
        expect(last?.lt).toBe(11n);
        expect(asked).toHaveLength(2);
    });

    it('fail together, and are asked for again', async () => {
        const { shared, state } = someEndpoint();
        state.failing = true;
        const both = await Promise.allSettled([shared.account(ACCOUNT), shared.account(ACCOUNT)]);
        expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
        state.failing = false;
        await expect(shared.account(ACCOUNT)).resolves.toMatchObject({ active: true });
    });
});

describe('Transactions that were seen', () => {
    it('are not fetched again', async () => {
        const { asked, lts } = someEndpoint();
        const from = cursorOf(transaction(10));
        await expect(lts({ limit: 4, from })).resolves.toEqual([10, 9, 8, 7]);
        await expect(lts({ limit: 4, from })).resolves.toEqual([10, 9, 8, 7]);
        await expect(lts({ limit: 2, from: cursorOf(transaction(9)) })).resolves.toEqual([9, 8]);
        expect(asked).toEqual(['4 from 10']);
    });

    it('make a short page where more stand before them', async () => {
        const { asked, lts } = someEndpoint();
        await lts({ limit: 2, from: cursorOf(transaction(10)) });
        await expect(lts({ limit: 50, from: cursorOf(transaction(10)) })).resolves.toEqual([10, 9]);
        await expect(lts({ limit: 3, from: cursorOf(transaction(8)) })).resolves.toEqual([8, 7, 6]);
        expect(asked).toEqual(['2 from 10', '3 from 8']);
    });

    it('are another account’s alone', async () => {
        const { shared, asked } = someEndpoint();
        const from = cursorOf(transaction(3));
        await shared.transactions(ACCOUNT, { limit: 1, from });
        await shared.transactions(OTHER, { limit: 1, from });
        expect(asked).toHaveLength(2);
    });

    it('are asked for anew where no place is named', async () => {
        const { asked, lts } = someEndpoint();
        await lts({ limit: 2 });
        await lts({ limit: 2 });
        expect(asked).toHaveLength(2);
    });
});
