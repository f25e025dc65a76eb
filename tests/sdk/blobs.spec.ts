import {
    appendFileSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    statSync,
    symlinkSync,
    truncateSync,
    writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pino from 'pino';
import { asHashHex, type HashHex, hashToHex, sha256, utf8ToBytes } from '../../protocol';
import { fetchBlob, pushBlob } from '../../sdk';
import {
    blobRoutes,
    type BlobStore,
    createApp,
    createBlobStore,
    listen,
    type Listening,
    type StagingFolder,
} from '../../sdk/node';

const logger = pino({ level: 'silent' });
const bytes = (text: string) => utf8ToBytes(text);
const hashOf = (text: string) => hashToHex(sha256(bytes(text)));
const ABSENT = asHashHex('0'.repeat(64));

let folder: string;
const servers: Listening[] = [];
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cocoon-blobs-'))));
afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    rmSync(folder, { recursive: true });
});

async function* streamed(...parts: string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield await Promise.resolve(bytes(part));
}

async function serve(store: BlobStore, acceptUpTo?: number): Promise<string> {
    const options = acceptUpTo === undefined ? {} : { acceptUpTo };
    const app = createApp([blobRoutes({ blobs: store, ...options })], logger);
    const server = await listen(app);
    servers.push(server);
    return `${server.url}/blobs`;
}

describe('A blob store', () => {
    it('gives back what it was given, also after a restart', async () => {
        const sha256 = await createBlobStore({ folder }).write(bytes('hello'));
        expect(sha256).toBe(hashOf('hello'));
        const again = createBlobStore({ folder });
        expect(again.has(sha256)).toBe(true);
        expect(again.usedBytes).toBe(5);
        expect(await again.read(sha256)).toEqual(Buffer.from('hello'));
    });

    it('keeps nothing that has another hash than its name', async () => {
        const store = createBlobStore({ folder });
        await expect(store.receive(hashOf('hello'), streamed('hel', 'l0'))).rejects.toMatchObject({
            code: 'BLOB_HASH_MISMATCH',
        });
        expect(readdirSync(folder)).toEqual([]);
    });

    it('stops reading at its limit', async () => {
        const store = createBlobStore({ folder, maxBlobBytes: 4 });
        let read = 0;
        async function* endless(): AsyncGenerator<Uint8Array> {
            for (;;) yield await Promise.resolve(bytes(`part${read++}`));
        }
        await expect(store.receive(ABSENT, endless())).rejects.toMatchObject({
            code: 'BLOB_TOO_LARGE',
        });
        expect(read).toBe(1);
        expect(readdirSync(folder)).toEqual([]);
    });

    it('drops what was not used for longest to make room, and nothing that is pinned', async () => {
        const store = createBlobStore({ folder, maxBytes: 12 });
        const [a, b, c] = ['aaaa', 'bbbb', 'cccc'] as const;
        for (const text of [a, b, c]) await store.write(bytes(text));
        store.pin(hashOf(a));
        await store.read(hashOf(b));
        await store.write(bytes('dddd'));
        expect([a, b, c].map((text) => store.has(hashOf(text)))).toEqual([true, true, false]);
        expect(store.usedBytes).toBe(12);
    });

    it('refuses what does not fit beside what is pinned', async () => {
        const store = createBlobStore({ folder, maxBytes: 6 });
        store.pin(hashOf('pinned'));
        await store.write(bytes('pinned'));
        await expect(store.write(bytes('x'))).rejects.toMatchObject({ code: 'BLOB_STORE_FULL' });
        store.unpin(hashOf('pinned'));
        await store.write(bytes('x'));
        expect(store.has(hashOf('pinned'))).toBe(false);
    });

    it('removes what was on its way when its process ended', () => {
        writeFileSync(join(folder, 'x.partial'), 'half');
        createBlobStore({ folder });
        expect(readdirSync(folder)).toEqual([]);
    });
});

