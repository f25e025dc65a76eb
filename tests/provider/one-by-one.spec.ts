import { connect } from 'node:net';
import type { Express } from 'express';
import { listenGuarded } from '../../provider/http';

/** Sends requests at once and resolves with what came until the end of the connection. */
function sendAll(url: string, requests: number): Promise<string> {
    return new Promise((resolve) => {
        let came = '';
        const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
        socket.on('data', (part) => (came += part.toString()));
        socket.on('error', () => undefined).once('close', () => resolve(came));
        const last = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(requests - 1) + last);
    });
}

describe('A server for strangers', () => {
    it('answers two requests that were sent at once, in their order', async () => {
        let seen = 0;
        const app = ((_: unknown, response: { end: (text: string) => void }) => {
            const answer = `answer ${++seen}`;
            setTimeout(() => response.end(answer), 10);
        }) as unknown as Express;
        const server = await listenGuarded(app, { port: 0, host: '127.0.0.1' });
        const came = await sendAll(server.url, 2);
        expect(came.match(/answer \d/g)).toEqual(['answer 1', 'answer 2']);
        await server.close();
    });

    it('begins with two of a thousand that were sent at once, and cuts them off', async () => {
        let seen = 0;
        const app = (() => void seen++) as unknown as Express;
        const server = await listenGuarded(app, { port: 0, host: '127.0.0.1' });
        await expect(sendAll(server.url, 1_000)).resolves.toBe('');
        expect(seen).toBe(2);
        await server.close();
    });
});
