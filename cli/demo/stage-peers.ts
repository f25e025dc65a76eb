import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import type * as NetworkModule from '../../network';
import { type Fetch, peerUrl, withPeers } from '../../sdk';
import type { BlobStore } from '../../sdk/node';
import { createPeers, type Peers, type PeersOptions } from '../provider/peers';

export interface StagePeersOptions extends Pick<PeersOptions, 'network' | 'logger' | 'onSent'> {
    readonly folder: string;
    /** Ends what was started. */
    readonly endings: (() => Promise<void>)[];
}

/** A party in the peer-to-peer network. */
export interface StagePeer {
    readonly peers: Peers;
    /** `p2p://<peer id>`: what a Stake names. */
    readonly endpoint: string;
    /** Reaches peers by their keys, and all else as before. */
    readonly fetch: Fetch;
}

/** The peer-to-peer network of a stage: on one machine, and otherwise as elsewhere. */
export interface StagePeers {
    /** Address of the public node at which all others begin. */
    readonly meeting: string;
    /** Enters as the owner of a node key; stays until the end of the stage. */
    enter(name: string, nodeKey: Buffer, blobs: BlobStore): Promise<StagePeer>;
}

const LISTEN = '/ip4/127.0.0.1/tcp/0';
/** All peers of a stage have one address, which a node would take for one neighbour. */
const LIMITS = { inboundConnectionsPerSecond: 200 };

/**
 * Starts a public node, which relays and knows who is where and has neither Stake nor blobs. Whoever
 * enters listens on loopback, joins it alone, and is found by the others through the DHT.
 */
export async function openStagePeers(options: StagePeersOptions): Promise<StagePeers> {
    const { folder, endings, network, logger, onSent } = options;
    const { createNetworkNode, peerOfKey } = loadNetwork();
    const meeting = await createNetworkNode({
        nodeKey: keyPairFromSeed(randomBytes(32)).secretKey,
        listen: [LISTEN],
        allowPrivate: true,
        limits: LIMITS,
        shelf: { find: () => Promise.resolve(undefined) },
        partialFolder: join(folder, 'meeting'),
    });
    endings.push(() => meeting.stop());
    const [address = ''] = meeting.addresses;
    const settings = {
        ...{ listen: [LISTEN], announce: [], join: [address] },
        ...{ relays: 0, relayOthers: false, upnp: false, webrtc: false, stun: [] },
    };
    // Without WebRTC there is none.
    const certificate = {
        read: () => Promise.resolve(undefined),
        write: () => Promise.resolve(),
    };
    return {
        meeting: address,
        async enter(name, nodeKey, blobs) {
            const partialFolder = join(folder, `${name}-partial`);
            const own = { nodeKey, blobs, partialFolder, certificate, limits: LIMITS };
            const peers = createPeers({
                ...{ ...own, settings, network, logger },
                ...(onSent !== undefined && { onSent }),
            });
            endings.push(() => peers.stop());
            await peers.start();
            const endpoint = peerUrl(peerOfKey(nodeKey.subarray(32)).toString());
            return { peers, endpoint, fetch: withPeers(fetch, peers.http) };
        },
    };
}

// Loaded where it is wanted: it takes a second and a half, which tests without it need not wait for.
function loadNetwork() {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('../../network') as typeof NetworkModule;
}
