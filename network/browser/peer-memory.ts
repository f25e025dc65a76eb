import { isCircuit, parsePeerAddress } from '../peer-address';
import { isForBrowsers } from '../webrtc/addresses';

/** Where a page keeps the peers that it met; `localStorage` is one. */
export interface PeerStorage {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
}

const KEY = 'cocoon-peers';
const MAX_ADDRESSES = 16;
/** Certificates of webrtc-direct stand in addresses. */
const MAX_LENGTH = 512;

/** The storage of this page; undefined where it has none, or its user wants none. */
export function pageStorage(): PeerStorage | undefined {
    try {
        return (globalThis as { readonly localStorage?: PeerStorage }).localStorage;
    } catch {
        return undefined; // blocked, as in a frame of another site
    }
}

/**
 * Addresses of peers that a page was connected to, the last one first: where it begins at its next
 * visit, should nobody be named then. What was written there by others counts as much as what strangers
 * say: an address leads to the peer whose key is in it, or nowhere.
 */
export class PeerMemory {
    constructor(private readonly storage: PeerStorage | undefined) {}

    get addresses(): readonly string[] {
        try {
            const kept: unknown = JSON.parse(this.storage?.getItem(KEY) ?? '[]');
            return Array.isArray(kept) ? kept.filter(isUsable).slice(0, MAX_ADDRESSES) : [];
        } catch {
            return [];
        }
    }

    /** @param address - with the peer at its end */
    note(address: string): void {
        if (this.storage === undefined || !isUsable(address)) return;
        const peer = peerIn(address);
        const others = this.addresses.filter((one) => peerIn(one) !== peer);
        try {
            const all = [address, ...others].slice(0, MAX_ADDRESSES);
            this.storage.setItem(KEY, JSON.stringify(all));
        } catch {
            // Full: the next visit begins as the first one did.
        }
    }
}

/** One address of each peer is enough. */
function peerIn(address: string): string | undefined {
    return address.split('/p2p/').at(-1);
}

function isUsable(value: unknown): value is string {
    if (typeof value !== 'string' || value.length > MAX_LENGTH) return false;
    if (!isForBrowsers(value)) return false;
    try {
        const [address] = parsePeerAddress(value).addresses;
        // What leads through a relay is found out anew.
        return address !== undefined && !isCircuit(address);
    } catch {
        return false;
    }
}
