import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutputCollector } from '../../runtime/output-collector';
import type { ItemParts } from '../../runtime/output-parts';
import { OutputWriter } from '../../runtime/output-writer';

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cocoon-output-writer-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that tell their place, in a head and a rest. */
function output(size: number): ItemParts {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    return { parts: [bytes.subarray(0, 21), bytes.subarray(21)], size };
}

describe('an output on its way to the disk', () => {
    // The lanes find out anew for each length whether it can go past the page cache.
    it.each([1, 4095, 4096, 4097, 8192, 65_536, 1_060_021])(
        'of %d bytes becomes a file of exactly them, and tells their hash',
        async (size) => {
            const path = join(folder, 'output');
            const { stored } = await new OutputWriter().write(output(size), path);
            const expected = Buffer.concat(output(size).parts);
            const sha256 = createHash('sha256').update(expected).digest('hex');
            expect(await stored).toEqual({ sha256, sizeBytes: size });
            expect(readFileSync(path).equals(expected)).toBe(true);
        },
    );

    it('does not change when others follow it before it is on disk', async () => {
        const writer = new OutputWriter();
        const sizes = [9000, 5000, 70_000, 5001, 3, 70_001];
        const writes = [];
        for (const [index, size] of sizes.entries()) {
            writes.push(await writer.write(output(size), join(folder, `output-${index}`)));
        }
        for (const [index, { stored }] of writes.entries()) {
            const { sha256, sizeBytes } = await stored;
            expect(sizeBytes).toBe(sizes[index]);
            const bytes = readFileSync(join(folder, `output-${index}`));
            expect(bytes).toHaveLength(sizeBytes);
            expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
        }
    });

    it('that cannot be written rejects, leaves nothing, and hinders no other', async () => {
        const writer = new OutputWriter();
        const bad = await writer.write(output(9000), join(folder, 'none', 'output'));
        await expect(bad.stored).rejects.toMatchObject({ code: 'ENOENT' });
        for (const name of ['a', 'b', 'c']) {
            await (
                await writer.write(output(9000), join(folder, name))
            ).stored;
        }
        expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'c']);
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
