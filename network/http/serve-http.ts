import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { placeOf } from '../peer-address';
import type { Refusals } from '../refusals';
import { Seats } from '../seats';
import { HTTP_PROTOCOL } from './protocol';
import { StreamSocket } from './stream-socket';

export interface HttpLimits {
    /** Streams at a time, of all and of one peer. */
    readonly maxStreams: number;
    readonly maxStreamsOfPeer: number;
}

export interface ServeHttpOptions {
    readonly limits: HttpLimits;
    /** Told of each stream that is served. */
    readonly onStream: (connection: Connection) => void;
    readonly refusals: Refusals;
}

/**
 * Gives the streams of peers to a server that also listens elsewhere, or nowhere: its routes, limits
 * and time-outs are the same for both.
 *
 * @returns how to end it
 */
export async function serveHttp(
    libp2p: Libp2p,
    server: Server,
    { limits, onStream, refusals }: ServeHttpOptions,
): Promise<() => Promise<void>> {
    const open = new Set<StreamSocket>();
    const seats = new Seats(limits.maxStreams);
    server.prependListener('request', disbelieve);
    const handle = (stream: Stream, connection: Connection) => {
        const socket = new StreamSocket(stream, remoteOf(connection));
        // The server answers what can be answered; nobody else may hear of it.
        socket.on('error', () => undefined);
        const leave = seats.take(placeOf(connection.remoteAddr), () => {
            refusals.count('HTTP: cut off for another');
            socket.destroy(new Error('Others have fewer requests.'));
        });
        if (leave === undefined) {
            refusals.count('HTTP: too many streams');
            socket.destroy(new Error('Too many requests at a time.'));
            return;
        }
        onStream(connection);
        open.add(socket);
        socket.once('close', () => {
            leave();
            open.delete(socket);
        });
        server.emit('connection', socket);
    };
    await libp2p.handle(HTTP_PROTOCOL, handle, {
        maxInboundStreams: limits.maxStreamsOfPeer,
        runOnLimitedConnection: true,
    });
    return async () => {
        server.off('request', disbelieve);
        await libp2p.unhandle(HTTP_PROTOCOL);
        for (const socket of open) socket.destroy();
    };
}

/** No proxy stands before a peer: what its headers say of another address is its own invention. */
function disbelieve({ socket, headers }: IncomingMessage): void {
    // The type of Node.js knows sockets of the system alone.
    if (!((socket as Duplex) instanceof StreamSocket)) return;
    for (const name of Object.keys(headers)) {
        if (name === 'forwarded' || name.startsWith('x-forwarded-')) delete headers[name];
    }
}

/** Where a connection comes from: behind a relay, the relay. */
function remoteOf({ remoteAddr }: Connection) {
    const parts = remoteAddr.getComponents();
    const ip = parts.find(({ name }) => name === 'ip4' || name === 'ip6')?.value;
    const port = Number(parts.find(({ name }) => name === 'tcp' || name === 'udp')?.value);
    return { remoteAddress: ip, remotePort: Number.isSafeInteger(port) ? port : undefined };
}
