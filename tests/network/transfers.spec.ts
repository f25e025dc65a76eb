import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobTrees } from '../../network/blobs/blob-trees';
import { leavesOfFile, rootOfLeaves } from '../../network/blobs/chunk-hash';
import { CHUNK_BYTES } from '../../network/blobs/wire';
import { HASH_BYTES, hashFromHex, type HashHex } from '../../protocol';
import { fetchTo, MIB, NetworkWorld, type TestNode } from './world';

/** A blob of 32 chunks, and one that differs from it in the 21st. */
function oneOfTheBytesWrong(): [Buffer, Buffer] {
    const bytes = randomBytes(8 * MIB);
    const wrong = Buffer.from(bytes);
    wrong.fill(0, 5 * MIB, 5 * MIB + 10);
    return [bytes, wrong];
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('A transfer of a blob', () => {
    let world: NetworkWorld;
    beforeEach(() => void (world = new NetworkWorld()));
    afterEach(() => world.stop());

    const content = (node: TestNode, sha256: HashHex) => sha256Of(readFileSync(node.path(sha256)));

    it('comes from several sources at once, each chunk once', async () => {
        const bytes = randomBytes(24 * MIB);
        const sources = [await world.node(), await world.node(), await world.node()];
        const sha256 = sources.map((node) => node.put(bytes))[0] as HashHex;
        const to = await world.node();
        const from = new Map<string, number>();
        const onChunk = (peer: string) => void from.set(peer, (from.get(peer) ?? 0) + 1);
        await fetchTo(
            to,
            sha256,
            sources.map(({ address }) => address),
            { onChunk },
        );
        expect(content(to, sha256)).toBe(sha256);
        expect(from.size).toBe(3);
        const sent = sources.reduce((sum, node) => sum + node.sent.length, 0);
        expect(sent).toBe(bytes.length / CHUNK_BYTES);
    });

    it('goes on where it was cut, and no chunk that had come is sent again', async () => {
        const bytes = randomBytes(24 * MIB);
        const [source, to] = [await world.node(), await world.node()];
        const sha256 = source.put(bytes);
        const cut = new AbortController();
        let came = 0;
        const onChunk = () => {
            if (++came === 40) cut.abort(new Error('cut'));
        };
        const first = fetchTo(to, sha256, [source.address], { signal: cut.signal, onChunk });
        await expect(first).rejects.toThrow('cut');
        const before = came;
        await fetchTo(to, sha256, [source.address], { onChunk: () => void came++ });
        expect(content(to, sha256)).toBe(sha256);
        expect(before).toBeLessThan(60);
        expect(came).toBe(bytes.length / CHUNK_BYTES);
    });

    it('believes nothing of what it left on disk but what has the right hash', async () => {
        const bytes = randomBytes(8 * MIB);
        const [source, to] = [await world.node(), await world.node()];
        const sha256 = source.put(bytes);
        const cut = new AbortController();
        let came = 0;
        const onChunk = () => (++came === 16 ? cut.abort(new Error('cut')) : undefined);
        await expect(
            fetchTo(to, sha256, [source.address], { signal: cut.signal, onChunk }),
        ).rejects.toThrow('cut');
        const part = join(to.folder, 'partial', `${sha256}.part`);
        const spoilt = readFileSync(part);
        spoilt.fill(0xff, 0, 100);
        writeFileSync(part, spoilt);
        truncateSync(part, Math.floor(statSync(part).size / CHUNK_BYTES) * CHUNK_BYTES - 5);
        await fetchTo(to, sha256, [source.address]);
        expect(content(to, sha256)).toBe(sha256);
    });

    it('takes nothing from who has other bytes under that name, and remembers it', async () => {
        const [bytes, wrong] = oneOfTheBytesWrong();
        const [rotten, honest, to] = [await world.node(), await world.node(), await world.node()];
        const sha256 = honest.put(bytes);
        writeFileSync(rotten.path(sha256), wrong);
        const first = fetchTo(to, sha256, [rotten.address]);
        await expect(first).rejects.toThrow(/leaves are of another blob/);
        const again = fetchTo(to, sha256, [rotten.address]);
        await expect(again).rejects.toThrow(/wrong bytes before/);
        await fetchTo(to, sha256, [rotten.address, honest.address]);
        expect(content(to, sha256)).toBe(sha256);
        expect(rotten.sent).toEqual([]);
    });

    it('drops those who forged a tree of the right name, and keeps what was right', async () => {
        const [bytes, wrong] = oneOfTheBytesWrong();
        const [liar, second, honest, to] = [
            await world.node(),
            await world.node(),
            await world.node(),
            await world.node(),
        ];
        const sha256 = honest.put(bytes);
        const isForged = (path: string) => path !== honest.path(sha256);
        const forging = jest.spyOn(BlobTrees.prototype, 'of');
        forging.mockImplementation(async (_, blob) => {
            const leaves = await leavesOfFile(blob);
            const name = hashFromHex(sha256);
            if (isForged(blob.path)) leaves.set(name, leaves.length - HASH_BYTES);
            return { root: rootOfLeaves(leaves), leaves };
        });
        try {
            // Two that agree are believed first.
            for (const node of [liar, second]) writeFileSync(node.path(sha256), wrong);
            const all = [liar.address, second.address, honest.address];
            await fetchTo(to, sha256, all);
        } finally {
            forging.mockRestore();
        }
        expect(content(to, sha256)).toBe(sha256);
        // The chunk that they changed, and the last one if it was that which gave them away.
        expect(honest.sent.length).toBeLessThanOrEqual(2);
    });

    it('refuses what is too large before a byte is written, and what has no room', async () => {
        const [source, to, small] = [
            await world.node(),
            await world.node(),
            await world.node({ limits: { maxPartialBytes: MIB } }),
        ];
        const sha256 = source.put(randomBytes(2 * MIB));
        const tooLarge = fetchTo(to, sha256, [source.address], { maxBytes: MIB });
        await expect(tooLarge).rejects.toMatchObject({ code: 'PEER_BLOB_UNAVAILABLE' });
        expect(existsSync(join(to.folder, 'partial', `${sha256}.part`))).toBe(false);
        const noRoom = fetchTo(small, sha256, [source.address]);
        await expect(noRoom).rejects.toMatchObject({ code: 'PEER_BLOB_NO_ROOM' });
        expect(source.sent).toEqual([]);
    });

    it('is not to be had from a peer with another key than the address names', async () => {
        const [source, other, to] = [await world.node(), await world.node(), await world.node()];
        const sha256 = source.put(randomBytes(10));
        const claimed = source.address.replace(source.peer.toString(), other.peer.toString());
        await expect(fetchTo(to, sha256, [claimed])).rejects.toMatchObject({
            code: 'PEER_BLOB_UNAVAILABLE',
        });
        expect(source.sent).toEqual([]);
    });

    it('leaves a source that stalls for one that does not', async () => {
        const bytes = randomBytes(8 * MIB);
        const stalled = { bytesPerSecond: 1, burstBytes: 0 };
        const slow = await world.node({ limits: { strangers: stalled } });
        const [fast, to] = [
            await world.node(),
            await world.node({ limits: { chunkTimeoutMs: 1_000 } }),
        ];
        const sha256 = fast.put(bytes);
        slow.put(bytes);
        await fetchTo(to, sha256, [slow.address, fast.address]);
        expect(content(to, sha256)).toBe(sha256);
    });

    it('is served to one peer only so often at a time', async () => {
        const [source, to] = [
            await world.node({ limits: { maxServedToPeer: 1, maxServed: 1 } }),
            await world.node(),
        ];
        const blobs = [1, 2, 3].map(() => source.put(randomBytes(4 * MIB)));
        await Promise.all(blobs.map((sha256) => fetchTo(to, sha256, [source.address])));
        for (const sha256 of blobs) expect(content(to, sha256)).toBe(sha256);
    });

    it('is removed when the time of what it left is over', async () => {
        const [source, to] = [await world.node(), await world.node()];
        const sha256 = source.put(randomBytes(8 * MIB));
        const cut = new AbortController();
        const failed = to.blobs.fetch({
            sha256,
            sources: [source.address],
            maxBytes: 1024 * MIB,
            take: () => Promise.resolve(),
            until: Date.now() - 1,
            signal: cut.signal,
            onChunk: () => cut.abort(new Error('cut')),
        });
        await expect(failed).rejects.toThrow('cut');
        const part = join(to.folder, 'partial', `${sha256}.part`);
        expect(existsSync(part)).toBe(true);
        await to.blobs.collect();
        expect(existsSync(part)).toBe(false);
    });

    it('says a job to the others by gossip', async () => {
        const heard: bigint[] = [];
        const a = await world.node();
        const b = await world.node({ onJobHint: ({ job }) => void heard.push(job) });
        expect(await a.join([b.address])).toBe(1);
        const hint = { market: `0:${'a'.repeat(64)}`, escrow: `0:${'b'.repeat(64)}` };
        for (let job = 0n; heard.length === 0 && job < 100n; job++) {
            await a.announceJob({ ...hint, job });
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        expect(heard.length).toBeGreaterThan(0);
    });
});
