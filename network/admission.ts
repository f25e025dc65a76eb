import type { Connection, Libp2p, MultiaddrConnection, PeerId } from '@libp2p/interface';
import type { NetworkLimits } from './limits';
import { placeOf } from './peer-address';
import { PeerBudget } from './peer-budget';
import type { Refusals } from './refusals';
import { crowded } from './seats';

/** What a handshake may take while others wait, milliseconds. */
const HANDSHAKE_MS = 2_000;

export interface AdmissionOptions {
    readonly limits: Pick<
        NetworkLimits,
        'maxConnections' | 'maxPendingConnections' | 'inboundConnectionsPerSecond'
    >;
    /** Milliseconds that only grow. */
    readonly now: () => number;
    /** Whether the connections of a peer are kept whatever comes. */
    readonly isKept: (peer: PeerId) => boolean;
    readonly refusals: Refusals;
}

interface Pending {
    readonly connection: MultiaddrConnection;
    readonly place: string;
    /** Milliseconds of the clock. */
    readonly since: number;
}

/**
 * Decides who gets a connection while more want one than there are. libp2p refuses newcomers when
 * all are taken, so that whoever is first keeps all others out for nothing: 32 sockets that say
 * nothing, or 200 peers that stay. Here a newcomer takes the place of another, out of those that
 * share their address with most others, and among those of the one that was of no use longest.
 */
export class Admission {
    readonly #options: AdmissionOptions;
    readonly #rate: PeerBudget;
    /** Without a proven key, the oldest first. */
    readonly #pending = new Map<MultiaddrConnection, Pending>();
    readonly #used = new WeakMap<Connection, number>();
    readonly #opened = new WeakMap<Connection, number>();

    constructor(options: AdmissionOptions) {
        this.#options = options;
        const perSecond = options.limits.inboundConnectionsPerSecond;
        const rate = { bytesPerSecond: perSecond, burstBytes: perSecond };
        this.#rate = new PeerBudget(() => rate, options.now);
    }

    /** Says no to a socket before its handshake; as of the gater of libp2p. */
    readonly denyInboundConnection = (connection: MultiaddrConnection): boolean => {
        const { limits, now, refusals } = this.#options;
        const place = placeOf(connection.remoteAddr);
        if (!this.#rate.tryTake(place, 1)) {
            refusals.count('connection: its address comes too often');
            return true;
        }
        if (this.#pending.size >= limits.maxPendingConnections && !this.#dropPending(place)) {
            refusals.count('connection: too many without a key');
            return true;
        }
        this.#pending.set(connection, { connection, place, since: now() });
        connection.addEventListener('close', () => this.#pending.delete(connection));
        return false;
    };

    /** The key is proven. */
    readonly denyInboundEncryptedConnection = (
        _: PeerId,
        connection: MultiaddrConnection,
    ): boolean => {
        for (const [pending] of this.#pending) {
            if (pending.remoteAddr.equals(connection.remoteAddr)) this.#pending.delete(pending);
        }
        return false;
    };

    /** The connection carries what it is for. */
    use(connection: Connection): void {
        this.#used.set(connection, this.#options.now());
    }

    /** Closes what is too much from now on. */
    follow(libp2p: Libp2p): void {
        libp2p.addEventListener('connection:open', ({ detail }) => {
            this.#opened.set(detail, this.#options.now());
            this.#prune(libp2p.getConnections());
        });
    }

    /** Makes room for one of another place; not for one of a crowd, while handshakes make progress. */
    #dropPending(place: string): boolean {
        const all = [...this.#pending.values()];
        const [oldest] = crowded(all, (one) => one.place);
        if (oldest === undefined) return false;
        const from = (one: string) => all.filter((other) => other.place === one).length;
        if (
            from(place) + 1 >= from(oldest.place) &&
            this.#options.now() - oldest.since < HANDSHAKE_MS
        )
            return false;
        this.#options.refusals.count('connection: no key in time for others');
        this.#pending.delete(oldest.connection);
        oldest.connection.abort(new Error('Others wait for their handshake.'));
        return true;
    }

    #prune(all: readonly Connection[]): void {
        const { limits, isKept, refusals } = this.#options;
        const open = all.filter(({ status }) => status === 'open');
        let free = open.filter(({ remotePeer }) => !isKept(remotePeer));
        // Those that this node has opened itself are worth more, but not all places.
        const own = free.filter(({ direction }) => direction === 'outbound');
        if (own.length <= limits.maxConnections / 2)
            free = free.filter((one) => !own.includes(one));
        const places = new Map(free.map((one) => [one, placeOf(one.remoteAddr)]));
        for (let excess = open.length - limits.maxConnections; excess > 0; excess--) {
            const [first, ...more] = crowded([...places.keys()], (one) => places.get(one) ?? '');
            if (first === undefined) return;
            const least = more.reduce((a, b) => (this.#usedAt(b) < this.#usedAt(a) ? b : a), first);
            refusals.count('connection: closed for another');
            places.delete(least);
            least.abort(new Error('Others are of more use.'));
        }
    }

    #usedAt(connection: Connection): number {
        return this.#used.get(connection) ?? this.#opened.get(connection) ?? 0;
    }
}
