import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leavesOfFile, rootOfLeaves } from '../../network/blobs/chunk-hash';
import { PartialBlob } from '../../network/blobs/partial-blob';
import { CHUNK_BYTES, LEAF_BYTES } from '../../network/blobs/wire';
import { HASH_BYTES } from '../../protocol';

const CHUNKS = 6;
/** The last chunk is short. */
const SIZE = (CHUNKS - 1) * CHUNK_BYTES + 100;
const SOON = Date.now() + 3_600_000;

describe('A blob on its way to the disk', () => {
    let folder: string;
    let bytes: Buffer;
    let leaves: Uint8Array;
    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-partial-'));
        bytes = randomBytes(SIZE);
        writeFileSync(join(folder, 'whole'), bytes);
        leaves = await leavesOfFile({ path: join(folder, 'whole'), size: SIZE });
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const chunk = (index: number) => bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    const chunks = (...indices: number[]) => indices.map(chunk);
    const wrong = (index: number) => {
        const other = Buffer.from(chunk(index));
        other[0] = (other[0] as number) ^ 1;
        return other;
    };
    const open = () => {
        const shape = { size: SIZE, root: rootOfLeaves(leaves), leaves };
        return PartialBlob.open(join(folder, 'blob'), shape, SOON);
    };
    const name = () => createHash('sha256').update(bytes).digest('hex');
    const written = () => readFileSync(join(folder, 'blob.part'));

    it('has leaves of which the last names the whole', () => {
        expect(leaves).toHaveLength(CHUNKS * LEAF_BYTES);
        expect(Buffer.from(leaves.subarray(-HASH_BYTES)).toString('hex')).toBe(name());
        const second = leaves.subarray(LEAF_BYTES, 2 * LEAF_BYTES);
        const both = createHash('sha256')
            .update(bytes.subarray(0, 2 * CHUNK_BYTES))
            .digest();
        const alone = createHash('sha256').update(chunk(1)).digest();
        expect(Buffer.concat([alone, both])).toEqual(Buffer.from(second));
    });

    it.each([
        ['in order', [0, 1, 2, 3, 4, 5]],
        ['backwards', [5, 4, 3, 2, 1, 0]],
        ['mixed', [2, 0, 1, 5, 3, 4]],
    ])('takes chunks %s', async (_, order) => {
        const partial = await open();
        for (const index of order) {
            expect(await partial.digest()).toBeUndefined();
            expect(await partial.take(index, chunks(index))).toBe(1);
        }
        expect(await partial.digest()).toBe(name());
        await partial.close();
        expect(written().equals(bytes)).toBe(true);
    });

    it.each([
        ['in order', 0],
        ['ahead of those before them', 3],
    ])('takes those in front of a wrong one, %s', async (_, from) => {
        const partial = await open();
        const some = [chunk(from), wrong(from + 1), chunk(from + 2)];
        expect(await partial.take(from, some)).toBe(1);
        expect([0, 1, 2].map((at) => partial.has(from + at))).toEqual([true, false, false]);
        expect(await partial.take(from, [chunk(from).subarray(1)])).toBe(0);
        expect(await partial.take(from + 1, chunks(from + 1, from + 2))).toBe(2);
        for (let index = 0; index < CHUNKS; index++) await partial.take(index, chunks(index));
        expect(await partial.digest()).toBe(name());
        await partial.close();
    });

    it('refuses what follows a forged leaf, in whichever order', async () => {
        // The chunk itself, and all up to it.
        for (const at of [2 * LEAF_BYTES, 2 * LEAF_BYTES + HASH_BYTES]) {
            leaves[at] = (leaves[at] as number) ^ 1;
        }
        const partial = await open();
        expect(await partial.take(2, chunks(2))).toBe(0);
        expect(await partial.take(0, chunks(0, 1, 2))).toBe(2);
        await partial.close();
    });

    it('never puts what a leaf alone vouches for in the place of what was right', async () => {
        // Who forges a tree may tell the true hash of all up to a chunk and a false one of the chunk.
        const false2 = wrong(2);
        leaves.set(createHash('sha256').update(false2).digest(), 2 * LEAF_BYTES);
        const partial = await open();
        const first = partial.take(0, chunks(0, 1, 2));
        // While the true one is still being written, and after.
        const during = partial.take(2, [false2]);
        expect(await Promise.all([first, during])).toEqual([3, 1]);
        expect(await partial.take(2, [false2])).toBe(1);
        expect(await partial.take(3, chunks(3, 4, 5))).toBe(3);
        expect(await partial.digest()).toBe(name());
        await partial.close();
        expect(written().equals(bytes)).toBe(true);
    });

    it('has another hash than its name when such a false one came first', async () => {
        const false2 = wrong(2);
        leaves.set(createHash('sha256').update(false2).digest(), 2 * LEAF_BYTES);
        const partial = await open();
        expect(await partial.take(2, [false2])).toBe(1);
        expect(await partial.take(0, chunks(0, 1, 2))).toBe(2);
        await partial.take(3, chunks(3, 4, 5));
        expect(await partial.digest()).not.toBe(name());
        await partial.close();
    });

    it('goes on with what has the right hash, and with nothing else', async () => {
        const first = await open();
        await first.take(0, chunks(0, 1));
        await first.take(3, chunks(3, 4));
        await first.close();
        const spoilt = written();
        spoilt[CHUNK_BYTES] = (spoilt[CHUNK_BYTES] as number) ^ 1;
        writeFileSync(join(folder, 'blob.part'), spoilt);
        const second = await open();
        const has = Array.from({ length: CHUNKS }, (_, index) => second.has(index));
        expect(has).toEqual([true, false, false, true, true, false]);
        expect(second.count).toBe(3);
        await second.take(1, chunks(1, 2));
        await second.take(5, chunks(5));
        expect(await second.digest()).toBe(name());
        await second.close();
        expect(written().equals(bytes)).toBe(true);
    });

    it('tells no hash while what was right is not on the disk', async () => {
        const partial = await open();
        await partial.take(0, chunks(0, 1, 2, 3));
        await partial.close();
        // Its file is closed: nothing can be written.
        await expect(partial.take(4, chunks(4, 5))).rejects.toThrow();
        expect(await partial.digest()).toBeUndefined();
    });
});
