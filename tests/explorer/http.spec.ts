import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from 'express';
import pino from 'pino';
import { type Explorer, EXPLORER_PATH, startExplorer } from '../../explorer';
import { createApp, listen, type Listening } from '../../sdk/node';
import { World } from '../contracts/world';
import { SandboxChain } from './sandbox-chain';

describe('The explorer over HTTP', () => {
    let folder: string;
    let explorer: Explorer;
    let server: Listening;
    let world: World;
    let escrow: string;
    beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'cocoon-explorer-http-'));
        writeFileSync(join(folder, 'explorer.html'), '<!doctype html><title>page</title>');
        world = await World.create();
        const client = await world.client();
        await world.post(client);
        escrow = client.escrow.address.toString();
        const chain = new SandboxChain(world.chain);
        explorer = startExplorer({
            ...{ chain, deployment: world.deployment, folder: join(folder, 'index') },
            network: { name: 'devnet', id: -3 },
            version: '1',
            pages: folder,
            requestsPerMinute: 40,
        });
        const routes = Router().use(EXPLORER_PATH, explorer.routes);
        server = await listen(createApp([routes], pino({ level: 'silent' })));
        while (!explorer.status().caughtUp) await new Promise((done) => setTimeout(done, 10));
    });
    afterAll(async () => {
        await server.close();
        await explorer.stop();
        rmSync(folder, { recursive: true });
    });

    const get = (path: string, headers: Record<string, string> = {}) =>
        fetch(`${server.url}${EXPLORER_PATH}/${path}`, { headers, redirect: 'manual' });

    it('answers pages of any origin, and says when nothing has changed', async () => {
        const first = await get('api/v1/jobs?live=true', { Origin: 'https://example.org' });
        expect(first.headers.get('access-control-allow-origin')).toBe('*');
        expect(await first.json()).toMatchObject({ total: 1, jobs: [{ escrow, jobId: 0 }] });
        const tag = first.headers.get('etag') ?? '';
        expect((await get('api/v1/jobs?live=true', { 'If-None-Match': tag })).status).toBe(304);
    });

    it('names a job in any form of its address', async () => {
        const raw = world.market.address;
        expect((await get(`api/v1/jobs/${escrow}/0`)).status).toBe(200);
        expect((await get(`api/v1/jobs/${escrow}/7`)).status).toBe(404);
        expect((await get(`api/v1/jobs/${raw.toRawString()}/0`)).status).toBe(404);
    });

    it.each([
        'jobs?limit=0',
        'jobs?limit=1e9',
        'jobs?limit=1&limit=2',
        'jobs?colour=red',
        'jobs?before=yesterday',
        'jobs?model=xyz',
        'jobs?stake=me',
        'jobs/me/0',
        'jobs/me/-1',
        'stakes?order=random',
        'days?from=-1',
        'status?x=1',
    ])('refuses %s', async (path) => {
        expect((await get(`api/v1/${path}`)).status).toBe(400);
    });

    it('serves the page without inline code, frames or foreign scripts', async () => {
        const page = await get('');
        expect(page.status).toBe(200);
        const policy = page.headers.get('content-security-policy') ?? '';
        expect(policy).not.toContain('unsafe');
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("frame-ancestors 'none'");
        const bare = await fetch(`${server.url}${EXPLORER_PATH}`, { redirect: 'manual' });
        expect([bare.status, bare.headers.get('location')]).toEqual([308, `${EXPLORER_PATH}/`]);
        expect((await get('assets/../index/data.mdb')).status).toBe(404);
    });

    it('tells listeners which jobs changed', async () => {
        const response = await get('api/v1/stream');
        expect(response.headers.get('content-type')).toBe('text/event-stream');
        const reader = response.body?.getReader();
        const client = await world.client();
        await world.post(client, { jobId: 1 });
        let said = '';
        while (!said.includes('event: news')) {
            const chunk = (await reader?.read())?.value as Uint8Array | undefined;
            said += Buffer.from(chunk ?? []).toString();
        }
        expect(said).toContain(`${escrow}/1`);
        await reader?.cancel();
    });

    it('lets nobody ask without end', async () => {
        const statuses = new Set<number>();
        for (let at = 0; at < 45; at++) statuses.add((await get('api/v1/models')).status);
        expect(statuses).toContain(429);
    });
});
