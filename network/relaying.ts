import {
    type CircuitRelayServerComponents,
    type CircuitRelayService,
    circuitRelayServer,
} from '@libp2p/circuit-relay-v2';
import type { Libp2p, PeerId, Startable } from '@libp2p/interface';
import { isPrivate } from '@libp2p/utils';
import type { RelayLimits } from './limits';
import { isCircuit } from './peer-address';

/**
 * Relays for others while this node has a public address that is known to work, and not before: a
 * relay that nobody reaches would only waste the reservations of others.
 */
export class PublicRelay {
    readonly #limits: RelayLimits;
    readonly #mayRelayPrivate: boolean;
    #service: (CircuitRelayService & Startable) | undefined;
    #running = false;
    #last: Promise<void> = Promise.resolve();

    /** @param mayRelayPrivate - whether any address counts as public, on a network of its own */
    constructor(limits: RelayLimits, mayRelayPrivate: boolean) {
        this.#limits = limits;
        this.#mayRelayPrivate = mayRelayPrivate;
    }

    /** The part of the node that relays, which is not started with it. */
    readonly service = (components: CircuitRelayServerComponents): object => {
        const { maxReservations, maxBytes, maxMs } = this.#limits;
        this.#service = circuitRelayServer({
            reservations: {
                maxReservations,
                defaultDataLimit: BigInt(maxBytes),
                defaultDurationLimit: maxMs,
            },
        })(components) as CircuitRelayService & Startable;
        return {};
    };

    /** Whether others reach a peer through this node. */
    holds(peer: PeerId): boolean {
        return this.#running && this.#service?.reservations.has(peer) === true;
    }

    get running(): boolean {
        return this.#running;
    }

    /** Begins, or ends, as the addresses of the node are. */
    follow(libp2p: Libp2p): void {
        const wanted = libp2p
            .getMultiaddrs()
            .some((one) => !isCircuit(one) && (this.#mayRelayPrivate || !isPrivate(one)));
        this.#last = this.#last.then(async () => {
            if (wanted === this.#running) return;
            this.#running = wanted;
            await (wanted ? this.#service?.start() : this.#service?.stop());
        });
    }

    async stop(): Promise<void> {
        await this.#last.catch(() => undefined);
        if (this.#running) await this.#service?.stop();
        this.#running = false;
    }
}
