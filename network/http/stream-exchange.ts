import { HTTPParser } from '@achingbrain/http-parser-js';
import type { Stream } from '@libp2p/interface';
import { type Exchange, type PeerRequest, responseOf } from './fetch-http';

/**
 * Bytes of one answer that wait for their reader. Data channels do not make the sender wait, so
 * whoever sends faster than it is read is cut off here; a page reads 64 MiB in less than a second.
 */
const MAX_WAITING_BYTES = 64 * 1024 ** 2;
const MAX_HEADER_BYTES = 16 * 1024;
/** Bytes that are given to the stream at a time. */
const PART_BYTES = 64 * 1024;

/** By what browsers have, too: no part of Node.js is used. */
export const streamExchange: Exchange = (stream, request) =>
    new Promise((resolve, reject) => {
        const { signal } = request;
        const abort = () => reader.fail(signal?.reason as Error);
        const reader = new AnswerReader(stream, {
            answered: resolve,
            failed: reject,
            ended: () => signal?.removeEventListener('abort', abort),
        });
        if (signal?.aborted === true) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        send(stream, request).catch((error: unknown) => reader.fail(error as Error));
    });

interface AnswerEvents {
    readonly answered: (response: Response) => void;
    readonly failed: (error: Error) => void;
    /** Nothing more is said after it. */
    readonly ended: () => void;
}

/** Reads one answer from a stream. */
class AnswerReader {
    readonly #stream: Stream;
    readonly #events: AnswerEvents;
    readonly #parser = new HTTPParser(HTTPParser.RESPONSE);
    #body: ReadableStreamDefaultController<Uint8Array> | undefined;
    #answered = false;
    #over = false;

    constructor(stream: Stream, events: AnswerEvents) {
        this.#stream = stream;
        this.#events = events;
        this.#parser.maxHeaderSize = MAX_HEADER_BYTES;
        this.#parser[HTTPParser.kOnHeadersComplete] = ({ statusCode, headers }) => {
            this.#answer(statusCode, headers);
        };
        this.#parser[HTTPParser.kOnBody] = (bytes) => this.#take(bytes);
        this.#parser[HTTPParser.kOnMessageComplete] = () => this.#complete();
        stream.addEventListener('message', ({ data }) => {
            for (const part of data instanceof Uint8Array ? [data] : data) this.#parse(part);
        });
        stream.addEventListener('end', () => this.#end());
        stream.addEventListener('close', ({ error }) => {
            if (error === undefined) this.#end();
            else this.fail(error);
        });
    }

    /** Ends it for a reason; does nothing where it has ended. */
    fail(error: Error): void {
        if (this.#over) return;
        this.#over = true;
        if (this.#answered) this.#body?.error(error);
        else this.#events.failed(error);
        this.#stream.abort(error);
        this.#events.ended();
    }

    #parse(bytes: Uint8Array): void {
        if (this.#over) return;
        const parsed = this.#parser.execute(bytes);
        if (parsed instanceof Error) this.fail(new TypeError('The answer is not HTTP.'));
    }

    #answer(status: number, raw: readonly string[]): void {
        const headers = new Headers();
        for (let at = 0; at + 1 < raw.length; at += 2) {
            headers.append(raw[at] as string, raw[at + 1] as string);
        }
        const body = () =>
            new ReadableStream<Uint8Array>(
                {
                    start: (controller) => void (this.#body = controller),
                    cancel: () => this.fail(new Error('The answer is not wanted any more.')),
                },
                new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }),
            );
        try {
            const response = responseOf({ status, headers }, body);
            this.#answered = true;
            this.#events.answered(response);
        } catch (error) {
            this.fail(error as Error);
        }
    }

    #take(bytes: Uint8Array): void {
        if (this.#over || this.#body === undefined) return;
        this.#body.enqueue(bytes);
        if ((this.#body.desiredSize ?? 0) > 0) return;
        this.fail(new TypeError('The answer came faster than it was read.'));
    }

    #complete(): void {
        if (this.#over) return;
        this.#over = true;
        this.#body?.close();
        this.#events.ended();
        // One request on each stream; what the peer still says is nothing to this side.
        void this.#stream.close().catch(() => undefined);
    }

    /** The peer says no more: right after a body without a length, and too soon otherwise. */
    #end(): void {
        if (this.#over) return;
        this.#parser.finish();
        this.fail(new TypeError('The connection ended within the answer.'));
    }
}

async function send(stream: Stream, request: PeerRequest): Promise<void> {
    const { method, path, headers, body } = request;
    const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
    await write(stream, new TextEncoder().encode(head));
    for (let at = 0; body !== undefined && at < body.length; at += PART_BYTES) {
        await write(stream, body.subarray(at, at + PART_BYTES));
    }
}

/** As StreamSocket does: `onDrain()` of the stream waits only the first time. */
function write(stream: Stream, bytes: Uint8Array): Promise<void> {
    if (stream.send(bytes) || !stream.writableNeedsDrain) return Promise.resolve();
    return new Promise((resolve, reject) => {
        const settle = (error?: Error) => {
            stream.removeEventListener('drain', onDrain);
            stream.removeEventListener('close', onClose);
            if (error === undefined) resolve();
            else reject(error);
        };
        const onDrain = () => {
            if (!stream.writableNeedsDrain) settle();
        };
        const onClose = () => settle(new Error('The connection broke.'));
        stream.addEventListener('drain', onDrain);
        stream.addEventListener('close', onClose);
    });
}
