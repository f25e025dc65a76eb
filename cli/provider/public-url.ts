import type * as IdentityModule from '../../network/identity';
import { peerUrl } from '../../sdk';
import { BY_KEY, type Config } from '../config';
import { SetupError } from './errors';

/**
 * The address that clients are told.
 *
 * @param nodeKey - the public one, hex
 * @throws SetupError `PUBLIC_URL_MISSING`, `PEERS_NOT_ON`
 */
export function publicUrl(config: Config, nodeKey: string): string {
    const named = namedUrl(config);
    return named === BY_KEY ? peerUrl(peerIdOf(nodeKey)) : named;
}

/**
 * The same where the key is not known yet: `p2p` for a node that is reached by it.
 *
 * @throws as `publicUrl`
 */
export function namedUrl({ provider, network, home }: Config): string {
    const { publicUrl: chosen, port } = provider.http;
    if (chosen === BY_KEY && !provider.peers.on) {
        throw new SetupError(
            'PEERS_NOT_ON',
            'The public URL is p2p, and the node is not in the peer-to-peer network.',
            'Set provider.peers.on to true, or name a URL in provider.http.publicUrl.',
        );
    }
    if (chosen !== undefined) return chosen;
    if (network.allowPrivateAddresses && port !== 0) return `http://127.0.0.1:${port}`;
    if (provider.peers.on) return BY_KEY;
    throw new SetupError(
        'PUBLIC_URL_MISSING',
        'Clients have to know how to reach this machine.',
        'Set provider.peers.on to true to be reached without a public address, or name the URL that ' +
            'leads here from outside: --public-url https://node.example.org, or ' +
            `provider.http.publicUrl in ${home.config}. docs/owners.md says how to get one.`,
    );
}

function peerIdOf(nodeKey: string): string {
    // Loaded when it is needed, as all of the peer-to-peer network.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { peerOfKey } = require('../../network/identity') as typeof IdentityModule;
    return peerOfKey(Buffer.from(nodeKey, 'hex')).toString();
}
