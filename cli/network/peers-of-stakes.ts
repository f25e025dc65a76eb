import type * as NetworkModule from '../../network';
import { peerAddresses } from '../../sdk';
import type { Network } from './open-network';

/** A node with a stake, in the peer-to-peer network. */
export interface StakedPeer {
    readonly peer: string;
    readonly addresses: readonly string[];
}

/**
 * Peers of the nodes that the chain names: each tells its addresses at the endpoint in its Stake,
 * of which only those count that end with the node key in that Stake.
 */
export async function peersOfStakes(
    network: Pick<Network, 'chain' | 'deployment' | 'fetch'>,
    signal?: AbortSignal,
): Promise<StakedPeer[]> {
    const { chain, deployment, fetch } = network;
    const { peerOfKey } = loadNetwork();
    const found = await peerAddresses({ chain, deployment, fetch, signal });
    return found.map(({ nodeKey, addresses }) => {
        const peer = peerOfKey(nodeKey).toString();
        return { peer, addresses: addresses.filter((one) => one.endsWith(`/p2p/${peer}`)) };
    });
}

// Loaded when it is needed: it takes a second and a half, which no other command shall wait for.
function loadNetwork() {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('../../network') as typeof NetworkModule;
}
