import * as z from 'zod';
import { isPeerAddress } from '../protocol';
import { type Deployment, Stake } from '../wrappers';
import type { CallOptions, Chain } from './chain';
import { discoverNodes } from './discover-nodes';
import { isPeerUrl } from './peer-url';
import { endpointUrl } from './result-document';
import { download, type Fetch } from './transfer';

const MAX_HEALTH_BYTES = 16 * 1024;
const HEALTH_MS = 10_000;
/** Addresses of one node that are taken. */
export const MAX_PEER_ADDRESSES = 16;

const healthSchema = z.object({ peers: z.array(z.string()).max(64) });

/** A node that the chain names, in the peer-to-peer network. */
export interface PeerOfStake {
    /** The public one, as the Stake has it. */
    readonly nodeKey: bigint;
    /** What it says of where peers reach it; some may name other keys than its own. */
    readonly addresses: readonly string[];
}

export interface PeerAddressesRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** Most nodes to ask; all that the chain shows unless set. */
    readonly most?: number | undefined;
    readonly fetch?: Fetch | undefined;
}

/**
 * Asks the nodes that the chain names, those with a public URL, where peers reach them. Nodes that
 * are away or not in the network are left out.
 *
 * @throws as `discoverNodes`
 */
export async function peerAddresses(request: PeerAddressesRequest): Promise<PeerOfStake[]> {
    const { chain, deployment, most, fetch, signal } = request;
    const contacts = await discoverNodes({ chain, deployment, signal });
    // Those without a public address are known to the others.
    const open = contacts.filter(({ endpoint }) => !isPeerUrl(endpoint)).slice(0, most);
    const found = open.map(async ({ stake, endpoint }): Promise<PeerOfStake> => {
        const limits = { maxBytes: MAX_HEALTH_BYTES, timeoutMs: HEALTH_MS, fetch, signal };
        const tooLarge = () => new Error('The answer is too large.');
        const bytes = await download(endpointUrl(endpoint, '/health'), limits, tooLarge);
        const { peers } = healthSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
        const { nodeKey } = await chain.open(Stake.fromAddress(stake), { signal }).getStake();
        // Newer nodes may have addresses of kinds that are not known here.
        return { nodeKey, addresses: peers.filter(isPeerAddress).slice(0, MAX_PEER_ADDRESSES) };
    });
    const settled = await Promise.allSettled(found);
    signal?.throwIfAborted();
    return settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}
