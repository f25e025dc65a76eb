import type { PeerId } from '@libp2p/interface';
import type { KadDHT } from '@libp2p/kad-dht';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';

/** How long others are asked where a peer is, milliseconds. */
const ASK_MS = 4_000;
/** How long for more, once one of them has said something new, milliseconds. */
const MORE_MS = 1_000;
/** Addresses of a peer that are dialled at most: strangers name them. */
const MAX_ADDRESSES = 16;

export interface LookUpRequest {
    readonly dht: Pick<KadDHT, 'findPeer'>;
    readonly peer: PeerId;
    /** Addresses that do not lead there. */
    readonly tried: readonly Multiaddr[];
    /** Addresses that may. */
    readonly more: readonly Multiaddr[];
    readonly signal: AbortSignal;
}

/**
 * Asks others where a peer is, whatever is remembered of it here. libp2p takes what it remembers, or
 * else the first answer: both may be of a relay that is gone.
 *
 * @returns addresses other than those that were tried, of which none need to lead there either
 * @throws the reason of the signal
 */
export async function lookUpAnew(request: LookUpRequest): Promise<Multiaddr[]> {
    const { dht, peer, tried, more, signal } = request;
    const known = new Set(tried.map((one) => whereOf(one, peer)));
    const found = new Set<string>();
    const note = (address: Multiaddr) => {
        const where = whereOf(address, peer);
        if (!known.has(where) && found.size < MAX_ADDRESSES) found.add(where);
    };
    more.forEach(note);
    const enough = new AbortController();
    const end = () => enough.abort();
    let timer = setTimeout(end, ASK_MS);
    try {
        const until = AbortSignal.any([signal, enough.signal]);
        const before = found.size;
        for await (const event of dht.findPeer(peer, { useCache: false, signal: until })) {
            if (event.name !== 'FINAL_PEER') continue;
            const first = found.size === before;
            event.peer.multiaddrs.forEach(note);
            if (!first || found.size === before) continue;
            clearTimeout(timer);
            timer = setTimeout(end, MORE_MS);
        }
    } catch {
        // Nobody knows it, or not all have answered in time.
        signal.throwIfAborted();
    } finally {
        clearTimeout(timer);
    }
    return [...found].map((where) => multiaddr(`${where}/p2p/${peer.toString()}`));
}

/** An address without the peer that it leads to, which stands behind some. */
function whereOf(address: Multiaddr, peer: PeerId): string {
    const end = `/p2p/${peer.toString()}`;
    const text = address.toString();
    return text.endsWith(end) ? text.slice(0, -end.length) : text;
}
