import type { PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { PeerError } from './errors';

/** A peer, and where it may be. */
export interface PeerAddress {
    readonly peer: PeerId;
    /** Without any, it is looked up. */
    readonly addresses: readonly Multiaddr[];
}

/**
 * Reads `/ip4/…/tcp/…/p2p/<peer id>`, or `/p2p/<peer id>` alone.
 *
 * @throws PeerError `PEER_ADDRESS_MALFORMED`
 */
export function parsePeerAddress(text: string): PeerAddress {
    try {
        const address = multiaddr(text);
        const components = address.getComponents();
        const last = components.at(-1);
        if (last?.name !== 'p2p' || last.value === undefined) throw new Error('It names no peer.');
        const peer = peerIdFromString(last.value);
        return { peer, addresses: components.length === 1 ? [] : [address] };
    } catch (cause) {
        throw new PeerError(
            'PEER_ADDRESS_MALFORMED',
            `${text.slice(0, 200)} is no address of a peer.`,
            'Write it as /ip4/<address>/tcp/<port>/p2p/<peer id>, or as /p2p/<peer id>.',
            cause,
        );
    }
}

/** The addresses of each peer together, in the order of their first mention. */
export function groupByPeer(texts: readonly string[]): PeerAddress[] {
    const peers = new Map<string, { peer: PeerId; addresses: Multiaddr[] }>();
    for (const { peer, addresses } of texts.map(parsePeerAddress)) {
        const known = peers.get(peer.toString());
        if (known === undefined) peers.set(peer.toString(), { peer, addresses: [...addresses] });
        else known.addresses.push(...addresses);
    }
    return [...peers.values()];
}

/** Whether an address leads through a relay. */
export function isCircuit(address: Multiaddr): boolean {
    return address.getComponents().some(({ name }) => name === 'p2p-circuit');
}
