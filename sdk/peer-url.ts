import { CocoonError } from '../protocol';
import type { Fetch } from './transfer';

/*
 * `p2p://<peer id>`: the endpoint of a node that has no public address. The peer id is the node key,
 * so that it needs no certificate; where the peer is, the peer-to-peer network finds out.
 */

const SCHEME = 'p2p://';

/** The endpoint of a node that is reached by its key. */
export function peerUrl(peerId: string): string {
    return `${SCHEME}${peerId}`;
}

/** Whether a URL leads to a peer. */
export function isPeerUrl(url: string): boolean {
    return url.startsWith(SCHEME);
}

/** A node has no public address, and this program is not in the peer-to-peer network. */
export class PeersOffError extends CocoonError {
    override readonly name = 'PeersOffError';
    readonly code = 'PEERS_OFF';

    constructor(readonly url: string) {
        super(
            `The node ${url.slice(0, 80)} has no public address, and can only be reached by peers.`,
            {
                hint:
                    'Use a program that is in the peer-to-peer network, as the commands of Cocoon are; ' +
                    'pages in browsers give createCocoon the peers of cocoon/peers.',
            },
        );
    }
}

/**
 * Sends what is for peers over the peer-to-peer network, and all else as before.
 *
 * @param peers - undefined where this program is not in it: PeersOffError is thrown then
 */
export function withPeers(fetch: Fetch, peers: Fetch | undefined): Fetch {
    return (url, init) => {
        if (!isPeerUrl(url)) return fetch(url, init);
        return peers === undefined ? Promise.reject(new PeersOffError(url)) : peers(url, init);
    };
}
