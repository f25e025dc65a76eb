import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutputCollector } from '../../runtime/output-collector';
import { MAX_PACK_BYTES, packPath } from '../../runtime/output-pack';
import type { ItemParts } from '../../runtime/output-parts';
import { OutputWriter, type StoredOutput } from '../../runtime/output-writer';
import { readSlice } from '../../runtime/read-slice';

let folder: string;
let prefix: string;

beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cocoon-output-writer-'));
    prefix = join(folder, 'output');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that tell their place, in a head and a rest. */
function output(size: number): ItemParts {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    return { parts: [bytes.subarray(0, 21), bytes.subarray(21)], size };
}

function sha256(bytes: Uint8Array): string {
    return createHash('sha256').update(bytes).digest('hex');
}

async function writeAll(writer: OutputWriter, sizes: readonly number[]): Promise<StoredOutput[]> {
    const writes: { stored: Promise<StoredOutput> }[] = [];
    for (const size of sizes) writes.push(await writer.write(output(size), prefix));
    return Promise.all(writes.map(({ stored }) => stored));
}

describe('an output on its way to the disk', () => {
    // The lanes find out anew for each length whether it can go past the page cache.
    it.each([1, 4095, 4096, 4097, 8192, 65_536, 1_060_021])(
        'of %d bytes lies at the beginning of a pack, with nothing behind it but zeros',
        async (size) => {
            const [stored] = await writeAll(new OutputWriter(), [size]);
            const expected = Buffer.concat(output(size).parts);
            expect(stored).toEqual({
                sha256: sha256(expected),
                sizeBytes: size,
                pack: 0,
                offset: 0,
            });
            const pack = readFileSync(packPath(prefix, 0));
            expect(pack.subarray(0, size).equals(expected)).toBe(true);
            expect(pack.subarray(size).every((byte) => byte === 0)).toBe(true);
            expect(pack.length).toBe(4096 * Math.ceil(size / 4096));
        },
    );

    it('does not change when others follow it before it is on disk', async () => {
        const sizes = [9000, 5000, 70_000, 5001, 3, 70_001];
        const stored = await writeAll(new OutputWriter(), sizes);
        expect(stored.map(({ sizeBytes }) => sizeBytes)).toEqual(sizes);
        let end = 0;
        for (const { sha256: named, sizeBytes, pack, offset } of stored) {
            expect([pack, offset]).toEqual([0, end]);
            end += 4096 * Math.ceil(sizeBytes / 4096);
            const path = packPath(prefix, pack);
            expect(sha256(readSlice({ path, offset, length: sizeBytes }))).toBe(named);
        }
        expect(readdirSync(folder)).toEqual(['output-0']);
    });

    it('waits a moment for others, and is written with them', async () => {
        const writer = new OutputWriter();
        const all: Promise<StoredOutput>[] = [];
        const told: number[] = [];
        for (let index = 0; index < 9; index++) {
            const { stored } = await writer.write(output(300_000), prefix);
            all.push(stored.finally(() => told.push(index)));
        }
        // Four of them are more than a megabyte.
        await all[7];
        expect(told).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        const last = await all[8];
        expect(last).toMatchObject({ pack: 0, offset: 8 * 303_104 });
        const big = await writer.write(output(3_000_000), prefix);
        writer.finish();
        expect(await big.stored).toMatchObject({ pack: 0, offset: 9 * 303_104 });
        const expected = sha256(Buffer.concat(output(3_000_000).parts));
        expect((await big.stored).sha256).toBe(expected);
        const path = packPath(prefix, 0);
        for (const { offset, sizeBytes, sha256: named } of await Promise.all(all)) {
            expect(sha256(readSlice({ path, offset, length: sizeBytes }))).toBe(named);
        }
    });

    it('waits for nothing more once its message is done', async () => {
        // No time passes.
        jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
        try {
            const writer = new OutputWriter();
            const { stored } = await writer.write(output(5000), prefix);
            writer.finish();
            expect(await stored).toMatchObject({ pack: 0, offset: 0, sizeBytes: 5000 });
            expect(jest.getTimerCount()).toBe(0);
        } finally {
            jest.useRealTimers();
        }
    });

    it('begins another pack where the one before is full, or of another message', async () => {
        const writer = new OutputWriter();
        const third = Math.floor(MAX_PACK_BYTES / 3);
        const stored = await writeAll(writer, [third, third, third, third, MAX_PACK_BYTES + 1, 5]);
        expect(stored.map(({ pack }) => pack)).toEqual([0, 0, 1, 1, 2, 3]);
        expect(stored.map(({ offset }) => offset > 0)).toEqual([
            false,
            true,
            false,
            true,
            false,
            false,
        ]);
        const other = await (await writer.write(output(5), join(folder, 'other'))).stored;
        expect(other).toMatchObject({ pack: 0, offset: 0 });
        writer.finish();
        const again = await (await writer.write(output(9), join(folder, 'again'))).stored;
        expect(again).toMatchObject({ pack: 0, offset: 0, sizeBytes: 9 });
        expect(statSync(join(folder, 'other-0')).size).toBe(4096);
    });

    it('that cannot be written is told, leaves nothing, and hinders no other', async () => {
        const writer = new OutputWriter();
        const bad = writer.write(output(9000), join(folder, 'none', 'output'));
        await expect(bad).rejects.toMatchObject({ code: 'ENOENT' });
        const stored = await writeAll(writer, [9000, 9000, 9000]);
        expect(stored.map(({ offset }) => offset)).toEqual([0, 12_288, 24_576]);
        expect(readdirSync(folder)).toEqual(['output-0']);
    });
});

describe('the memory of outputs', () => {
    it('is collected each time that some megabytes of them were made', () => {
        const collect = jest.fn();
        const collector = createOutputCollector(collect);
        for (let i = 0; i < 16; i++) collector.made(1024 ** 2);
        expect(collect.mock.calls).toEqual(Array(4).fill([{ type: 'minor' }]));
        for (let i = 0; i < 1000; i++) collector.made(100);
        expect(collect).toHaveBeenCalledTimes(4);
    });
});
