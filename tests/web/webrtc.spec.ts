import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import pino from 'pino';
import { setDevMarket } from '../../cli/dev/dev-market';
import type { Stage } from '../../cli/demo/stage';
import type { Network } from '../../cli/network';
import { createPeers, type Peers } from '../../cli/provider/peers';
import { peerOfKey } from '../../network';
import { peerUrl } from '../../sdk';
import { createBlobStore } from '../../sdk/node';
import { bundleWorker } from '../runtime/worker-bundle';
import { DappWorld, pictureOf } from './dapp-world';
import { inBrowser, openBrowser } from './in-browser';

describe('A page and a node that has no public URL', () => {
    let world: DappWorld | undefined;
    let peers: Peers | undefined;
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-webrtc-'));
    afterAll(async () => {
        await world?.stop();
        await peers?.stop();
        rmSync(folder, { recursive: true });
    });

    inBrowser('are one WebRTC connection apart: paid, computed, proved', async () => {
        const browser = await openBrowser();
        if (browser === undefined) return;
        const stage = await setDevMarket({
            ...{ providers: 0, verifiers: 0, blockIntervalMs: 250, workerPath: bundleWorker() },
        });
        const keys = keyPairFromSeed(randomBytes(32));
        const blobs = createBlobStore({ folder: join(folder, 'blobs') });
        peers = createPeers({
            settings: {
                ...{ listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'], webrtc: true, stun: [] },
                ...{ announce: [], join: [], relays: 0, relayOthers: false, upnp: false },
            },
            certificate: { read: () => Promise.resolve(undefined), write: () => Promise.resolve() },
            network: networkOf(stage),
            nodeKey: keys.secretKey,
            blobs,
            partialFolder: join(folder, 'partial'),
            logger: pino({ level: 'silent' }),
        });
        await peers.start();
        expect(peers.addresses).toEqual([expect.stringContaining('/webrtc-direct/')]);
        const endpoint = peerUrl(peerOfKey(keys.publicKey).toString());
        await stage.addOperator({
            name: 'by-key',
            keys,
            endpoint,
            pricing: { kind: 'per-core-hour', nano: 20_000_000n, perJob: 6_000_000n },
            node: { peers, blobs, byKeyOnly: true },
        });
        const config = {
            network: -3,
            endpoints: [stage.devnet.endpoint],
            market: stage.market.address.toString({ testOnly: true }),
            pollMs: 400,
            peers: { join: peers.addresses, allowPrivate: true },
        };
        world = await DappWorld.on(
            stage,
            JSON.stringify({ config, faucet: stage.devnet.url }),
            browser,
        );
        const user = await (await world.user()).open();
        await user.pick({ name: 'words.png', buffer: await pictureOf('HELLO BROWSER') });
        await user.connect();
        await user.payForBoth();
        expect(await user.text()).toBe('HELLO BROWSER');
        expect(world.complaints).toEqual([]);
    });
});

/** What the commands make of a configuration. */
function networkOf({ chain, market, deployment }: Stage): Network {
    const config = { name: 'devnet', allowPrivateAddresses: true } as Network['config'];
    return { name: 'devnet', config, id: -3, chain, market, deployment, fetch };
}
