import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import pino from 'pino';
import { Registry } from 'prom-client';
import type { HashHex } from '../../protocol';
import { guardedFetch, type Unreadiness, type UploadLimits } from '../../provider';
import {
    adminApp,
    createUploads,
    DEFAULT_UPLOADS,
    listenGuarded,
    publicApp,
    type PublicView,
    type Uploads,
} from '../../provider/http';
import type { WhyNoBid } from '../../provider/http/why-routes';
import { type BlobStore, createBlobStore, type Listening } from '../../sdk/node';
import { until } from './world';

const ESCROW = new Address(0, Buffer.alloc(32, 1));
const LOCAL = { port: 0, host: '127.0.0.1' };

function blob(size: number): { bytes: Buffer; sha256: HashHex } {
    const bytes = randomBytes(size);
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') as HashHex };
}

function put(url: string, { bytes, sha256 }: { bytes: Buffer; sha256: HashHex }) {
    return fetch(`${url}/blobs/${sha256}`, { method: 'PUT', body: new Blob([bytes]) });
}

describe('The HTTP interface of a node', () => {
    let folder: string;
    let server: Listening;
    let blobs: BlobStore;
    let reasons: Unreadiness[];
    const documents = new Map<string, HashHex>();
    const view: PublicView = {
        result: (escrow, jobId) => {
            const document = documents.get(`${escrow.toRawString()} ${jobId}`);
            return document && { document };
        },
        health: () => ({ ok: true, stake: 'stake', jobs: 2 }),
        unready: () => reasons,
    };
    beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-http-'));
        blobs = createBlobStore({ folder });
        const app = publicApp({ blobs, view, logger: pino({ level: 'silent' }) });
        server = await listenGuarded(app, LOCAL);
    });
    it('says why it did not bid, for jobs that it knows, and not without end', async () => {
        const spec = 'a'.repeat(64);
        const why: WhyNoBid = (escrow, jobId, asked) =>
            escrow.equals(ESCROW) && jobId === 7 && asked === spec ? { code: 'busy' } : undefined;
        const app = publicApp({ blobs, view, why, logger: pino({ level: 'silent' }) });
        const own = await listenGuarded(app, LOCAL);
        const ask = (path: string) => fetch(`${own.url}/jobs/${ESCROW.toRawString()}/${path}`);
        const answer = await ask(`7/why?spec=${spec}`);
        expect(await answer.json()).toEqual({
            format: 'cocoon.why/1',
            sentence: 'This node has other work.',
            reason: { code: 'busy' },
        });
        expect((await ask(`8/why?spec=${spec}`)).status).toBe(404);
        expect((await ask(`7/why?spec=${'b'.repeat(64)}`)).status).toBe(404);
        expect((await ask('7/why')).status).toBe(400);
        expect((await ask(`7/why?spec=${spec}&spec=${spec}`)).status).toBe(400);
        expect((await ask('x/why?spec=')).status).toBe(400);
        const more = await Promise.all(
            Array.from({ length: 120 }, () => ask(`7/why?spec=${spec}`)),
        );
        expect(more.filter(({ status }) => status === 429)).toHaveLength(6);
        await own.close();
    });

    beforeEach(() => (reasons = []));
    afterAll(async () => {
        await server.close();
        rmSync(folder, { recursive: true });
    });

    it('says how the node is', async () => {
        const response = await fetch(`${server.url}/health`);
        expect(await response.json()).toEqual({ ok: true, stake: 'stake', jobs: 2 });
    });

    it('says whether the node takes jobs, and why not', async () => {
        const ready = await fetch(`${server.url}/ready`);
        expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);
        reasons = [{ code: 'stake-paused', detail: 'The operator has paused the stake.' }];
        const paused = await fetch(`${server.url}/ready`);
        expect([paused.status, await paused.json()]).toEqual([503, { ready: false, reasons }]);
    });

    it('serves the results of a job under either form of its escrow', async () => {
        const document = await blobs.write(Buffer.from('{"format":"cocoon.results/1"}'));
        documents.set(`${ESCROW.toRawString()} 4`, document);
        for (const escrow of [ESCROW.toRawString(), ESCROW.toString()]) {
            const response = await fetch(`${server.url}/results/${escrow}/4`);
            expect(await response.json()).toEqual({ format: 'cocoon.results/1' });
        }
    });

    it.each([
        [`results/${ESCROW.toRawString()}/5`, 404],
        ['results/nobody/5', 400],
        [`results/${ESCROW.toRawString()}/-1`, 400],
        [`results/${ESCROW.toRawString()}/4x`, 400],
        ['metrics', 404],
        ['status', 404],
        ['nothing', 404],
    ])('answers %s with %i and a reason', async (path, status) => {
        const response = await fetch(`${server.url}/${path}`);
        expect(response.status).toBe(status);
        expect(await response.json()).toEqual({ ok: false, error: expect.any(String) as unknown });
    });

    it('changes nothing through anything but an upload', async () => {
        for (const method of ['POST', 'DELETE', 'PATCH']) {
            const response = await fetch(`${server.url}/health`, { method });
            expect(response.status).toBe(404);
        }
    });

    it('lets no browser guess, frame or run what it serves', async () => {
        const { headers } = await fetch(`${server.url}/health`);
        expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
        expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
        expect(headers.get('X-Frame-Options')).toBe('DENY');
        expect(headers.get('X-Powered-By')).toBeNull();
    });

    it('says where it cannot listen', async () => {
        const app = publicApp({ blobs, view, logger: pino({ level: 'silent' }) });
        const port = Number(new URL(server.url).port);
        await expect(listenGuarded(app, { ...LOCAL, port })).rejects.toMatchObject({
            code: 'PORT_TAKEN',
            port,
        });
    });

    it('cuts off who never ends a request', async () => {
        const app = publicApp({ blobs, view, logger: pino({ level: 'silent' }) });
        const timeouts = { headersMs: 100, requestMs: 200, idleMs: 300 };
        const slow = await listenGuarded(app, { ...LOCAL, timeouts });
        try {
            for (const begun of ['', 'GET /health HTTP/1.1\r\nHost: x\r\n']) {
                const socket = connect(Number(new URL(slow.url).port), LOCAL.host);
                let closed = false;
                socket.on('close', () => (closed = true)).on('error', () => undefined);
                socket.on('data', () => undefined);
                socket.write(begun);
                await until(() => closed);
            }
        } finally {
            await slow.close();
        }
    });
});