describe('Adopting a file', () => {
    let store: BlobStore;
    beforeEach(() => void (store = createBlobStore({ folder, maxBytes: 12, maxBlobBytes: 8 })));

    /** Stages a file under the hash of a text, with these bytes. */
    async function staged(text: string, content = text): Promise<string> {
        const { path } = await store.stage();
        const file = join(path, hashOf(text));
        writeFileSync(file, content);
        return file;
    }

    it('moves it into the store, counts it and serves it', async () => {
        const file = await staged('hello');
        await store.adopt(file, hashOf('hello'));
        expect(existsSync(file)).toBe(false);
        expect(store.usedBytes).toBe(5);
        const url = await serve(store);
        expect(await fetchBlob(hashOf('hello'), [url], { maxBytes: 5 })).toHaveLength(5);
    });

    it('makes room like every other blob, and keeps what is pinned', async () => {
        await store.write(bytes('old one'));
        store.pin(hashOf('pinned'));
        await store.adopt(await staged('pinned'), hashOf('pinned'));
        expect(store.has(hashOf('old one'))).toBe(false);
        const file = await staged('too much');
        await expect(store.adopt(file, hashOf('too much'))).rejects.toMatchObject({
            code: 'BLOB_STORE_FULL',
        });
        expect(existsSync(file)).toBe(false);
        expect(store.usedBytes).toBe(6);
    });

    it('takes the same bytes from two children once', async () => {
        const files = [await staged('twice'), await staged('twice')];
        await Promise.all(files.map((file) => store.adopt(file, hashOf('twice'))));
        expect(store.usedBytes).toBe(5);
        expect(files.map((file) => existsSync(file))).toEqual([false, false]);
    });

    it('refuses what is no plain file, or too large, and removes it', async () => {
        const link = await staged('large');
        rmSync(link);
        symlinkSync('/etc/hosts', link);
        await expect(store.adopt(link, hashOf('large'))).rejects.toMatchObject({
            code: 'BLOB_NOT_ADOPTED',
        });
        const large = await staged('123456789');
        await expect(store.adopt(large, hashOf('123456789'))).rejects.toMatchObject({
            code: 'BLOB_TOO_LARGE',
        });
        expect([existsSync(link), existsSync(large), store.usedBytes]).toEqual([false, false, 0]);
        expect(existsSync('/etc/hosts')).toBe(true);
    });

    it('believes the name until somebody wants the bytes: wrong ones are dropped then', async () => {
        await store.adopt(await staged('right', 'wrong'), hashOf('right'));
        expect(store.has(hashOf('right'))).toBe(true);
        const url = await serve(store);
        expect((await fetch(`${url}/${hashOf('right')}`)).status).toBe(404);
        expect(store.has(hashOf('right'))).toBe(false);
        expect(store.usedBytes).toBe(0);
    });

    it('leaves nothing of what was not adopted, also after a crash', async () => {
        const staging = await store.stage();
        writeFileSync(join(staging.path, 'half'), 'half');
        await staging.remove();
        await staging.remove();
        writeFileSync(join((await store.stage()).path, 'half'), 'half');
        createBlobStore({ folder });
        expect(readdirSync(folder)).toEqual([]);
    });
});

