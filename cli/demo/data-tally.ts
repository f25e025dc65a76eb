import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';

/** What one way of the data has carried. */
export interface CarriedData {
    /** HTTP requests that were answered. */
    readonly requests: number;
    /** Of requests and answers together, and of blobs, without what the transport adds. */
    readonly bytes: number;
}

/** How specs, inputs, results, proofs and checks went from one party to another. */
export interface DataReport {
    /** Over libp2p: HTTP on streams, and the blob protocol. */
    readonly peers: CarriedData;
    /** Over TCP to a URL. */
    readonly http: CarriedData;
}

/** What `http.Server` has of a connection; streams of peers have it too. */
interface Counted {
    readonly bytesRead: number;
    readonly bytesWritten: number;
}

/** Node.js publishes it for each request that any server of this process gets. */
const REQUESTS = 'http.server.request.start';

/**
 * Counts what the servers of this process give and get, whoever they belong to, except those of the
 * chain: where all parties of a market are in one process, that is all data between them.
 */
export class DataTally {
    readonly #chainUrl: string;
    readonly #peers = { requests: 0, sockets: new Set<Counted>() };
    readonly #http = { requests: 0, sockets: new Set<Counted>() };
    #blobBytes = 0;

    /** @param chainUrl - of the server whose requests are no data */
    constructor(chainUrl: string) {
        this.#chainUrl = chainUrl;
        subscribe(REQUESTS, this.#hear);
    }

    /** Of a blob that one peer gave to another. */
    readonly blob = (_peer: string, bytes: number): void => {
        this.#blobBytes += bytes;
    };

    report(): DataReport {
        const sum = (sockets: ReadonlySet<Counted>) =>
            [...sockets].reduce((total, one) => total + one.bytesRead + one.bytesWritten, 0);
        const { requests } = this.#peers;
        return {
            peers: { requests, bytes: sum(this.#peers.sockets) + this.#blobBytes },
            http: { requests: this.#http.requests, bytes: sum(this.#http.sockets) },
        };
    }

    stop(): void {
        unsubscribe(REQUESTS, this.#hear);
    }

    readonly #hear = (message: unknown): void => {
        const { request, server } = message as { request: IncomingMessage; server: Server };
        const { socket } = request;
        const place = server.address();
        const port = typeof place === 'object' ? place?.port : undefined;
        if (String(port) === new URL(this.#chainUrl).port) return;
        const way = socket instanceof Socket ? this.#http : this.#peers;
        way.requests += 1;
        way.sockets.add(socket);
    };
}
