import { createHash, randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { NetworkWorld, MIB } from './world';

describe('HTTP between peers', () => {
    let world: NetworkWorld;
    let server: Server;
    beforeEach(() => {
        world = new NetworkWorld();
    });
    afterEach(async () => {
        server.close();
        server.closeAllConnections();
        await world.stop();
    });

    const pair = async (listener: RequestListener) => {
        server = createServer({ connectionsCheckingInterval: 100, headersTimeout: 300 }, listener);
        // Time-outs of Node's server begin when it listens.
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const [serving, asking] = [await world.node(), await world.node()];
        await serving.http.serve(server);
        await asking.join([serving.address]);
        const base = `p2p://${serving.peer.toString()}`;
        return { serving, asking, base };
    };

    it('answers what is asked of a key, in parallel', async () => {
        const { asking, base } = await pair((request, response) => {
            response.setHeader('X-Path', request.url ?? '');
            response.end(`${request.method} ${request.headers.host}`);
        });
        const answers = await Promise.all(
            [1, 2, 3].map((at) => asking.http.fetch(`${base}/some/path?at=${at}`)),
        );
        for (const [at, answer] of answers.entries()) {
            expect(answer.status).toBe(200);
            expect(answer.headers.get('x-path')).toBe(`/some/path?at=${at + 1}`);
            await expect(answer.text()).resolves.toBe(`GET ${base.slice('p2p://'.length)}`);
        }
    });

    it('carries bodies both ways, whole', async () => {
        const body = randomBytes(3 * MIB + 17);
        const { asking, base } = await pair((request, response) => {
            response.statusCode = 201;
            request.pipe(response);
        });
        const answer = await asking.http.fetch(`${base}/`, {
            method: 'PUT',
            body: new Blob([body]),
        });
        expect(answer.status).toBe(201);
        expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    });

    it('holds little in memory where the reader is slow, on either side', async () => {
        const total = 96 * MIB;
        let written = 0;
        const { asking, base } = await pair((_, response) => {
            const part = Buffer.alloc(MIB / 4, 7);
            const more = () => {
                while (written < total) {
                    written += part.length;
                    if (!response.write(part)) return void response.once('drain', more);
                }
                response.end();
            };
            more();
        });
        const answer = await asking.http.fetch(`${base}/`);
        const reader = answer.body?.getReader();
        const first = await reader?.read();
        await new Promise((resolve) => setTimeout(resolve, 500));
        // Windows of stream and connection, and buffers on the way.
        expect(written).toBeLessThan(24 * MIB);
        let got = (first?.value as Uint8Array).length;
        for (;;) {
            const part = await reader?.read();
            if (part?.value === undefined) break;
            got += (part.value as Uint8Array).length;
        }
        expect(got).toBe(total);
    });

    it('cuts off who sends no request', async () => {
        const { asking, serving } = await pair((_, response) => response.end('never'));
        const stream = await asking.libp2p.dialProtocol(serving.peer, '/http/1.1');
        const ended = new Promise((resolve) => stream.addEventListener('close', resolve));
        stream.send(Buffer.from('GET / HT'));
        await ended;
    });

    it('ends with its signal, and where nobody answers', async () => {
        const { asking, base } = await pair(() => undefined);
        const ended = new AbortController();
        const asked = asking.http.fetch(`${base}/`, { signal: ended.signal });
        setTimeout(() => ended.abort(new Error('enough')), 50);
        await expect(asked).rejects.toThrow('enough');
        const stranger = await world.node();
        const nobody = `p2p://${stranger.peer.toString()}/`;
        await stranger.stop();
        await expect(asking.http.fetch(nobody)).rejects.toThrow();
        await expect(asking.http.fetch('p2p://nobody/')).rejects.toMatchObject({
            code: 'PEER_ADDRESS_MALFORMED',
        });
    });

    it('is not told by a peer that it speaks for another address', async () => {
        const { asking, base } = await pair((request, response) => {
            response.end(JSON.stringify([request.socket.remoteAddress, request.headers]));
        });
        const forged = {
            'X-Forwarded-For': '203.0.113.9',
            Forwarded: 'for=203.0.113.9',
            'X-Own': '1',
        };
        const answer = await asking.http.fetch(`${base}/`, { headers: forged });
        const [address, headers] = (await answer.json()) as [string, Record<string, string>];
        expect(address).toBe('127.0.0.1');
        expect(headers).toMatchObject({ 'x-own': '1' });
        expect(JSON.stringify(headers)).not.toContain('203.0.113.9');
    });

    it('refuses redirects', async () => {
        const { asking, base } = await pair((_, response) => {
            response.writeHead(302, { Location: 'http://127.0.0.1/' }).end();
        });
        await expect(asking.http.fetch(`${base}/`)).rejects.toThrow('302');
    });

    it('finds a peer that only a third one knows', async () => {
        const { serving, base } = await pair((_, response) => response.end('found'));
        const [meeting, lost] = [await world.node(), await world.node()];
        await serving.join([meeting.address]);
        await lost.join([meeting.address]);
        const answer = await lost.http.fetch(`${base}/`);
        await expect(answer.text()).resolves.toBe('found');
    });

    it('makes the hash of what was sent', async () => {
        const body = randomBytes(MIB);
        const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
        const { asking, base } = await pair((request, response) => {
            const parts: Buffer[] = [];
            request.on('data', (part: Buffer) => parts.push(part));
            request.on('end', () => response.end(hash(Buffer.concat(parts))));
        });
        const answer = await asking.http.fetch(`${base}/`, { method: 'PUT', body });
        await expect(answer.text()).resolves.toBe(hash(body));
    });
});