describe('Adopting parts of a pack', () => {
    let store: BlobStore;
    let staging: StagingFolder;
    let pack: string;
    /** Parts begin at multiples of 8. */
    const TEXTS = ['first', 'second', 'third'];
    const partOf = (text: string) => {
        const offset = 8 * TEXTS.indexOf(text);
        return { path: pack, offset, length: text.length };
    };

    beforeEach(async () => {
        store = createBlobStore({ folder, maxBytes: 40, maxBlobBytes: 8 });
        staging = await store.stage();
        pack = join(staging.path, 'pack');
        writeFileSync(pack, TEXTS.map((text) => text.padEnd(8, '.')).join(''));
    });

    async function adopted(...texts: readonly string[]): Promise<void> {
        for (const text of texts) await store.adoptPart(partOf(text), hashOf(text));
    }

    async function textOf(text: string, from = store): Promise<string | undefined> {
        const read = await from.read(hashOf(text));
        return read && Buffer.from(read).toString();
    }

    it('moves it into the store, counts it and serves each part, also in ranges', async () => {
        await adopted('first', 'second');
        expect(existsSync(pack)).toBe(false);
        expect(store.usedBytes).toBe(8 + 6);
        expect([store.has(hashOf('second')), store.has(hashOf('third'))]).toEqual([true, false]);
        expect(await textOf('second')).toBe('second');
        const url = await serve(store);
        for (const text of ['first', 'second']) {
            const got = await fetch(`${url}/${hashOf(text)}`);
            expect(got.headers.get('content-length')).toBe(String(text.length));
            expect(await got.text()).toBe(text);
            const headers = { range: 'bytes=1-2' };
            const some = await fetch(`${url}/${hashOf(text)}`, { headers });
            expect(some.headers.get('content-range')).toBe(`bytes 1-2/${text.length}`);
            expect(await some.text()).toBe(text.slice(1, 3));
        }
        expect((await fetch(`${url}/${hashOf('third')}`)).status).toBe(404);
    });

    it('takes more of it when it has grown', async () => {
        await adopted('first');
        const fourth = { path: pack, offset: 24, length: 6 };
        await expect(store.adoptPart(fourth, hashOf('fourth'))).rejects.toMatchObject({
            code: 'BLOB_NOT_ADOPTED',
        });
        expect(store.usedBytes).toBe(5);
        const moved = store.locate(hashOf('first'))?.path ?? '';
        appendFileSync(moved, 'fourth');
        await store.adoptPart(fourth, hashOf('fourth'));
        expect(await textOf('fourth')).toBe('fourth');
    });

    it('keeps all of it while one part is pinned, and then drops all of it', async () => {
        store.pin(hashOf('second'));
        await adopted(...TEXTS);
        await store.write(bytes('filled'));
        await store.write(bytes('12345678'));
        expect(store.usedBytes).toBe(21 + 6 + 8);
        await store.write(bytes('newer')); // takes the last byte
        await store.write(bytes('newest'));
        expect(TEXTS.map((text) => store.has(hashOf(text)))).toEqual([true, true, true]);
        store.unpin(hashOf('second'));
        for (const text of ['a', 'b', 'c', 'd']) await store.write(bytes(text.repeat(8)));
        expect(TEXTS.map((text) => store.has(hashOf(text)))).toEqual([false, false, false]);
        expect(readdirSync(folder).filter((name) => name.includes('pack'))).toEqual([]);
        expect(store.usedBytes).toBe(filesIn(folder));
    });

    it('is known after a restart once what lies where is written down', async () => {
        await adopted('first', 'third');
        await staging.keep();
        await staging.remove();
        const again = createBlobStore({ folder });
        expect(again.usedBytes).toBe(24);
        expect(await textOf('first', again)).toBe('first');
        expect(await textOf('third', again)).toBe('third');
        expect(again.has(hashOf('second'))).toBe(false);
    });

    it.each([
        ['nothing was written down', (index: string) => rmSync(index)],
        ['what was is cut short', (index: string) => truncateSync(index, 40)],
        ['it is of another pack', (index: string) => makeLonger(index)],
    ])('leaves nothing after a restart where %s', async (_, spoil) => {
        await adopted('first');
        await staging.keep();
        const index = readdirSync(folder).find((name) => name.endsWith('.index'));
        spoil(join(folder, index ?? ''));
        const again = createBlobStore({ folder });
        expect([again.usedBytes, readdirSync(folder)]).toEqual([0, []]);
    });

    it('believes no index that leads out of the folder', async () => {
        await adopted('first');
        await staging.keep();
        const moved = store.locate(hashOf('first'))?.path ?? '';
        const index = readdirSync(folder).find((name) => name.endsWith('.index')) ?? '';
        mkdirSync(join(folder, 'other'));
        renameSync(moved, join(folder, 'other', basename(moved)));
        change(join(folder, index), ({ packs }) => (packs[0]![0] = `other/${packs[0]![0]}`));
        const again = createBlobStore({ folder });
        expect([again.usedBytes, again.has(hashOf('first'))]).toEqual([0, false]);
    });

    it('writes one index for all packs, which goes with the last of them', async () => {
        await adopted('first');
        pack = join(staging.path, 'another');
        writeFileSync(pack, 'another.another!');
        await store.adoptPart({ path: pack, offset: 8, length: 8 }, hashOf('another!'));
        await staging.keep();
        await staging.remove();
        const indexes = () => readdirSync(folder).filter((name) => name.endsWith('.index'));
        expect(indexes()).toHaveLength(1);
        const again = createBlobStore({ folder, maxBytes: 40 });
        expect(await textOf('first', again)).toBe('first');
        expect(await textOf('another!', again)).toBe('another!');
        again.pin(hashOf('another!'));
        await again.write(bytes('1234567'));
        expect([again.has(hashOf('first')), again.has(hashOf('another!'))]).toEqual([false, true]);
        expect(indexes()).toHaveLength(1);
        again.unpin(hashOf('another!'));
        for (const text of ['a', 'b', 'c', 'd']) await again.write(bytes(text.repeat(8)));
        expect(again.has(hashOf('another!'))).toBe(false);
        expect(indexes()).toEqual([]);
        expect(again.usedBytes).toBe(filesIn(folder));
    });

    it('knows a pack that has an index of its own, as they were written before', async () => {
        await adopted('first');
        await staging.keep();
        const index = readdirSync(folder).find((name) => name.endsWith('.index')) ?? '';
        const { packs } = JSON.parse(readFileSync(join(folder, index), 'utf8')) as IndexDocument;
        rmSync(join(folder, index));
        const [[id, blobs] = ['', []]] = packs;
        const old = JSON.stringify({ format: 'cocoon.pack/1', blobs });
        writeFileSync(join(folder, `${id}.pack.index`), old);
        const again = createBlobStore({ folder });
        expect(await textOf('first', again)).toBe('first');
    });

    it('removes an index whose pack is gone', async () => {
        await adopted('first');
        await staging.keep();
        rmSync(store.locate(hashOf('first'))?.path ?? '');
        createBlobStore({ folder });
        expect(readdirSync(folder).filter((name) => !name.startsWith('staging-'))).toEqual([]);
    });

    it('gives a part a file of its own where somebody needs one', async () => {
        await adopted('first', 'second');
        await staging.keep();
        const path = store.path(hashOf('second'));
        expect(readFileSync(path, 'utf8')).toBe('second');
        expect(store.usedBytes).toBe(14 + 6);
        expect(store.path(hashOf('second'))).toBe(path);
        expect(await textOf('first')).toBe('first');
        const again = createBlobStore({ folder });
        expect(again.locate(hashOf('second'))?.path).toBe(path);
        expect(await textOf('first', again)).toBe('first');
    });

    it('keeps bytes that are there already where they are', async () => {
        await store.write(bytes('first'));
        await adopted('first', 'second');
        expect(store.usedBytes).toBe(5 + 14);
        expect(store.locate(hashOf('first'))?.offset).toBe(0);
        await staging.remove();
        const other = await store.stage();
        pack = join(other.path, 'pack');
        writeFileSync(pack, 'first');
        await adopted('first');
        await other.remove();
        expect(store.usedBytes).toBe(5 + 14); // the second pack had nothing new
        expect(filesIn(folder)).toBe(5 + 24);
    });

    it('drops a part that is not what it was called, and no other', async () => {
        await store.adoptPart(partOf('first'), hashOf('wrong'));
        await adopted('second');
        expect(await store.verify(hashOf('wrong'))).toBe(false);
        expect(store.has(hashOf('wrong'))).toBe(false);
        expect(await store.verify(hashOf('second'))).toBe(true);
        await store.adoptPart(partOf('third'), hashOf('bad'));
        expect(await store.verify(hashOf('bad'))).toBe(false);
        expect(await textOf('second')).toBe('second');
    });

    it('refuses a link, what is too large, and what there is no room for', async () => {
        rmSync(pack);
        symlinkSync('/etc/hosts', pack);
        await expect(adopted('first')).rejects.toMatchObject({ code: 'BLOB_NOT_ADOPTED' });
        const large = { ...partOf('first'), length: 9 };
        await expect(store.adoptPart(large, hashOf('x'))).rejects.toMatchObject({
            code: 'BLOB_TOO_LARGE',
        });
        const far = { ...partOf('first'), offset: 80 };
        await expect(store.adoptPart(far, hashOf('x'))).rejects.toMatchObject({
            code: 'BLOB_STORE_FULL',
        });
        expect(store.usedBytes).toBe(0);
    });

    it('counts parts that come at once as often as they are there', async () => {
        await Promise.all(TEXTS.map((text) => store.adoptPart(partOf(text), hashOf(text))));
        expect(store.usedBytes).toBe(21);
        expect(await Promise.all(TEXTS.map((text) => textOf(text)))).toEqual(TEXTS);
    });
});

