import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import pino from 'pino';
import type { HashHex } from '../../protocol';
import { guardedFetch } from '../../provider';
import { nodeHttp } from '../../provider/http';
import { type BlobStore, createBlobStore, listen, type Listening } from '../../sdk/node';

const ESCROW = new Address(0, Buffer.alloc(32, 1));

describe('The HTTP interface of a node', () => {
    let folder: string;
    let server: Listening;
    let blobs: BlobStore;
    const documents = new Map<string, HashHex>();
    beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-http-'));
        blobs = createBlobStore({ folder });
        const app = nodeHttp({
            blobs,
            view: {
                document: (escrow, jobId) => documents.get(`${escrow.toRawString()} ${jobId}`),
                health: () => ({ ok: true, stake: 'stake', jobs: 2 }),
            },
            acceptUpTo: 100,
            logger: pino({ level: 'silent' }),
        });
        server = await listen(app);
    });
    afterAll(async () => {
        await server.close();
        rmSync(folder, { recursive: true });
    });

    it('says how the node is', async () => {
        const response = await fetch(`${server.url}/health`);
        expect(await response.json()).toEqual({ ok: true, stake: 'stake', jobs: 2 });
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
