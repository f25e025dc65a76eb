import type { JobDelivery } from '../../protocol';
import type { BrowserNode } from './browser-node';
import type { KnownPeer, PeersOptions } from './options';

/** A page in the peer-to-peer network, under a key of its own that nobody knows it by. */
export interface WebPeers {
    /** What specs say of this way. */
    readonly delivery: JobDelivery;
    /**
     * Fetches `p2p://<peer id>/<path>`; loads the engine and joins the network first, once.
     *
     * @param known - asked once, for peers to begin with
     * @throws PeerError `PEERS_UNREACHABLE`, `PEER_ADDRESS_MALFORMED`, what libp2p throws where the
     * peer cannot be reached, and as fetch
     */
    fetch(
        url: string,
        init: RequestInit | undefined,
        known: () => Promise<readonly KnownPeer[]>,
    ): Promise<Response>;
    /** Leaves the network; the next fetch joins it again. */
    stop(): Promise<void>;
}

/** After nobody was reached, requests fail at once for so long, milliseconds. */
const RETRY_MS = 30_000;

/**
 * Gives pages a way to nodes without a public address, over WebRTC. Nothing is loaded, asked or
 * dialled before the first use.
 *
 * @example
 * const cocoon = createCocoon({ endpoint, market, sender, peers: createPeers() });
 */
export function createPeers(options: PeersOptions = {}): WebPeers {
    let joined: Promise<BrowserNode> | undefined;
    let failedAt: number | undefined;
    return {
        delivery: { peers: true, webRtcOnly: true },
        async fetch(url, init, known) {
            if (failedAt !== undefined && performance.now() - failedAt > RETRY_MS) {
                joined = failedAt = undefined;
            }
            const joining = (joined ??= enter(options, known));
            let node: BrowserNode;
            try {
                node = await joining;
            } catch (error) {
                if (joined === joining) failedAt ??= performance.now();
                throw error;
            }
            return node.fetch(url, init);
        },
        async stop() {
            const leaving = joined;
            joined = failedAt = undefined;
            const node = await leaving?.catch(() => undefined);
            await node?.stop();
        },
    };
}

async function enter(
    options: PeersOptions,
    known: () => Promise<readonly KnownPeer[]>,
): Promise<BrowserNode> {
    const [{ createBrowserNode }, peers] = await Promise.all([
        import('./browser-node.js'),
        known().catch(() => []),
    ]);
    return createBrowserNode(options, peers);
}
