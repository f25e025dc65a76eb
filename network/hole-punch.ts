import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { dcutr, type DCUtRServiceComponents } from '@libp2p/dcutr';
import type { IdentifyResult, Transport } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { isPrivate } from '@libp2p/utils';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { Circuit, TCP } from '@multiformats/multiaddr-matcher';

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

/** TCP whose connections leave from one port, where that is free for the peer in question. */
export function tcpFromPort(port: number): TcpFactory {
    const factory = tcp();
    return (components) => {
        const transport = factory(components);
        const dial = transport.dial.bind(transport);
        const dialFrom: Transport['dial'] = async (to, options) => {
            try {
                return await dial(to, { ...options, localPort: port } as typeof options);
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
        if (Circuit.matches(connection.remoteAddr)) return;
        const [host, port] = observedAddr.getComponents();
        if (host === undefined || port === undefined) return;
        const seen = multiaddr([host, port]);
        if (!TCP.exactMatch(seen) || isPrivate(seen)) return;
        this.#seen.delete(seen.toString());
        this.#seen.set(seen.toString(), seen);
        const [oldest] = this.#seen.keys();
        if (this.#seen.size > MAX_SEEN && oldest !== undefined) this.#seen.delete(oldest);
    }

    get addresses(): readonly Multiaddr[] {
        return [...this.#seen.values()].reverse();
    }
}

/** DCUtR that offers the addresses that were seen beside those that are known to be reachable. */
export function holePunching(seen: SeenAddresses) {
    const factory = dcutr();
    return (components: DCUtRServiceComponents): unknown => {
        const { peerStore, connectionManager, registrar, transportManager, logger } = components;
        const addressManager = new Proxy(components.addressManager, {
            get(target, name) {
                const value: unknown = Reflect.get(target, name, target);
                if (name === 'getAddresses') {
                    return () => [...target.getAddresses(), ...seen.addresses];
                }
                return typeof value === 'function' ? (value.bind(target) as unknown) : value;
            },
        });
        const rest = { peerStore, connectionManager, registrar, transportManager, logger };
        return factory({ ...rest, addressManager });
    };
}
