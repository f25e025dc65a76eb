import { createServer, request } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** Something in front of a node that answers requests for keys of items itself. */
export interface Front {
    readonly url: string;
    /** Requests for keys that it answered. */
    readonly asked: number;
    stop(): Promise<void>;
}

/** @param answer - what whoever asks for a key is given; undefined: that there is none */
export async function openFront(to: string, answer: () => Uint8Array | undefined): Promise<Front> {
    let asked = 0;
    const server = createServer((incoming, outgoing) => {
        const { method, url = '/', headers } = incoming;
        if (method === 'GET' && url.startsWith('/keys/')) {
            asked++;
            const bytes = answer();
            outgoing.writeHead(bytes === undefined ? 404 : 200).end(bytes);
            return;
        }
        const passed = request(`${to}${url}`, { method, headers }, (answered) => {
            outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
            answered.pipe(outgoing);
        });
        passed.on('error', () => outgoing.destroy());
        incoming.pipe(passed);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
        url: `http://127.0.0.1:${port}`,
        get asked() {
            return asked;
        },
        stop: async () => {
            server.closeAllConnections();
            server.close();
            await once(server, 'close');
        },
    };
}
