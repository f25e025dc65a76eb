import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import { identify, identifyPush } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { uPnPNAT } from '@libp2p/upnp-nat';
import { isPrivate } from '@libp2p/utils';
import { webSockets } from '@libp2p/websockets';
import { createLibp2p } from 'libp2p';
import type { Admission } from './admission';
import { Answering, freePort, holePunching, SeenAddresses, tcpFromPort } from './hole-punch';
import { privateKeyOf } from './identity';
import { jobGossip } from './job-hints';
import type { NetworkLimits } from './limits';
import { peerRouting } from './peer-routing';
import { reachability } from './reachability';
import type { Refusals } from './refusals';
import type { PublicRelay } from './relaying';
import { LengthGuard } from './secure/guard';
import { socketTls } from './secure/socket-tls';
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
    readonly admission: Admission;
    readonly relay: PublicRelay;
    readonly refusals: Refusals;
}

/** Bytes that a peer may send on one stream before they are read. */
const WINDOW_BYTES = 4 * 1024 ** 2;
/** How long a peer may take to say that it is still there, milliseconds. */
const PING_TIMEOUT_MS = 30_000;
/** Streams that a peer may have open: twice what all protocols together allow it. */
const MAX_STREAMS_OF_PEER = 128;

/** The engine with all its parts; nothing of Cocoon runs on it yet. */
export async function createLibp2pNode(options: Libp2pNodeOptions) {
    const { listen, announce, relays, mayRelay, upnp, allowPrivate, webRtc, limits } = options;
    const { admission, relay, refusals } = options;
    const seen = new SeenAddresses();
    const answering = new Answering();
    const guard = new LengthGuard(refusals);
    const forBrowsers = webRtc === undefined ? [] : await webRtcTransports(webRtc, limits, guard);
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
        connectionEncrypters: [guard.encryption(socketTls()), guard.encryption(noise())],
        streamMuxers: [
            guard.yamux(
                {
                    maxInboundStreams: MAX_STREAMS_OF_PEER,
                    streamOptions: {
                        initialStreamWindowSize: WINDOW_BYTES,
                        maxStreamWindowSize: WINDOW_BYTES,
                    },
                },
                WINDOW_BYTES,
            ),
        ],
        connectionGater: {
            // What strangers name must not lead into the operator's own network.
            denyDialMultiaddr: (address) => !allowPrivate && isPrivate(address),
            denyInboundConnection: (connection) => {
                guard.watchRaw(connection);
                return admission.denyInboundConnection(connection);
            },
            denyOutboundConnection: (_, connection) => {
                guard.watchRaw(connection);
                return false;
            },
            denyInboundEncryptedConnection: admission.denyInboundEncryptedConnection,
        },
        connectionManager: {
            // Beyond what `Admission` lets in, so that it decides, and who is on the way out counts.
            maxConnections: 2 * limits.maxConnections,
            maxIncomingPendingConnections: 4 * limits.maxPendingConnections,
            inboundConnectionThreshold: Infinity,
        },
        // The default of 5 s cuts all peers off at once where this computer stands still for longer.
        connectionMonitor: { pingTimeout: { minTimeout: PING_TIMEOUT_MS } },
        services: {
            identify: identify(),
            identifyPush: identifyPush(),
            ping: ping(),
            reachability: reachability(),
            dht: peerRouting(allowPrivate, refusals),
            holePunching: holePunching(seen, answering),
            gossip: jobGossip(),
            ...(mayRelay ? { relay: relay.service } : {}),
            ...(upnp ? { upnp: uPnPNAT() } : {}),
        },
    });
    libp2p.addEventListener('peer:identify', ({ detail }) => seen.hear(detail));
    if (mayRelay) libp2p.addEventListener('self:peer:update', () => relay.follow(libp2p));
    admission.follow(libp2p);
    await libp2p.start();
    if (mayRelay) relay.follow(libp2p);
    return libp2p;
}
