import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Dialler, type RoutedLibp2p } from '../../network/dial';
import { fetchFromPeer } from '../../network/http/fetch-http';
import { streamExchange } from '../../network/http/stream-exchange';
import { MIB, NetworkWorld } from './world';

describe('HTTP over a stream without Node.js, as pages send it', () => {
    let world: NetworkWorld;
    let server: Server;
    beforeEach(() => (world = new NetworkWorld()));
    afterEach(async () => {
        server.close();
        server.closeAllConnections();
        await world.stop();
    });

    const pair = async (listener: RequestListener) => {
        server = createServer(listener);
        const [serving, asking] = [await world.node(), await world.node({ listen: [] })];
        await serving.http.serve(server);
        await asking.join([serving.address]);
        const dialler = new Dialler(asking.libp2p as RoutedLibp2p);
        const base = `p2p://${serving.peer.toString()}`;
        return (path: string, init?: RequestInit) =>
            fetchFromPeer(dialler, streamExchange, `${base}${path}`, init);
    };

    it('carries requests and bodies whole, of known length or in chunks', async () => {
        const ask = await pair((request, response) => {
            response.statusCode = 201;
            response.setHeader('X-Asked', `${request.method} ${request.url}`);
            if (request.url === '/sized?a=1') {
                response.setHeader('Content-Length', request.headers['content-length'] ?? '0');
            }
            request.pipe(response);
        });
        for (const path of ['/sized?a=1', '/chunked']) {
            const body = randomBytes(3 * MIB + 17);
            const answer = await ask(path, { method: 'PUT', body: new Blob([body]) });
            expect(answer.status).toBe(201);
            expect(answer.headers.get('x-asked')).toBe(`PUT ${path}`);
            expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
        }
    });

    it('takes an answer for whole only where it is, and follows nobody', async () => {
        const ask = await pair((request, response) => {
            if (request.url === '/none') return void response.writeHead(204).end();
            if (request.url === '/away') return void response.writeHead(302).end();
            response.writeHead(200, { 'Content-Length': '100' });
            response.write('the half of it');
            setTimeout(() => response.destroy(), 20);
        });
        await expect(ask('/none')).resolves.toMatchObject({ status: 204, body: null });
        await expect(ask('/away')).rejects.toThrow('302');
        const cut = await ask('/cut');
        await expect(cut.text()).rejects.toThrow();
    });

    it('ends with its signal, before the answer and within', async () => {
        const ask = await pair((request, response) => {
            if (request.url === '/slow') response.write('a beginning');
        });
        const before = AbortSignal.timeout(50);
        await expect(ask('/never', { signal: before })).rejects.toThrow('timeout');
        const within = new AbortController();
        const answer = await ask('/slow', { signal: within.signal });
        const reading = answer.text();
        within.abort(new Error('enough'));
        await expect(reading).rejects.toThrow('enough');
    });

    it('cuts off who sends faster than is read', async () => {
        const ask = await pair((_, response) => {
            const part = Buffer.alloc(MIB);
            const more = () => {
                while (response.write(part));
                response.once('drain', more);
            };
            more();
        });
        const answer = await ask('/');
        const reader = answer.body?.getReader();
        await reader?.read();
        const closed = reader?.closed ?? Promise.resolve();
        await expect(closed).rejects.toThrow('faster than it was read');
    });
});
