import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildNode } from './child-node';
import { Internet, type NatKind } from './namespaces';

export const MIB = 1024 ** 2;
const RELAYED = '/p2p-circuit';

/** A node with a public address, which relays. */
export interface PublicNode {
    readonly node: ChildNode;
    readonly address: string;
    /** Bytes that it has sent to the internet. */
    sent(): number;
}

/** Addresses that lead through a relay. */
export const circuits = (addresses: readonly string[]) =>
    addresses.filter((one) => one.includes(RELAYED));

/** Nodes on a small internet, with and without NATs before them. */
export class NatWorld {
    readonly #internet = new Internet();
    readonly #folder = mkdtempSync(join(tmpdir(), 'cocoon-nat-'));
    readonly #nodes: ChildNode[] = [];

    /**
     * A node whose owner says where it is.
     *
     * @param joins - peers that it knows
     * @param network - see `Internet.host`
     * @param stun - see `hidden`; browsers reach it where they are given
     */
    async publicNode(
        relayMaxBytes = 1024 * MIB,
        joins: readonly string[] = [],
        network?: number,
        stun?: readonly string[],
    ): Promise<PublicNode> {
        const { namespace, address } = this.#internet.host(
            network === undefined ? {} : { network },
        );
        const at = `/ip4/${address}/tcp/4001`;
        const direct = stun === undefined ? [] : [`/ip4/${address}/udp/4001/webrtc-direct`];
        const listen = [at, ...direct];
        const node = this.#start(namespace, {
            ...{ listen, announce: listen, relayMaxBytes },
            ...(stun !== undefined && { stun }),
        });
        if (joins.length > 0) await node.join(joins);
        const { addresses } = await node.until('a relay', ({ relays }) => relays);
        return {
            node,
            address: addresses.find((one) => one.startsWith(at)) as string,
            sent: () => this.#internet.sentBy(namespace),
        };
    }

    /** A node with a public address of which its owner says nothing. */
    silentNode(firewall: boolean): { readonly node: ChildNode; readonly address: string } {
        const { namespace, address } = this.#internet.host({ firewall });
        return { node: this.#start(namespace, { listen: ['/ip4/0.0.0.0/tcp/4001'] }), address };
    }

    /** A server that tells whoever asks where it sees them. @returns its URL */
    stunServer(): string {
        return this.#internet.stunServer();
    }

    /**
     * @param stun - servers for connections by WebRTC, which it has none of unless they are given
     * @returns a node behind a NAT of its own that has joined these peers
     */
    async hidden(
        kind: NatKind,
        known: readonly string[],
        relays: number,
        stun?: readonly string[],
    ): Promise<ChildNode> {
        const { namespace } = this.#internet.behindNat(kind);
        const listen = ['/ip4/0.0.0.0/tcp/4001'];
        const node = this.#start(namespace, {
            ...{ listen, relays, mayRelay: false },
            ...(stun !== undefined && { stun }),
        });
        const joined = await node.join(known);
        if (joined !== known.length) throw new Error('A node cannot reach those that it knows.');
        return node;
    }

    /** @returns a namespace behind a NAT of its own, for a program that is no node */
    place(kind: NatKind): string {
        return this.#internet.behindNat(kind).namespace;
    }

    /** A node behind a router that gives out ports, which asks it for one, with its public address. */
    mapped(): { readonly node: ChildNode; readonly address: string } {
        const { namespace, address } = this.#internet.behindNat('keeps-port', this.#folder);
        const options = { listen: ['/ip4/0.0.0.0/tcp/4001'], upnp: true };
        return { node: this.#start(namespace, options), address };
    }

    stop(): void {
        for (const node of this.#nodes.splice(0)) node.kill();
        this.#internet.remove();
        rmSync(this.#folder, { recursive: true, force: true });
    }

    #start(namespace: string, options: ConstructorParameters<typeof ChildNode>[2]): ChildNode {
        const folder = join(this.#folder, `node-${this.#nodes.length}`);
        const node = new ChildNode(folder, namespace, options);
        this.#nodes.push(node);
        return node;
    }
}
