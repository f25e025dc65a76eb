import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { PeersOptions } from '../../network/browser';
import { chromiumPath } from '../provider/page/chromium';
import { openBrowser } from '../web/in-browser';
import { askPeer, PEERS_HTML, peersScript } from '../web/peers-page';
import { buildChild, removeChild } from './child-node';
import { noStunServer } from './namespaces';
import { MIB, NatWorld } from './nat-world';

const chromium = chromiumPath();
const reason = noStunServer() ?? (chromium === undefined ? 'there is no Chromium here' : undefined);
if (reason !== undefined) {
    process.stderr.write(`tests/network/nat-browser is skipped, since ${reason}.\n`);
}

/** Loopback, where a page may sign; nothing answers there but the test. */
const PAGE = 'http://localhost:8080';

/** The relay gives up a connection after a megabyte, so that more can only come past it. */
(reason === undefined ? describe : describe.skip)('A page in a browser behind a NAT', () => {
    let world: NatWorld;
    let browser: Browser | undefined;
    beforeAll(buildChild);
    afterAll(removeChild);
    beforeEach(() => (world = new NatWorld()));
    afterEach(async () => {
        await browser?.close();
        world.stop();
    });

    /** A relay, and a node behind a NAT of its own that answers over HTTP. */
    const apart = async (stun: readonly string[]) => {
        const relay = await world.publicNode(MIB, [], undefined, []);
        const node = await world.hidden('keeps-port', [relay.address], 1, stun);
        await node.echo();
        const { peer } = await node.until('an address for browsers', ({ addresses }) =>
            addresses.some((one) => one.includes('/p2p-circuit/webrtc')),
        );
        const { addresses } = await relay.node.look();
        return { relay, node, peer, join: addresses };
    };
    const open = async (options: PeersOptions) => {
        const [start, script] = [join(tmpdir(), `cn-browser-${process.pid}`), peersScript(options)];
        const command = `ip netns exec ${world.place('keeps-port')} ${chromium} "$@"`;
        writeFileSync(start, `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 });
        browser = await openBrowser(start).finally(() => rmSync(start));
        if (browser === undefined) throw new Error('The browser does not start.');
        const page = await browser.newPage();
        await page.route(`${PAGE}/**`, (route) =>
            route.request().url().endsWith('.js')
                ? route.fulfill({ contentType: 'text/javascript', body: script })
                : route.fulfill({ contentType: 'text/html', body: PEERS_HTML }),
        );
        await page.goto(`${PAGE}/`);
        return page;
    };

    it('and a node behind another are one connection apart where both ask STUN', async () => {
        const stun = [world.stunServer()];
        const { relay, node, peer, join: known } = await apart(stun);
        const page = await open({ join: known, stun });
        const body = randomBytes(3 * MIB).toString('base64');
        const before = relay.sent();
        expect((await askPeer(page, peer, body)) === body).toBe(true);
        expect(relay.sent() - before).toBeLessThan(MIB);
        const { connections } = await node.look();
        expect(connections.some(({ relayed, address }) => !relayed && /webrtc/.test(address))).toBe(
            true,
        );
    }, 120_000);

    it('has the relay carry the bytes where nobody tells it where it is seen', async () => {
        const { node, peer, join: known } = await apart([]);
        const page = await open({ join: known });
        await expect(askPeer(page, peer, 'through the relay')).resolves.toBe('through the relay');
        const { connections } = await node.look();
        expect(
            connections.every(({ relayed, address }) => relayed || !/webrtc/.test(address)),
        ).toBe(true);
    }, 120_000);
});
