import type { PeerStorage } from './peer-memory';

/** A node that the chain names, and what its own HTTP interface says of where peers reach it. */
export interface KnownPeer {
    /** As its Stake has it. */
    readonly nodeKey: bigint;
    readonly addresses: readonly string[];
}

export interface PeersOptions {
    /**
     * Addresses of peers to begin with, beside those of the nodes that the chain names:
     * `/ip4/…/udp/…/webrtc-direct/certhash/…/p2p/…`.
     */
    readonly join?: readonly string[] | undefined;
    /**
     * STUN servers, `stun:<host>:<port>`, that tell a page behind a NAT where it is seen, for nodes
     * behind one of their own; each learns the address of the user. None unless set: the relay carries
     * the bytes then.
     */
    readonly stun?: readonly string[] | undefined;
    /**
     * Where addresses of the peers that it met are kept, to begin with at the next visit; none with
     * `false`, `localStorage` unless set.
     */
    readonly memory?: PeerStorage | false | undefined;
    /** Whether addresses of private networks are dialled; only for networks that are private as a whole. */
    readonly allowPrivate?: boolean | undefined;
}
