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

/**
 * Where a connection comes from, as far as one owner has it: an IPv4 address, the first 64 bits of
 * an IPv6 address, or the relay that is between.
 */
export function placeOf(address: Multiaddr): string {
    const parts = address.getComponents();
    if (parts.some(({ name }) => name === 'p2p-circuit')) {
        return `relay ${parts.find(({ name }) => name === 'p2p')?.value ?? ''}`;
    }
    const ip = parts.find(({ name }) => name === 'ip4' || name === 'ip6');
    if (ip?.name !== 'ip6') return ip?.value ?? '';
    return network64(ip.value ?? '');
}

/** The first four groups of an IPv6 address, however it is written. */
function network64(address: string): string {
    const [head = '', tail] = address.split('::');
    const groups = (text: string | undefined) => (text ? text.split(':') : []);
    const [first, last] = [groups(head), groups(tail)];
    const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
    const whole = [...first, ...Array<string>(zeros).fill('0'), ...last];
    return whole
        .slice(0, 4)
        .map((group) => Number.parseInt(group, 16).toString(16))
        .join(':');
}
