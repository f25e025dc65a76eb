import { autoNAT } from '@libp2p/autonat';
import { override } from './override';

type AutoNatComponents = Parameters<ReturnType<typeof autoNAT>>[0];

/**
 * AutoNAT that dials anew for whoever asks. The one of @libp2p/autonat 3.0 takes a connection that
 * is already open to the address in question, counts it as proof and closes it: peers that verify
 * each other would cut each other off.
 */
export function reachability() {
    const factory = autoNAT();
    return (components: AutoNatComponents): unknown => {
        const { connectionManager } = components;
        const openAnew: typeof connectionManager.openConnection = (to, options) =>
            connectionManager.openConnection(to, { ...options, force: true });
        return factory({
            registrar: components.registrar,
            addressManager: components.addressManager,
            transportManager: components.transportManager,
            peerId: components.peerId,
            connectionManager: override(connectionManager, 'openConnection', openAnew),
            logger: components.logger,
            randomWalk: components.randomWalk,
            events: components.events,
            peerStore: components.peerStore,
        });
    };
}