describe('What strangers leave with a node', () => {
    let folder: string;
    let blobs: BlobStore;
    let uploads: Uploads;
    let server: Listening;
    let refused: string[];
    const start = async (limits: Partial<UploadLimits> = {}) => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-uploads-'));
        blobs = createBlobStore({ folder: join(folder, 'own') });
        refused = [];
        uploads = createUploads({
            folder: join(folder, 'strangers'),
            limits: { ...DEFAULT_UPLOADS, ...limits },
            blobs,
            onUpload: (result, _address, detail) => {
                if (result === 'refused') refused.push(detail);
            },
        });
        const view = {
            result: () => undefined,
            health: () => ({ ok: true, stake: '', jobs: 0 }),
            unready: () => [],
        };
        const logger = pino({ level: 'silent' });
        const app = publicApp({ blobs, view, uploads, logger });
        server = await listenGuarded(app, LOCAL);
    };
    afterEach(async () => {
        await server.close();
        uploads.close();
        rmSync(folder, { recursive: true });
    });
    const held = (sha256: HashHex) => uploads.stores.some((store) => store.has(sha256));

    it('is kept beside the own blobs, and served to nobody', async () => {
        await start();
        const spec = blob(1000);
        expect((await put(server.url, spec)).status).toBe(201);
        expect((await put(server.url, spec)).status).toBe(200);
        expect(held(spec.sha256)).toBe(true);
        expect(blobs.has(spec.sha256)).toBe(false);
        expect((await fetch(`${server.url}/blobs/${spec.sha256}`)).status).toBe(404);
    });

    it('has the hash that it is named by', async () => {
        await start();
        const { bytes } = blob(1000);
        const { sha256 } = blob(1000);
        expect((await put(server.url, { bytes, sha256 })).status).toBe(422);
        expect(held(sha256)).toBe(false);
        const nameless = await fetch(`${server.url}/blobs/x`, { method: 'PUT', body: 'x' });
        expect(nameless.status).toBe(400);
    });

    it('is a spec where nothing larger is taken', async () => {
        await start({ maxBlobBytes: 0 });
        expect((await put(server.url, blob(64 * 1024))).status).toBe(201);
        expect((await put(server.url, blob(64 * 1024 + 1))).status).toBe(413);
    });

    it('names its length, and is no longer than that', async () => {
        await start();
        const { bytes, sha256 } = blob(2000);
        const send = (headers: Record<string, string>) =>
            new Promise<number | undefined>((resolve, reject) => {
                const upload = request(
                    `${server.url}/blobs/${sha256}`,
                    { method: 'PUT', headers },
                    (response) => resolve(response.resume().statusCode),
                );
                upload.on('error', reject);
                upload.end(bytes);
            });
        expect(await send({ 'Transfer-Encoding': 'chunked' })).toBe(411);
        expect(await send({ 'Content-Length': '2000' })).toBe(201);
    });

    it('takes a quarter of the room from one address at most, and nothing from the specs', async () => {
        const size = 100 * 1024;
        await start({ maxBlobBytes: size, maxBytes: 8 * size });
        expect((await put(server.url, blob(size))).status).toBe(201);
        expect((await put(server.url, blob(size))).status).toBe(201);
        expect((await put(server.url, blob(size))).status).toBe(507);
        expect((await put(server.url, blob(1000))).status).toBe(201);
        expect(refused).toEqual(['There is no more room for blobs from your address.']);
        expect(blobs.usedBytes).toBe(0);
    });

    it('gives its room back after a while', async () => {
        const size = 100 * 1024;
        await start({ maxBlobBytes: size, maxBytes: 4 * size, keepSeconds: 0 });
        expect((await put(server.url, blob(size))).status).toBe(201);
        await until(async () => (await put(server.url, blob(size))).status === 201);
    });

    it('does not come faster than an address may send', async () => {
        await start({ perMinute: 3 });
        const codes: number[] = [];
        for (let n = 0; n < 5; n++) codes.push((await put(server.url, blob(10))).status);
        expect(codes).toEqual([201, 201, 201, 429, 429]);
        expect((await fetch(`${server.url}/health`)).status).toBe(200);
    });
});

