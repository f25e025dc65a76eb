import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { type Exchange, responseOf } from './fetch-http';
import { StreamSocket } from './stream-socket';

/** By Node's own HTTP, which makes the peer wait for a reader that does not keep up. */
export const nodeExchange: Exchange = (stream, { method, path, headers, body, signal }) =>
    new Promise((resolve, reject) => {
        const socket = new StreamSocket(stream);
        const sent = httpRequest({
            createConnection: () => socket,
            method,
            path,
            headers: Object.fromEntries(headers),
            ...(signal !== undefined && { signal }),
        });
        const failed = (error: Error) => {
            socket.destroy();
            reject((signal?.aborted ? (signal.reason as Error) : undefined) ?? error);
        };
        sent.once('error', failed);
        sent.once('response', (answer) => {
            const { statusCode: status = 0, headersDistinct } = answer;
            const answered = new Headers();
            for (const [name, values = []] of Object.entries(headersDistinct)) {
                for (const value of values) answered.append(name, value);
            }
            try {
                const head = { status, headers: answered };
                const response = responseOf(
                    head,
                    () => Readable.toWeb(answer) as ReadableStream<Uint8Array>,
                );
                if (response.body === null) answer.resume();
                resolve(response);
            } catch (error) {
                failed(error as Error);
            }
        });
        sent.end(body);
    });
