import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { MessageStream } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';

/**
 * The TCP socket under a connection of @libp2p/tcp, which keeps it in a field; undefined where
 * there is another transport, where the socket is encrypted or gone, or where bytes wait in the
 * connection that have to go first.
 */
export function socketUnder(connection: MessageStream): Socket | undefined {
    const { socket } = connection as { readonly socket?: unknown };
    if (!(socket instanceof Socket) || socket instanceof TLSSocket) return undefined;
    if (socket.destroyed || socket.connecting || connection.status !== 'open') return undefined;
    return connection.writeBufferLength === 0 ? socket : undefined;
}

/**
 * Takes a socket away from its connection, which keeps closing and failing with it, and sees none
 * of its bytes any more. What has come and was not read stands in the socket again.
 */
export async function takeSocket(connection: MessageStream, socket: Socket): Promise<void> {
    const unread = new Uint8ArrayList();
    const collect = ({ data }: { readonly data: Uint8Array | Uint8ArrayList }) =>
        unread.append(data);
    connection.addEventListener('message', collect);
    // What the connection holds is told in a microtask that is in the queue now.
    await Promise.resolve();
    connection.removeEventListener('message', collect);
    connection.pause();
    socket.removeAllListeners('data');
    if (unread.byteLength > 0) socket.unshift(unread.subarray());
}
