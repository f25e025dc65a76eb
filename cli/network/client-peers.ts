import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import type * as NetworkModule from '../../network';
import type { Fetch } from '../../sdk';
import type { Network } from './open-network';
import { peersOfStakes } from './peers-of-stakes';

/** A client in the peer-to-peer network, under a key that nobody knows it by. */
export interface ClientPeers {
    /** Fetches `p2p://<peer id>/<path>`; joins the network first, once. */
    readonly fetch: Fetch;
    stop(): Promise<void>;
}

/** How long joining may take, milliseconds. */
const JOIN_MS = 20_000;

/**
 * Puts it together; nothing is loaded or dialled before the first use.
 *
 * @param join - addresses of peers to begin with, beside those of the nodes that the chain names
 */
export function createClientPeers(network: Network, join: readonly string[]): ClientPeers {
    let joined: Promise<NetworkModule.NetworkNode> | undefined;
    return {
        fetch: async (url, init) => {
            joined ??= enter(network, join);
            joined.catch(() => (joined = undefined));
            return (await joined).http.fetch(url, init);
        },
        stop: async () => {
            const leaving = joined;
            joined = undefined;
            const node = await leaving?.catch(() => undefined);
            await node?.stop();
        },
    };
}

async function enter(
    network: Network,
    first: readonly string[],
): Promise<NetworkModule.NetworkNode> {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { createNetworkNode } = require('../../network') as typeof NetworkModule;
    const node = await createNetworkNode({
        nodeKey: keyPairFromSeed(randomBytes(32)).secretKey,
        listen: [],
        mayRelay: false,
        allowPrivate: network.config.allowPrivateAddresses,
        shelf: { find: () => Promise.resolve(undefined) },
        partialFolder: join(tmpdir(), 'cocoon-client-peers'),
    });
    const peers = await peersOfStakes(network).catch(() => []);
    const addresses = [...first, ...peers.flatMap((one) => one.addresses)];
    await node.join(addresses, AbortSignal.timeout(JOIN_MS));
    return node;
}