describe('The interface for the operator', () => {
    let server: Listening;
    beforeAll(async () => {
        const view = { health: () => ({ ok: true, stake: '', jobs: 0 }), unready: () => [] };
        const app = adminApp({
            view,
            registry: new Registry(),
            status: () => ({ earned: 2n ** 60n }),
            host: LOCAL.host,
            logger: pino({ level: 'silent' }),
        });
        server = await listenGuarded(app, LOCAL);
    });
    afterAll(() => server.close());

    it('shows amounts as text, which no reader rounds', async () => {
        const response = await fetch(`${server.url}/status`);
        expect(await response.json()).toEqual({ earned: (2n ** 60n).toString() });
        expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    });

    it('answers no page whose name was made to lead here', async () => {
        const { port } = new URL(server.url);
        const ask = (host: string) =>
            new Promise<number | undefined>((resolve, reject) => {
                const options = { port, host: LOCAL.host, path: '/status', headers: { host } };
                request(options, (response) => resolve(response.resume().statusCode))
                    .on('error', reject)
                    .end();
            });
        expect(await ask('evil.example')).toBe(421);
        expect(await ask(`localhost:${port}`)).toBe(200);
        expect(await ask(`127.0.0.1:${port}`)).toBe(200);
    });
});

describe('A guarded fetch', () => {
    const allowAll = guardedFetch(() => false);

    async function answering<T>(listener: RequestListener, use: (url: string) => Promise<T>) {
        const server = createServer(listener);
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        try {
            return await use(`http://localhost:${(server.address() as AddressInfo).port}/blob`);
        } finally {
            server.closeAllConnections();
            await new Promise((resolve) => server.close(resolve));
        }
    }

    it('gives the body of what is allowed', async () => {
        const text = await answering(
            (_, response) => response.end('hello'),
            async (url) => (await allowAll(url)).text(),
        );
        expect(text).toBe('hello');
    });

    it('puts bytes, and tells the status of what is refused', async () => {
        const [text, status] = await answering(
            (request, response) => {
                const parts: Buffer[] = [];
                request.on('data', (part: Buffer) => parts.push(part));
                request.on('end', () => {
                    const body = Buffer.concat(parts).toString();
                    if (body === 'early') response.writeHead(425);
                    response.end(`${request.method} ${request.headers['content-length']} ${body}`);
                });
            },
            async (url) => {
                const put = (body: string) =>
                    allowAll(url, { method: 'PUT', body: new TextEncoder().encode(body) });
                return [await (await put('seal')).text(), (await put('early')).status];
            },
        );
        expect([text, status]).toEqual(['PUT 4 seal', 425]);
    });

    it('asks where a name leads, and does not connect where that is forbidden', async () => {
        let asked = 0;
        const guarded = guardedFetch((address) => address === '127.0.0.1' || address === '::1');
        const fetching = answering(
            (_, response) => response.end(String(++asked)),
            (url) => guarded(url),
        );
        await expect(fetching).rejects.toMatchObject({ code: 'ADDRESS_PRIVATE' });
        expect(asked).toBe(0);
    });

    it('follows no redirect', async () => {
        const response = await answering(
            (_, reply) => reply.writeHead(302, { Location: 'http://169.254.169.254/' }).end(),
            (url) => allowAll(url),
        );
        expect(response.status).toBe(502);
    });

    it('ends with its signal', async () => {
        const signal = AbortSignal.timeout(20);
        const fetching = answering(
            () => undefined,
            (url) => allowAll(url, { signal }),
        );
        await expect(fetching).rejects.toThrow();
    });
});
