import type { JobDelivery } from '../../protocol';
import type { PeerOfStake } from '../peer-addresses';

/** A way to nodes without a public address; `createPeers` of `cocoon/peers` makes one for pages. */
export interface ClientPeers {
    /** What specs say of it, so that no node takes a job whose results could not be fetched. */
    readonly delivery: JobDelivery;
    /**
     * Fetches `p2p://<peer id>/<path>`.
     *
     * @param known - asked when peers to begin with are needed; see `peerAddresses`
     */
    fetch(
        url: string,
        init: RequestInit | undefined,
        known: () => Promise<readonly PeerOfStake[]>,
    ): Promise<Response>;
}
