import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import { identify, identifyPush } from '@libp2p/identify';
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tls } from '@libp2p/tls';
import { uPnPNAT } from '@libp2p/upnp-nat';
import { isPrivate } from '@libp2p/utils';
import { webSockets } from '@libp2p/websockets';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { Answering, freePort, holePunching, SeenAddresses, tcpFromPort } from './hole-punch';
import { privateKeyOf } from './identity';
import { jobGossip } from './job-hints';
import type { NetworkLimits } from './limits';
import { reachability } from './reachability';
import { PublicRelay } from './relaying';
import { webRtcTransports, type WebRtcOptions } from './webrtc/transports';

export interface Libp2pNodeOptions {
    readonly nodeKey: Uint8Array;
    readonly listen: readonly string[];
    readonly announce: readonly string[];
    readonly relays: number;
    readonly mayRelay: boolean;
    readonly upnp: boolean;
    readonly allowPrivate: boolean;
    readonly webRtc: WebRtcOptions | undefined;
    readonly limits: NetworkLimits;
}

/** Bytes that a peer may send on one stream before they are read. */
const WINDOW_BYTES = 4 * 1024 ** 2;

/** The engine with all its parts; nothing of Cocoon runs on it yet. */
export async function createLibp2pNode(options: Libp2pNodeOptions) {
    const { listen, announce, relays, mayRelay, upnp, allowPrivate, webRtc, limits } = options;
    const seen = new SeenAddresses();
    const answering = new Answering();
    const relay = new PublicRelay(limits.relay, allowPrivate);
    const forBrowsers = webRtc === undefined ? [] : await webRtcTransports(webRtc, limits);
    const libp2p = await createLibp2p({
        start: false,
        privateKey: privateKeyOf(options.nodeKey),
        addresses: {
            // Each circuit is one relay to be found; when it is lost, another is looked for.
            listen: [
                ...listen,
                ...Array<string>(relays).fill('/p2p-circuit'),
                // Beside each circuit: browsers arrange a connection of their own through it.
                ...(webRtc !== undefined && relays > 0 ? ['/webrtc'] : []),
            ],
            appendAnnounce: [...announce],
        },
        transports: [
            tcpFromPort(await freePort(), answering),
            webSockets(),
            circuitRelayTransport(),
            ...forBrowsers,
        ],
        // TLS first: Node has it natively, at more than twice the speed of noise.
        connectionEncrypters: [tls(), noise()],
        streamMuxers: [
            yamux({
                streamOptions: {
                    initialStreamWindowSize: WINDOW_BYTES,
                    maxStreamWindowSize: WINDOW_BYTES,
                },
            }),
        ],
        connectionGater: {
            // What strangers name must not lead into the operator's own network.
            denyDialMultiaddr: (address) => !allowPrivate && isPrivate(address),
        },
        connectionManager: {
            maxConnections: limits.maxConnections,
            inboundConnectionThreshold: limits.inboundConnectionsPerSecond,
            maxIncomingPendingConnections: limits.maxPendingConnections,
        },
        services: {
            identify: identify(),
            identifyPush: identifyPush(),
            ping: ping(),
            reachability: reachability(),
            dht: kadDHT({
                protocol: '/cocoon/kad/1.0.0',
                // Elsewhere it serves once it has a public address.
                ...(allowPrivate && { clientMode: false }),
                peerInfoMapper: allowPrivate ? passthroughMapper : removePrivateAddressesMapper,
            }),
            holePunching: holePunching(seen, answering),
            gossip: jobGossip(),
            ...(mayRelay ? { relay: relay.service } : {}),
            ...(upnp ? { upnp: uPnPNAT() } : {}),
        },
    });
    libp2p.addEventListener('peer:identify', ({ detail }) => seen.hear(detail));
    if (mayRelay) libp2p.addEventListener('self:peer:update', () => relay.follow(libp2p));
    await libp2p.start();
    if (mayRelay) relay.follow(libp2p);
    return { libp2p, relay };
}
