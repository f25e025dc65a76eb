import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht';
import { override } from './override';
import type { Refusals } from './refusals';

type DhtComponents = Parameters<ReturnType<typeof kadDHT>>[0];

/**
 * The DHT, for finding peers alone. What others want it to remember is forgotten: Cocoon asks for
 * no records, and @libp2p/kad-dht 16 keeps whatever any peer names, for a day or two and in memory.
 */
export function peerRouting(allowPrivate: boolean, refusals: Refusals) {
    const factory = kadDHT({
        protocol: '/cocoon/kad/1.0.0',
        // Elsewhere it serves once it has a public address.
        ...(allowPrivate && { clientMode: false }),
        peerInfoMapper: allowPrivate ? passthroughMapper : removePrivateAddressesMapper,
    });
    return (components: DhtComponents) => {
        const { datastore } = components;
        const put: typeof datastore.put = (key) => {
            refusals.count('DHT: a record');
            return key;
        };
        return factory({
            peerId: components.peerId,
            privateKey: components.privateKey,
            registrar: components.registrar,
            addressManager: components.addressManager,
            peerStore: components.peerStore,
            connectionManager: components.connectionManager,
            datastore: override(datastore, 'put', put),
            events: components.events,
            logger: components.logger,
            ping: components.ping,
        });
    };
}
