import { Address, type TupleItem } from '@ton/core';
import { AccountState } from '../../devnet/account';
import type { GetMethodResult, MessageExecutor } from '../../devnet/executor';
import { GetterCache } from '../../devnet/getter-cache';

const state = () => AccountState.empty(new Address(0, Buffer.alloc(32, 1)));
const at = (now: number) => ({ now, lt: 1n, seed: Buffer.alloc(32) });
const int = (value: bigint): TupleItem => ({ type: 'int', value });

/** Counts what is computed; the answer is how many that were before. */
function scene(fail: () => boolean = () => false) {
    let computed = 0;
    const compute: MessageExecutor['runGetMethod'] = () => {
        if (fail()) return Promise.reject(new Error('halted'));
        const answer: GetMethodResult = { exitCode: 0, gasUsed: computed++, stack: [] };
        return Promise.resolve(answer);
    };
    const cache = new GetterCache(compute);
    const ask = async (...args: Parameters<typeof cache.run>) => (await cache.run(...args)).gasUsed;
    return { ask };
}

describe('The answers of get-methods', () => {
    it('are computed once for a state and a second', async () => {
        const { ask } = scene();
        const account = state();
        const both = [ask(account, 1, [], at(5)), ask(account, 1, [], at(5))];
        expect(await Promise.all(both)).toEqual([0, 0]);
        expect(await ask(account, 1, [], at(5))).toBe(0);
    });

    it('are computed anew for another method, argument, second or state', async () => {
        const { ask } = scene();
        const account = state();
        expect(await ask(account, 1, [], at(5))).toBe(0);
        expect(await ask(account, 2, [], at(5))).toBe(1);
        expect(await ask(account, 1, [int(1n)], at(5))).toBe(2);
        expect(await ask(account, 1, [int(2n)], at(5))).toBe(3);
        expect(await ask(account, 1, [int(1n), int(2n)], at(5))).toBe(4);
        expect(await ask(account, 1, [int(1n)], at(5))).toBe(2);
        // After a transaction the account is another object.
        expect(await ask(state(), 1, [], at(5))).toBe(5);
        expect(await ask(account, 1, [], at(6))).toBe(6);
    });

    it('are asked for again when they failed', async () => {
        let halted = true;
        const { ask } = scene(() => halted);
        const account = state();
        await expect(ask(account, 1, [], at(5))).rejects.toThrow('halted');
        halted = false;
        expect(await ask(account, 1, [], at(5))).toBe(0);
    });
});
