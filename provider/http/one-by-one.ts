import type { RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';

/** Requests of one connection that may wait for their answers; browsers and `fetch` send one. */
const MAX_UNANSWERED = 2;

/**
 * Cuts off whoever sends request after request on one connection and takes no answer. Node.js
 * parses all that came at once, thousands in a packet, and each answer would hold its first piece
 * of a file in memory until those before it are taken.
 */
export function oneByOne(listener: RequestListener): RequestListener {
    const unanswered = new WeakMap<Duplex, number>();
    return (request, response) => {
        const { socket } = request;
        // What was parsed together with the request that was too much.
        if (socket.destroyed) return;
        const waiting = unanswered.get(socket) ?? 0;
        if (waiting >= MAX_UNANSWERED) return void socket.destroy();
        unanswered.set(socket, waiting + 1);
        response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
        listener(request, response);
    };
}
