import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/**
 * Counts what this process moves over the network. No system tells that of one process without
 * rights that a node should not have, so its own sockets are counted: Node.js announces each that it
 * opens (`net.server.socket`, `net.client.socket`) and undici, which is behind fetch, its own. What
 * stays on the machine does not count.
 */
export interface TrafficMeter {
    /** Bytes since the meter was made, both ways, without those of lower layers. */
    readonly bytes: number;
    close(): void;
}

const CHANNELS = ['net.server.socket', 'net.client.socket', 'undici:client:connected'];

export function createTrafficMeter(): TrafficMeter {
    const open = new Set<Socket>();
    let ended = 0;
    const bytesOf = (socket: Socket) =>
        isLoopback(socket.remoteAddress) ? 0 : socket.bytesRead + socket.bytesWritten;
    const hear = (message: unknown) => {
        const { socket } = message as { readonly socket?: Socket };
        if (socket === undefined || open.has(socket)) return;
        open.add(socket);
        // An address is gone once the socket is closed.
        const { remoteAddress } = socket;
        const local = () => isLoopback(remoteAddress);
        socket.once('close', () => {
            open.delete(socket);
            if (!local()) ended += socket.bytesRead + socket.bytesWritten;
        });
    };
    for (const channel of CHANNELS) subscribe(channel, hear);
    return {
        get bytes() {
            let sum = ended;
            for (const socket of open) sum += bytesOf(socket);
            return sum;
        },
        close() {
            for (const channel of CHANNELS) unsubscribe(channel, hear);
            open.clear();
        },
    };
}

function isLoopback(address: string | undefined): boolean {
    // Not connected yet: nothing was moved.
    if (address === undefined) return true;
    return address === '::1' || /^(::ffff:)?127\./.test(address);
}
