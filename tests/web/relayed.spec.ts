import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MIB, NetworkWorld } from '../network/world';
import { inBrowser, openBrowser } from './in-browser';
import { ALONE, askPeer, PEERS_HTML, peersScript } from './peers-page';

const LISTEN = ['/ip4/127.0.0.1/udp/0/webrtc-direct', '/ip4/127.0.0.1/tcp/0'];

/** The relay gives up a connection after a megabyte, so that more can only come past it. */
describe('A page and a node that is reached through a relay alone', () => {
    const servers: Server[] = [];
    let world: NetworkWorld;
    beforeAll(() => (world = new NetworkWorld()));
    afterAll(async () => {
        for (const server of servers) {
            server.close();
            server.closeAllConnections();
        }
        await world.stop();
    });

    inBrowser('arrange a connection of their own through it', async () => {
        const relay = { maxReservations: 8, maxBytes: MIB, maxMs: 60_000 };
        const between = await world.node({ listen: LISTEN, webRtc: {}, limits: { relay } });
        const hidden = await world.node({ listen: [], webRtc: {}, relays: 1 });
        await hidden.join(between.addresses);
        while (!hidden.addresses.some((one) => one.includes('/p2p-circuit/webrtc/'))) {
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        expect(hidden.addresses.every((one) => one.includes('/p2p-circuit'))).toBe(true);
        const answering = createServer((request, response) => void request.pipe(response));
        servers.push(answering);
        await hidden.http.serve(answering);

        const url = await servePage(servers, between.addresses);
        const browser = await openBrowser();
        if (browser === undefined) return;
        try {
            const page = await browser.newPage();
            const echo = (body: string) => askPeer(page, hidden.peer.toString(), body);
            // Nobody has been named yet.
            await page.goto(`${url}${ALONE}`);
            await expect(echo('nobody')).rejects.toThrow('None of the peers to begin with');
            await page.goto(url);
            const body = randomBytes(3 * MIB).toString('base64');
            expect((await echo(body)) === body).toBe(true);
            // The next visit begins with whom this one has met.
            await page.goto(`${url}${ALONE}`);
            await expect(echo('again')).resolves.toBe('again');
        } finally {
            await browser.close();
        }
    });
});

/** A page with `cocoon/peers`, which is told of nobody where its address ends in `ALONE`. */
async function servePage(servers: Server[], join: readonly string[]): Promise<string> {
    const contents = peersScript({ join, allowPrivate: true });
    const server = createServer(({ url }, response) => {
        const script = url?.startsWith('/page.js') === true;
        response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
        response.end(script ? contents : PEERS_HTML);
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
