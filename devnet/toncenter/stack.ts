import type { TupleItem } from '@ton/core';
import { z } from 'zod';
import { boc } from './params';

/**
 * The stack of a get-method as toncenter v2 writes it: pairs of a type and a value at the top,
 * objects with `@type` inside tuples and lists. Two things are lost on the way, as on toncenter:
 * a slice comes out as a cell, and null as an empty list.
 */
type Json = Record<string, unknown>;

export function stackToJson(stack: readonly TupleItem[]): unknown[] {
    return stack.map((item) => {
        switch (item.type) {
            case 'int':
                return ['num', toHex(item.value)];
            case 'nan':
                return ['num', 'NaN'];
            case 'cell':
            case 'slice':
                return ['cell', { bytes: item.cell.toBoc().toString('base64') }];
            case 'builder':
                return ['unsupported', {}];
            case 'null':
            case 'tuple': {
                const list = listOf(item);
                return list === undefined
                    ? ['tuple', tuple(item)]
                    : ['list', { '@type': 'tvm.list', elements: list.map(entryToJson) }];
            }
        }
    });
}

function entryToJson(item: TupleItem): Json {
    switch (item.type) {
        case 'int':
        case 'nan': {
            const number = item.type === 'int' ? item.value.toString() : 'NaN';
            return {
                '@type': 'tvm.stackEntryNumber',
                number: { '@type': 'tvm.numberDecimal', number },
            };
        }
        case 'cell': {
            const bytes = item.cell.toBoc().toString('base64');
            return { '@type': 'tvm.stackEntryCell', cell: { '@type': 'tvm.cell', bytes } };
        }
        case 'slice': {
            const bytes = item.cell.toBoc().toString('base64');
            return { '@type': 'tvm.stackEntrySlice', slice: { '@type': 'tvm.slice', bytes } };
        }
        case 'builder':
            return { '@type': 'tvm.stackEntryUnsupported' };
        case 'null':
        case 'tuple': {
            const list = listOf(item);
            if (list === undefined) return { '@type': 'tvm.stackEntryTuple', tuple: tuple(item) };
            const elements = list.map(entryToJson);
            return { '@type': 'tvm.stackEntryList', list: { '@type': 'tvm.list', elements } };
        }
    }
}

function tuple(item: TupleItem): Json {
    const elements = item.type === 'tuple' ? item.items.map(entryToJson) : [];
    return { '@type': 'tvm.tuple', elements };
}

/**
 * The elements of a Lisp-style list: null, or a pair whose second part is a list. Any other tuple
 * is none; tonlib makes the same distinction, so that the pair (x, null) looks like the list (x).
 */
function listOf(item: TupleItem): TupleItem[] | undefined {
    const elements: TupleItem[] = [];
    let rest: TupleItem = item;
    while (rest.type !== 'null') {
        if (rest.type !== 'tuple' || rest.items.length !== 2) return undefined;
        const [head, tail] = rest.items as [TupleItem, TupleItem];
        elements.push(head);
        rest = tail;
    }
    return elements;
}

function toHex(value: bigint): string {
    return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

const int = z
    .union([z.number().int(), z.string().regex(/^-?(0x[0-9a-f]+|\d+)$/i, 'not a whole number')])
    .transform((value) => {
        const text = String(value);
        return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
    });
/** A cell as a bag of cells, bare or as `{ bytes }`. */
const cell = z.union([boc, z.object({ bytes: boc }).transform(({ bytes }) => bytes)]);

const entry: z.ZodType<TupleItem> = z.lazy(() =>
    z.discriminatedUnion('@type', [
        z
            .object({
                '@type': z.literal('tvm.stackEntryNumber'),
                number: z.object({ number: int }),
            })
            .transform(({ number }): TupleItem => ({ type: 'int', value: number.number })),
        z
            .object({ '@type': z.literal('tvm.stackEntryCell'), cell })
            .transform((item): TupleItem => ({ type: 'cell', cell: item.cell })),
        z
            .object({ '@type': z.literal('tvm.stackEntrySlice'), slice: cell })
            .transform(({ slice }): TupleItem => ({ type: 'slice', cell: slice })),
        z
            .object({ '@type': z.literal('tvm.stackEntryTuple'), tuple: elements })
            .transform((item) => item.tuple.elements)
            .transform((items): TupleItem => ({ type: 'tuple', items })),
        z
            .object({ '@type': z.literal('tvm.stackEntryList'), list: elements })
            .transform((item) => fromList(item.list.elements)),
    ]),
);
const elements = z.object({ elements: z.array(z.lazy(() => entry)) });

/** Folds elements into the pairs that a list is made of in the virtual machine. */
function fromList(items: readonly TupleItem[]): TupleItem {
    return items.reduceRight<TupleItem>((tail, head) => ({ type: 'tuple', items: [head, tail] }), {
        type: 'null',
    });
}

/** One argument: a pair of type and value, or an object as inside tuples. */
const argument = z.union([
    z
        .tuple([z.enum(['num', 'int', 'number']), int])
        .transform(([, value]): TupleItem => ({ type: 'int', value })),
    z
        .tuple([z.enum(['cell', 'tvm.Cell']), cell])
        .transform(([, value]): TupleItem => ({ type: 'cell', cell: value })),
    z
        .tuple([z.enum(['slice', 'tvm.Slice']), cell])
        .transform(([, value]): TupleItem => ({ type: 'slice', cell: value })),
    z
        .tuple([z.enum(['tuple', 'tvm.Tuple']), elements])
        .transform(([, value]): TupleItem => ({ type: 'tuple', items: value.elements })),
    z
        .tuple([z.enum(['list', 'tvm.List']), elements])
        .transform(([, value]) => fromList(value.elements)),
    entry,
]);

/** The arguments of a get-method, the last one on top. */
export const stackParameter = z.array(argument, 'not a list of [type, value] pairs');
