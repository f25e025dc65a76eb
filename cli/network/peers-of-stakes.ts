import * as z from 'zod';
import type * as NetworkModule from '../../network';
import { isPeerAddress } from '../../protocol';
import { discoverNodes, download, endpointUrl, isPeerUrl } from '../../sdk';
import { Stake } from '../../wrappers';
import type { Network } from './open-network';

const MAX_HEALTH_BYTES = 16 * 1024;
/** Addresses of one peer. */
export const MAX_PEER_ADDRESSES = 16;

const healthSchema = z.object({ peers: z.array(z.string().refine(isPeerAddress)).max(64) });

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
    const contacts = await discoverNodes({ chain, deployment, signal });
    // Those without a public address are known to the others.
    const open = contacts.filter(({ endpoint }) => !isPeerUrl(endpoint));
    const found = open.map(async ({ stake, endpoint }): Promise<StakedPeer | undefined> => {
        const state = await chain.open(Stake.fromAddress(stake), { signal }).getStake();
        const peer = peerOfKey(state.nodeKey).toString();
        const limits = { maxBytes: MAX_HEALTH_BYTES, timeoutMs: 10_000, fetch, signal };
        const tooLarge = () => new Error('The answer is too large.');
        const bytes = await download(endpointUrl(endpoint, '/health'), limits, tooLarge);
        const { peers } = healthSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
        const own = peers
            .filter((one) => one.endsWith(`/p2p/${peer}`))
            .slice(0, MAX_PEER_ADDRESSES);
        return { peer, addresses: own };
    });
    // Many nodes have no such network, or are away.
    const settled = await Promise.allSettled(found);
    return settled.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []));
}

// Loaded when it is needed: it takes a second and a half, which no other command shall wait for.
function loadNetwork() {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('../../network') as typeof NetworkModule;
}
