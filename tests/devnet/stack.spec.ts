import { beginCell, type TupleItem } from '@ton/core';
import type { Devnet } from '../../devnet';
import { call, cleanUp, clientOf, echo, Payer, start } from './world';

afterEach(cleanUp);

const cell = beginCell().storeUint(0xabcd, 16).storeRef(beginCell().endCell()).endCell();
const bytes = cell.toBoc().toString('base64');

async function deployed(): Promise<Devnet> {
    const devnet = await start();
    const { address, init } = echo();
    await (await Payer.create(devnet, 1)).deploy(address, init);
    return devnet;
}

async function echoed(devnet: Devnet, stack: unknown[]): Promise<unknown> {
    const params = { address: echo().address.toString(), method: 'echo', stack };
    const { status, body } = await call(devnet, 'runGetMethod', params);
    if (status !== 200) throw new Error(body.error);
    return (body.result as { stack: unknown }).stack;
}

describe('the stack of a get-method', () => {
    it('passes numbers, cells and slices of TonClient both ways', async () => {
        const devnet = await deployed();
        const items: TupleItem[] = [
            { type: 'int', value: 2n ** 256n - 1n },
            { type: 'int', value: -(2n ** 256n) },
            { type: 'int', value: 0n },
            { type: 'cell', cell },
            { type: 'slice', cell },
        ];
        const { stack, gas_used } = await clientOf(devnet).runMethod(echo().address, 'x', items);
        expect(gas_used).toBeGreaterThan(0);
        expect(stack.readBigNumber()).toBe(2n ** 256n - 1n);
        expect(stack.readBigNumber()).toBe(-(2n ** 256n));
        expect(stack.readBigNumber()).toBe(0n);
        expect(stack.readCell()).toEqualCell(cell);
        expect(stack.readCell()).toEqualCell(cell);
        expect(stack.remaining).toBe(0);
    });

    it('takes numbers in decimal, hex and JSON, and writes them in hex', async () => {
        const devnet = await deployed();
        const stack = [
            ['num', '10'],
            ['num', '0x10'],
            ['int', -16],
            ['num', '-0x1f'],
        ];
        expect(await echoed(devnet, stack)).toEqual([
            ['num', '0xa'],
            ['num', '0x10'],
            ['num', '-0x10'],
            ['num', '-0x1f'],
        ]);
    });

    it('writes a slice as a cell and null as an empty list, as toncenter does', async () => {
        const devnet = await deployed();
        const nothing = { '@type': 'tvm.list', elements: [] };
        expect(
            await echoed(devnet, [
                ['tvm.Slice', bytes],
                ['list', nothing],
            ]),
        ).toEqual([
            ['cell', { bytes }],
            ['list', nothing],
        ]);
    });

    it('passes tuples and lists, with what is nested in them, both ways', async () => {
        const devnet = await deployed();
        const number = {
            '@type': 'tvm.stackEntryNumber',
            number: { '@type': 'tvm.numberDecimal', number: '-7' },
        };
        const entries = [
            number,
            { '@type': 'tvm.stackEntryCell', cell: { '@type': 'tvm.cell', bytes } },
            { '@type': 'tvm.stackEntrySlice', slice: { '@type': 'tvm.slice', bytes } },
            {
                '@type': 'tvm.stackEntryTuple',
                tuple: { '@type': 'tvm.tuple', elements: [number, number, number] },
            },
            {
                '@type': 'tvm.stackEntryList',
                list: { '@type': 'tvm.list', elements: [number, number] },
            },
        ];
        const stack = [
            ['tuple', { '@type': 'tvm.tuple', elements: entries }],
            ['list', { '@type': 'tvm.list', elements: entries }],
        ];
        expect(await echoed(devnet, stack)).toEqual(stack);
    });

    it('runs a method by number as well as by name', async () => {
        const devnet = await deployed();
        const params = { address: echo().address.toRawString(), method: 85143, stack: [] };
        expect((await call(devnet, 'runGetMethod', params)).body.result).toMatchObject({
            '@type': 'smc.runResult',
            exit_code: 0,
            stack: [],
        });
    });

    it.each([
        ['a bare value', ['1']],
        ['an unknown type', [['float', '1']]],
        ['a number that is none', [['num', 'ten']]],
        ['a cell that is none', [['tvm.Cell', 'AAAA']]],
        ['no list', 'num'],
    ])('refuses %s with 422', async (_, stack) => {
        const devnet = await start();
        const params = { address: echo().address.toString(), method: 'x', stack };
        const { status, body } = await call(devnet, 'runGetMethod', params);
        expect(status).toBe(422);
        expect(body).toMatchObject({ ok: false, code: 422, id: '1' });
        expect(body.error).toContain('stack');
    });
});
