import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { dcutr, type DCUtRServiceComponents } from '@libp2p/dcutr';
import type { DialTransportOptions, IdentifyResult, PeerId, Transport } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { isPrivate } from '@libp2p/utils';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { override } from './override';
import { isCircuit } from './peer-address';

/*
 * Hole punching over TCP. A NAT keeps one mapping for one local port where it can, so what a relay
 * saw as the address of this node leads back to it only if all connections leave from the same
 * port. js-libp2p dials from a new port each time, ignores what peers say about TCP addresses, and
 * so offers none to DCUtR. Here every connection leaves from one port; nothing listens on it. Two
 * nodes that dial each other's seen addresses at once from those ports meet by simultaneous open
 * (RFC 9293, section 3.5), which needs no listener.
 */

/** What a newer peer says about an address counts more; of these many the addresses are kept. */
const MAX_SEEN = 3;
const NO_PORT = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EINVAL']);

type TcpFactory = ReturnType<typeof tcp>;

/** Addresses that are dialled just now by whoever shall answer in the handshake, not begin it. */
export class Answering {
    readonly #addresses = new Map<string, number>();

    has(address: Multiaddr): boolean {
        return this.#addresses.has(withoutPeer(address));
    }

    /** Answers at these addresses while the work goes on. */
    async during<T>(addresses: readonly Multiaddr[], work: () => Promise<T>): Promise<T> {
        const keys = addresses.map(withoutPeer);
        for (const key of keys) this.#addresses.set(key, (this.#addresses.get(key) ?? 0) + 1);
        try {
            return await work();
        } finally {
            for (const key of keys) {
                const left = (this.#addresses.get(key) ?? 1) - 1;
                if (left === 0) this.#addresses.delete(key);
                else this.#addresses.set(key, left);
            }
        }
    }
}

/** Options of a dial whose side answers, down to the muxer, which goes by the direction. */
function asAnswerer(options: DialTransportOptions): DialTransportOptions {
    const { upgrader } = options;
    const upgradeOutbound = ((connection, how) => {
        connection.direction = 'inbound';
        return upgrader.upgradeOutbound(connection, { ...how, initiator: false });
    }) as typeof upgrader.upgradeOutbound;
    return { ...options, upgrader: override(upgrader, 'upgradeOutbound', upgradeOutbound) };
}

function withoutPeer(address: Multiaddr): string {
    return address.toString().replace(/\/p2p\/[^/]*$/, '');
}

/** TCP whose connections leave from one port, where that is free for the peer in question. */
export function tcpFromPort(port: number, answering: Answering): TcpFactory {
    const factory = tcp();
    return (components) => {
        const transport = factory(components);
        const dial = transport.dial.bind(transport);
        const dialFrom: Transport['dial'] = async (to, given) => {
            const options = answering.has(to) ? asAnswerer(given) : given;
            try {
                return await dial(to, Object.assign({ localPort: port }, options));
            } catch (error) {
                // An earlier connection to the same peer may still hold the pair of ports.
                if (!NO_PORT.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
                return await dial(to, options);
            }
        };
        return Object.assign(transport, { dial: dialFrom });
    };
}

/** A port that is free on this machine. */
export async function freePort(): Promise<number> {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
}

/** Addresses that peers have seen this node come from. */
export class SeenAddresses {
    readonly #seen = new Map<string, Multiaddr>();

    /** Takes what a peer says, if this node dialled it over the internet. */
    hear({ observedAddr, connection }: IdentifyResult): void {
        if (observedAddr === undefined || connection.direction !== 'outbound') return;
        if (isCircuit(connection.remoteAddr)) return;
        const [host, port] = observedAddr.getComponents();
        if (host === undefined || port?.name !== 'tcp') return;
        const seen = multiaddr([host, port]);
        if (isPrivate(seen)) return;
        this.#seen.delete(seen.toString());
        this.#seen.set(seen.toString(), seen);
        const [oldest] = this.#seen.keys();
        if (this.#seen.size > MAX_SEEN && oldest !== undefined) this.#seen.delete(oldest);
    }

    get addresses(): readonly Multiaddr[] {
        return [...this.#seen.values()].reverse();
    }
}

/**
 * DCUtR that offers the addresses that were seen beside those that are known to be reachable. It
 * asks for one side to answer in the handshake, which the dial queue of libp2p 3.3 forgets: both
 * would begin it, and neither understand the other.
 */
export function holePunching(seen: SeenAddresses, answering: Answering) {
    const factory = dcutr();
    return (components: DCUtRServiceComponents & { readonly peerId: PeerId }): unknown => {
        const { peerStore, registrar, transportManager, logger } = components;
        const known = components.addressManager;
        const own = `/p2p/${components.peerId.toString()}`;
        const addresses = () => [
            ...known.getAddresses(),
            ...seen.addresses.map((address) => address.encapsulate(own)),
        ];
        const addressManager = override(known, 'getAddresses', addresses);
        const connections = components.connectionManager;
        const open: typeof connections.openConnection = (to, options) => {
            const dial = () => connections.openConnection(to, options);
            if (options?.initiator !== false || !Array.isArray(to)) return dial();
            return answering.during(to, dial);
        };
        const connectionManager = override(connections, 'openConnection', open);
        const rest = { peerStore, registrar, transportManager, logger };
        return factory({ ...rest, connectionManager, addressManager });
    };
}
