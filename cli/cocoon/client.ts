import { join } from 'node:path';
import type { Address } from '@ton/core';
import { discoverNodes, type Fetch, withPeers } from '../../sdk';
import type { Wallet } from '../../sdk/node';
import { type Config, type ConfigFlags, configFrom } from '../config';
import { createClientPeers, type Network, openNetwork } from '../network';
import type { CommandContext } from '../terminal';
import {
    clientAddress,
    openClientWallet,
    openPostingKey,
    openSealingSecret,
} from './client-wallet';

/** A client on its network. */
export interface Client {
    readonly config: Config;
    readonly context: CommandContext;
    readonly network: Network;
    readonly address: Address;
    /** Opens the wallet, once; asks for the passphrase. */
    wallet(): Promise<Wallet>;
    /** The key that posts from the deposit; asks for the passphrase, once. */
    postingKey(): Promise<Uint8Array>;
    /** What the keys of sealed jobs come from; asks for the passphrase, once. */
    sealingSecret(): Promise<Uint8Array>;
    /** URLs of nodes that the chain shows; looked for once. */
    discover(): Promise<readonly string[]>;
    /** For what strangers name. */
    readonly fetch: Fetch;
    /** Lock of all that posts from this wallet. */
    readonly postingLock: string;
}

/**
 * Opens the network of the configuration for the client of this home.
 *
 * @throws ConfigError, KeystoreError, MarketUnknownError and what `openNetwork` throws
 */
export async function openClient(flags: ConfigFlags, context: CommandContext): Promise<Client> {
    const config = configFrom(flags, context.env);
    const address = await clientAddress(config, context);
    context.terminal.progress(`Connecting to ${config.network.name}…`);
    const network = await openNetwork(config, context.signal);
    const peers = createClientPeers(network, config.client.join);
    context.atEnd(() => peers.stop());
    let wallet: Promise<Wallet> | undefined;
    let postingKey: Promise<Uint8Array> | undefined;
    let sealingSecret: Promise<Uint8Array> | undefined;
    let nodes: Promise<readonly string[]> | undefined;
    const discover = async () => {
        const { chain, deployment } = network;
        const contacts = await discoverNodes({ chain, deployment, signal: context.signal });
        return contacts.map(({ endpoint }) => endpoint);
    };
    return {
        config,
        context,
        network,
        address,
        postingKey: () => (postingKey ??= openPostingKey(config, context)),
        sealingSecret: () => (sealingSecret ??= openSealingSecret(config, context)),
        wallet: () => (wallet ??= openClientWallet(config, network, context)),
        discover: () => (nodes ??= discover()),
        // What keeps strangers' URLs out of the own network only reads; blobs are given to nodes
        // by a plain request, whose answer is not used.
        fetch: withPeers(
            (url, init) =>
                init?.method === undefined || init.method === 'GET'
                    ? network.fetch(url, init)
                    : fetch(url, init),
            peers.fetch,
        ),
        postingLock: join(config.home.client.folder, 'posting.lock'),
    };
}
