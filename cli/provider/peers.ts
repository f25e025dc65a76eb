import { Address } from '@ton/core';
import type { Logger } from 'pino';
import type * as NetworkModule from '../../network';
import type { PeerFetch } from '../../provider';
import type * as PeerNetworkModule from '../../provider/peer-network';
import { type Fetch, MAX_PEER_ADDRESSES, sleep } from '../../sdk';
import type { BlobStore } from '../../sdk/node';
import { type Network, peersOfStakes } from '../network';

/** The network of peers as the settings want it. */
export interface Peers extends PeerFetch {
    /** Where this node can be reached; empty before the start. */
    readonly addresses: readonly string[];
    /** Fetches `p2p://<peer id>/<path>`. */
    readonly http: Fetch;
    start(): Promise<void>;
    stop(): Promise<void>;
}

export interface PeersOptions {
    readonly settings: {
        readonly listen: readonly string[];
        readonly announce: readonly string[];
        readonly join: readonly string[];
        readonly relays: number;
        readonly relayOthers: boolean;
        readonly upnp: boolean;
        readonly webrtc: boolean;
        readonly stun: readonly string[];
    };
    /** Keeps the certificate of WebRTC over restarts. */
    readonly certificate: NetworkModule.CertificateStore;
    readonly network: Pick<Network, 'chain' | 'deployment' | 'fetch' | 'market'> & {
        readonly config: Pick<Network['config'], 'allowPrivateAddresses'>;
    };
    readonly nodeKey: Uint8Array;
    readonly blobs: BlobStore;
    readonly partialFolder: string;
    readonly logger: Logger;
    readonly limits?: Partial<NetworkModule.NetworkLimits>;
    /** Told of each chunk that was given to a peer. */
    readonly onSent?: (peer: string, bytes: number) => void;
}

/** Nodes that are asked for a blob which none of the places that were named has. */
const MAX_NEIGHBOURS = 16;
/** How often the Stakes of the market are looked at for peers, milliseconds. */
const LOOK_MS = 10 * 60 * 1000;
/** Puts it together; nothing of libp2p is loaded before the start. */
export function createPeers(options: PeersOptions): Peers {
    const { settings, network, logger } = options;
    const ended = new AbortController();
    const market = network.market.address.toRawString();
    const hints = new Hints();
    /** Peer ids of nodes with a stake. */
    const staked = new Set<string>();
    const listeners = new Set<Parameters<NonNullable<PeerFetch['hearDocuments']>>[0]>();
    let node: NetworkModule.NetworkNode | undefined;
    let looking: NodeJS.Timeout | undefined;
    const look = async (running: NetworkModule.NetworkNode) => {
        for (const { peer, addresses } of await peersOfStakes(network, ended.signal)) {
            staked.add(peer);
            await running.join(
                addresses,
                AbortSignal.any([ended.signal, AbortSignal.timeout(20_000)]),
            );
        }
    };
    const hintOf = (escrow: Address, jobId: number) => {
        return { market, escrow: escrow.toRawString(), job: BigInt(jobId) };
    };
    const lookSafely = (running: NetworkModule.NetworkNode) =>
        look(running).catch((error: unknown) => {
            if (!ended.signal.aborted) logger.info({ err: error }, 'looking for peers failed');
        });
    return {
        get addresses() {
            const all = node?.addresses ?? [];
            // Its own before those of relays, of which each has several.
            return [...all].sort(byWay).slice(0, MAX_PEER_ADDRESSES);
        },
        get forBrowsers() {
            return node?.addresses.some(loadNetwork().isForBrowsers) ?? false;
        },
        announceListing(escrow, jobId) {
            node?.announceJob(hintOf(escrow, jobId)).catch((error: unknown) =>
                logger.debug({ err: error }, 'a listing was not announced'),
            );
        },
        announceDocuments: (escrow, jobId) => node?.announceDocuments(hintOf(escrow, jobId)),
        hearDocuments(onOffer) {
            listeners.add(onOffer);
            return () => void listeners.delete(onOffer);
        },
        neighbours() {
            const connected = node?.libp2p.getPeers() ?? [];
            return connected
                .filter((peer) => staked.has(peer.toString()))
                .slice(0, MAX_NEIGHBOURS)
                .map((peer) => `/p2p/${peer.toString()}`);
        },
        nextHint: (mostMs, signal) => hints.next(mostMs, signal),
        fetch: (request) => node?.blobs.fetch(request) ?? Promise.reject(notStarted()),
        http: (url, init) => node?.http.fetch(url, init) ?? Promise.reject(notStarted()),
        serve: (server) => node?.http.serve(server) ?? Promise.reject(notStarted()),
        async start() {
            const { createPeerNetwork } = loadPeerNetwork();
            const { listen, webrtc, stun } = settings;
            const running = await createPeerNetwork({
                nodeKey: options.nodeKey,
                blobs: options.blobs,
                partialFolder: options.partialFolder,
                listen: webrtc ? loadNetwork().withWebRtc(listen) : listen,
                ...(webrtc && { webRtc: { store: options.certificate, stun } }),
                announce: settings.announce,
                relays: settings.relays,
                mayRelay: settings.relayOthers,
                upnp: settings.upnp,
                allowPrivate: network.config.allowPrivateAddresses,
                onJobHint: (hint) => {
                    if (hint.market === market) hints.hear();
                },
                onDocuments: ({ escrow, job, ...hint }, peer) => {
                    if (hint.market !== market) return;
                    const account = Address.parseRaw(escrow);
                    for (const listener of listeners) {
                        listener(account, Number(job), `/p2p/${peer.toString()}`);
                    }
                },
                isStaked: (peer) => staked.has(peer.toString()),
                limits: options.limits,
                onSent: options.onSent,
            });
            node = running;
            await running.join(settings.join, AbortSignal.timeout(20_000));
            void lookSafely(running);
            looking = setInterval(() => void lookSafely(running), LOOK_MS);
            looking.unref();
        },
        async stop() {
            ended.abort();
            clearInterval(looking);
            await node?.stop();
        },
    };
}

function byWay(one: string, other: string): number {
    return Number(one.includes('/p2p-circuit')) - Number(other.includes('/p2p-circuit'));
}

function notStarted(): Error {
    return new Error('The peer-to-peer network has not started.');
}

/** However many hints come, the chain is looked at no more often than this, milliseconds. */
const LEAST_MS = 300;

/** Wakes whoever waits to look at the chain. */
class Hints {
    #heard: (() => void) | undefined;

    hear(): void {
        this.#heard?.();
    }

    async next(mostMs: number, signal: AbortSignal): Promise<void> {
        await sleep(Math.min(LEAST_MS, mostMs), signal);
        const woken = new AbortController();
        this.#heard = () => woken.abort();
        try {
            await sleep(Math.max(0, mostMs - LEAST_MS), AbortSignal.any([signal, woken.signal]));
        } catch (error) {
            if (signal.aborted) throw error;
        } finally {
            this.#heard = undefined;
        }
    }
}

// Loaded when they are needed: they take a second and a half, which no other command shall wait for.
/* eslint-disable @typescript-eslint/no-require-imports */
function loadPeerNetwork() {
    return require('../../provider/peer-network') as typeof PeerNetworkModule;
}

function loadNetwork() {
    return require('../../network') as typeof NetworkModule;
}
/* eslint-enable @typescript-eslint/no-require-imports */