interface IndexDocument {
    packs: [string, [string, number, number][]][];
}

function change(index: string, spoil: (document: IndexDocument) => void): void {
    const document = JSON.parse(readFileSync(index, 'utf8')) as IndexDocument;
    spoil(document);
    writeFileSync(index, JSON.stringify(document));
}

/** As of a pack that is larger. */
function makeLonger(index: string): void {
    change(index, ({ packs }) => (packs[0]![1][0]![2] = 1000));
}

/** Bytes of all files in a folder. */
function filesIn(path: string): number {
    const files = readdirSync(path).map((name) => statSync(join(path, name)));
    return files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
}

describe('A blob server', () => {
    it('serves and takes blobs', async () => {
        const url = await serve(createBlobStore({ folder }), 100);
        const sha256 = await pushBlob(bytes('hello'), url);
        expect(await fetchBlob(sha256, [url], { maxBytes: 5 })).toEqual(
            Uint8Array.from(bytes('hello')),
        );
        expect(await pushBlob(bytes('hello'), url)).toBe(sha256);
    });

    it.each([
        ['a hash that is not that of the bytes', () => ABSENT, 'hello', 422],
        ['a name that is no hash', () => 'passwd', 'hello', 400],
        ['more than strangers may give', () => hashOf('x'.repeat(101)), 'x'.repeat(101), 413],
    ])('refuses %s', async (_name, hash, text, status) => {
        const url = await serve(createBlobStore({ folder }), 100);
        const response = await fetch(`${url}/${hash()}`, { method: 'PUT', body: text });
        expect(response.status).toBe(status);
        expect(readdirSync(folder)).toEqual([]);
    });

    it('takes nothing where it was not told to', async () => {
        const url = await serve(createBlobStore({ folder }));
        await expect(pushBlob(bytes('hello'), url)).rejects.toMatchObject({
            code: 'BLOB_REFUSED',
        });
    });

    it('does not leave its folder', async () => {
        writeFileSync(join(folder, 'secret'), 'secret');
        const url = await serve(createBlobStore({ folder: join(folder, 'blobs') }));
        for (const path of ['..%2fsecret', '%2e%2e/secret', `../${ABSENT}`]) {
            expect((await fetch(`${url}/${path}`)).status).toBe(404);
        }
    });

    it('serves a part of a blob, so that a reader can go on where it was', async () => {
        const store = createBlobStore({ folder });
        const url = await serve(store);
        const sha256 = await store.write(bytes('hello'));
        const response = await fetch(`${url}/${sha256}`, { headers: { Range: 'bytes=1-2' } });
        expect(response.status).toBe(206);
        expect(await response.text()).toBe('el');
        expect(response.headers.get('Content-Type')).toBe('application/octet-stream');
    });

    it('lets pages of other origins read and upload', async () => {
        const url = await serve(createBlobStore({ folder }), 100);
        const response = await fetch(`${url}/${ABSENT}`, { method: 'OPTIONS' });
        expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
        expect(response.headers.get('Access-Control-Allow-Methods')).toContain('PUT');
    });
});

