import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { WebPeers } from '../../network/browser';
import { MIB, NetworkWorld } from '../network/world';
import { inBrowser, openBrowser } from './in-browser';

const ROOT = join(__dirname, '..', '..');
const LISTEN = ['/ip4/127.0.0.1/udp/0/webrtc-direct', '/ip4/127.0.0.1/tcp/0'];
const ALONE = '?alone';
const HTML = '<!doctype html><title>A page</title><script type="module" src="/page.js"></script>';

interface PageWindow {
    readonly peers: WebPeers;
}

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
            const echo = (body: string) =>
                page.evaluate(
                    async ([peer, sent]) => {
                        const { peers } = globalThis as unknown as PageWindow;
                        const init = { method: 'PUT', body: sent };
                        const answer = await peers.fetch(`p2p://${peer}/`, init, () =>
                            Promise.resolve([]),
                        );
                        return answer.text();
                    },
                    [hidden.peer.toString(), body] as const,
                );
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

/** A page with `cocoon/peers` and nothing else, which is told of nobody where its address ends in `ALONE`. */
async function servePage(servers: Server[], join: readonly string[]): Promise<string> {
    const options = JSON.stringify({ join, allowPrivate: true });
    const { outputFiles } = buildSync({
        stdin: {
            contents: `import { createPeers } from './network/browser';
                const options = ${options};
                if (location.search === '${ALONE}') delete options.join;
                window.peers = createPeers(options);`,
            resolveDir: ROOT,
        },
        ...{ bundle: true, write: false, format: 'esm', platform: 'browser' },
    });
    const [{ contents = new Uint8Array() } = {}] = outputFiles;
    const server = createServer(({ url }, response) => {
        const script = url?.startsWith('/page.js') === true;
        response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
        response.end(script ? contents : HTML);
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
