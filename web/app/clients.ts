import type { Address } from '@ton/core';
import { createPeers } from '../../network/browser';
import { type Cocoon, createCocoon, createIndexedDbShelf, tonConnectSender } from '../../sdk';
import { accountAddress } from '../../wrappers';
import type { SiteConfig } from '../shared/config';
import type { WalletDesk } from './wallet/wallet-desk';

/** One market as the page sees it: the shelf with the jobs is the same for all. */
export interface Clients {
    /** Pays with the wallet that is connected. */
    readonly paying: Cocoon;
    /** Goes on with what is paid, and pays nothing. */
    readonly following: Cocoon;
    /** Estimates for somebody who has no wallet yet; pays nothing. */
    readonly visiting: Cocoon;
    /** The wallet that is connected now. */
    wallet(): Address | undefined;
}

/** An account that nobody has: what a first job costs is the same for all. */
const NOBODY = accountAddress(0n);

export function createClients(config: SiteConfig, desk: WalletDesk): Clients {
    const { network, endpoints, market, pollMs, peers } = config;
    const common = {
        endpoint: endpoints,
        market,
        shelf: createIndexedDbShelf(),
        ...(pollMs !== undefined && { pollMs }),
        ...(peers !== undefined && { peers: createPeers(peers) }),
    };
    const sender = tonConnectSender(desk, { network });
    return {
        paying: createCocoon({ ...common, sender }),
        following: createCocoon(common),
        visiting: createCocoon({
            ...common,
            sender: {
                address: NOBODY,
                send: () => Promise.reject(new TypeError('A visitor pays nothing.')),
            },
        }),
        wallet: () => sender.address,
    };
}