describe('Fetching a blob', () => {
    it('goes on to the next source when one fails', async () => {
        const empty = await serve(createBlobStore({ folder: join(folder, 'empty') }));
        const store = createBlobStore({ folder: join(folder, 'full') });
        const sha256 = await store.write(bytes('hello'));
        const dead = 'http://127.0.0.1:1/blobs';
        const sources = [dead, empty, await serve(store)];
        expect(await fetchBlob(sha256, sources, { maxBytes: 5 })).toHaveLength(5);
    });

    it.each([
        ['the wrong bytes', 'other', 100],
        ['too many bytes', 'hello', 4],
    ])('refuses %s', async (_name, text, maxBytes) => {
        const lying = () => Promise.resolve(new Response(text));
        const fetching = fetchBlob(hashOf('hello'), ['http://a.example/blobs'], {
            maxBytes,
            fetch: lying,
        });
        await expect(fetching).rejects.toMatchObject({ code: 'BLOB_UNAVAILABLE' });
    });

    it('says what each source answered', async () => {
        const empty = await serve(createBlobStore({ folder }));
        const sha256: HashHex = hashOf('hello');
        const error: unknown = await fetchBlob(sha256, [empty], { maxBytes: 5 }).catch(
            (e: unknown) => e,
        );
        expect(error).toMatchObject({
            sha256,
            attempts: [expect.stringContaining('HTTP 404') as unknown],
        });
    });
});

describe('Giving a blob to a store', () => {
    it('ends with a typed error when the store never answers', async () => {
        const stalled = createServer(() => undefined);
        await new Promise<void>((resolve) => stalled.listen(0, '127.0.0.1', resolve));
        const { port } = stalled.address() as AddressInfo;
        const pushing = pushBlob(bytes('hello'), `http://127.0.0.1:${port}/blobs`, {
            timeoutMs: 50,
        });
        await expect(pushing).rejects.toMatchObject({ code: 'TRANSFER_STALLED' });
        stalled.closeAllConnections();
        stalled.close();
    });
});
