import {
    checkItemFits,
    decodeItem,
    encodeItem,
    type Item,
    tensorOf,
    type TensorSpec,
} from '../../protocol';
import { ItemReader } from '../../runtime/item-reader';
import { OutputEncoder } from '../../runtime/output-parts';

const SPECS: readonly TensorSpec[] = [
    { name: 'a', dtype: 'float32', shape: ['n', 2] },
    { name: 'b', dtype: 'int64', shape: [] },
];

function itemOf(rows: number, start: number): Item {
    const values = Array.from({ length: 2 * rows }, (_, index) => start + index);
    return new Map([
        ['a', tensorOf('float32', [rows, 2], values)],
        ['b', tensorOf('int64', [], [BigInt(start)])],
    ]);
}

/** What reading gives without a memory of other items. */
function afresh(bytes: Uint8Array, specs = SPECS): Item | string {
    try {
        const item = decodeItem(bytes);
        checkItemFits(specs, item);
        return item;
    } catch (error) {
        return String(error);
    }
}

function readBy(reader: ItemReader, bytes: Uint8Array): Item | string {
    try {
        return reader.read(bytes);
    } catch (error) {
        return String(error);
    }
}

describe('a reader of items that knows the last one', () => {
    it('reads alike and unlike items in turn', () => {
        const reader = new ItemReader(SPECS);
        for (const [rows, start] of [
            [3, 0],
            [3, 50],
            [2, 7],
            [3, 9],
            [3, 0],
        ] as const) {
            const bytes = encodeItem(itemOf(rows, start));
            expect(reader.read(bytes)).toEqual(itemOf(rows, start));
        }
    });

    it('takes and refuses what it would without, whichever byte is another', () => {
        const good = encodeItem(itemOf(2, 1));
        for (let at = 0; at < good.length; at++) {
            for (const change of [1, 0x80]) {
                const reader = new ItemReader(SPECS);
                reader.read(good);
                const bad = good.slice();
                bad[at] = (bad[at] ?? 0) ^ change;
                expect(readBy(reader, bad)).toEqual(afresh(bad));
                expect(readBy(reader, good.slice(0, at))).toEqual(afresh(good.slice(0, at)));
            }
        }
    });

    it('looks at each boolean and each string', () => {
        const specs: readonly TensorSpec[] = [{ name: 'x', dtype: 'bool', shape: [2] }];
        const reader = new ItemReader(specs);
        const good = encodeItem({ x: tensorOf('bool', [2], [true, false]) });
        reader.read(good);
        const bad = good.slice();
        bad[bad.length - 1] = 2;
        expect(() => reader.read(bad)).toThrow(/0 and 1|boolean/i);
        const texts = [{ name: 'x', dtype: 'string', shape: [1] }] as const;
        const reading = new ItemReader(texts);
        for (const text of ['one', 'two']) {
            const item = { x: tensorOf('string', [1], [text]) };
            expect(reading.read(encodeItem(item))).toEqual(new Map(Object.entries(item)));
        }
    });

    it('does not keep what the next item overwrites', () => {
        const reader = new ItemReader(SPECS);
        const buffer = encodeItem(itemOf(2, 1));
        reader.read(buffer);
        const other = encodeItem(itemOf(2, 30));
        buffer.fill(0xff);
        expect(reader.read(other)).toEqual(itemOf(2, 30));
        expect(readBy(reader, buffer)).toEqual(afresh(buffer));
    });
});

describe('an encoder of outputs that knows the last ones', () => {
    it('gives the canonical bytes of outputs of one shape and another, in any order of names', () => {
        const encoder = new OutputEncoder();
        const swapped = (item: Item) => new Map([...item].reverse());
        const texts = new Map([['t', tensorOf('string', [2], ['', 'word'])]]);
        const items = [itemOf(1, 0), itemOf(1, 5), itemOf(4, 5), swapped(itemOf(1, 2)), texts];
        for (const item of [...items, ...items]) {
            const { parts, size } = encoder.encode(item);
            const bytes = Buffer.concat(parts);
            expect(new Uint8Array(bytes)).toEqual(encodeItem(item));
            expect(size).toBe(bytes.length);
        }
    });
});
