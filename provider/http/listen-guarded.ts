import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { Listening } from '../../sdk/node';
import { PortTakenError } from '../errors';
import { oneByOne } from './one-by-one';

export interface ListenOptions {
    /** 0 takes a free one. */
    readonly port: number;
    readonly host: string;
    /** What slow clients may take; the values for strangers unless set. */
    readonly timeouts?: Partial<HttpTimeouts> | undefined;
}

/** What a client may take before it is cut off, milliseconds. */
export interface HttpTimeouts {
    /** For the headers of a request. */
    readonly headersMs: number;
    /** For a whole request with its body. */
    readonly requestMs: number;
    /** Without a byte in either direction. */
    readonly idleMs: number;
}

const TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 300_000, idleMs: 60_000 };
const MAX_CONNECTIONS = 1_000;

/** A server that can be given connections from elsewhere too. */
export interface GuardedListening extends Listening {
    readonly server: Server;
}

/**
 * Listens on a port, and lets no client hold a connection without using it.
 *
 * @throws PortTakenError
 */
export async function listenGuarded(
    app: Express,
    { port, host, timeouts }: ListenOptions,
): Promise<GuardedListening> {
    const { headersMs, requestMs, idleMs } = { ...TIMEOUTS, ...timeouts };
    const server = createServer(
        {
            headersTimeout: headersMs,
            requestTimeout: requestMs,
            keepAliveTimeout: 5_000,
            connectionsCheckingInterval: Math.min(1_000, headersMs),
        },
        oneByOne(app),
    );
    server.maxConnections = MAX_CONNECTIONS;
    server.setTimeout(idleMs);
    await new Promise<void>((resolve, reject) => {
        server.once('error', (cause: NodeJS.ErrnoException) => {
            reject(new PortTakenError(host, port, cause));
        });
        server.listen(port, host, resolve);
    });
    const { port: taken } = server.address() as AddressInfo;
    let closed: Promise<void> | undefined;
    return {
        server,
        url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
        close: () =>
            (closed ??= new Promise((resolve, reject) => {
                server.close((error) => (error === undefined ? resolve() : reject(error)));
                server.closeAllConnections();
            })),
    };
}
