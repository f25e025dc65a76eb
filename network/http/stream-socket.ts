import { Duplex } from 'node:stream';
import type { Stream } from '@libp2p/interface';

/** What an HTTP server asks a socket for. */
export interface RemotePlace {
    /** IP address that the connection comes from; that of the relay where it goes through one. */
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
}

/** A reader that does not keep up makes the other side wait beyond this, bytes. */
const HIGH_WATER_BYTES = 256 * 1024;
const PIECE_BYTES = 16 * 1024;

/**
 * A stream of libp2p as a socket, for what Node.js has above sockets: `http.Server` takes any Duplex
 * by its event `connection`, `http.request` by its option `createConnection`.
 */
export class StreamSocket extends Duplex {
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
    readonly #stream: Stream;
    /** Whether bytes come that `resume` had kept: @libp2p/utils 7.4 must not be paused meanwhile. */
    #resuming = false;
    #full = false;
    #ended = false;
    #idle: NodeJS.Timeout | undefined;
    #idleMs = 0;
    #bytesRead = 0;
    #bytesWritten = 0;

    constructor(stream: Stream, place?: RemotePlace) {
        super({ highWaterMark: HIGH_WATER_BYTES, allowHalfOpen: true });
        this.remoteAddress = place?.remoteAddress;
        this.remotePort = place?.remotePort;
        this.#stream = stream;
        stream.addEventListener('message', ({ data }) => {
            this.#touch();
            const parts = data instanceof Uint8Array ? [data] : data;
            for (const part of parts) {
                this.#bytesRead += part.length;
                this.#give(part);
            }
            if (this.#full && !this.#resuming) this.#pause();
        });
        // `remoteCloseWrite` comes while a paused stream still holds bytes.
        stream.addEventListener('end', () => this.#end());
        stream.addEventListener('close', ({ error }) => {
            if (error !== undefined) this.destroy(error);
            else this.#end();
        });
    }

    /** As of `net.Socket`: bytes that have come. */
    get bytesRead(): number {
        return this.#bytesRead;
    }

    /** As of `net.Socket`: bytes that were sent. */
    get bytesWritten(): number {
        return this.#bytesWritten;
    }

    /** As of `net.Socket`: `timeout` is emitted after so long without a byte, milliseconds; 0 for never. */
    setTimeout(ms: number, listener?: () => void): this {
        if (listener !== undefined) this.once('timeout', listener);
        this.#idleMs = ms;
        this.#touch();
        return this;
    }

    override _read(): void {
        if (!this.#full) return;
        this.#full = false;
        if (this.#stream.readStatus !== 'paused') return;
        this.#resuming = true;
        try {
            this.#stream.resume();
        } finally {
            this.#resuming = false;
        }
        // The bytes that it had kept may have been too many again.
        if (this.#isFull()) this.#pause();
    }

    override _write(chunk: Uint8Array, _: BufferEncoding, done: (error?: Error) => void): void {
        this.#touch();
        const stream = this.#stream;
        this.#bytesWritten += chunk.length;
        try {
            if (stream.send(chunk) || !stream.writableNeedsDrain) return done();
        } catch (error) {
            return done(error as Error);
        }
        const settle = (error?: Error) => {
            stream.removeEventListener('drain', onDrain);
            stream.removeEventListener('close', onClose);
            this.#touch();
            done(error);
        };
        // `onDrain()` of the stream waits only the first time.
        const onDrain = () => {
            if (!stream.writableNeedsDrain) settle();
        };
        const onClose = () => settle(new Error('The connection broke.'));
        stream.addEventListener('drain', onDrain);
        stream.addEventListener('close', onClose);
    }

    override _final(done: (error?: Error) => void): void {
        this.#stream.close().then(() => done(), done);
    }

    override _destroy(error: Error | null, done: (error: Error | null) => void): void {
        clearTimeout(this.#idle);
        const { status } = this.#stream;
        if (status === 'open' || status === 'closing') {
            this.#stream.abort(error ?? new Error('The connection was closed.'));
        }
        done(error);
    }

    /** Asked anew where it may have changed meanwhile. */
    #isFull(): boolean {
        return this.#full;
    }

    /** In pieces, between which whoever reads may end it: a parser takes all that it is given. */
    #give(part: Uint8Array): void {
        for (let at = 0; at < part.length && !this.destroyed; at += PIECE_BYTES) {
            this.#full = !this.push(part.subarray(at, at + PIECE_BYTES)) || this.#full;
        }
    }

    #pause(): void {
        if (this.#stream.readStatus === 'readable') this.#stream.pause();
    }

    #end(): void {
        if (this.#ended || this.destroyed) return;
        this.#ended = true;
        this.push(null);
    }

    #touch(): void {
        clearTimeout(this.#idle);
        if (this.#idleMs === 0 || this.destroyed) return;
        this.#idle = setTimeout(() => this.emit('timeout'), this.#idleMs);
        this.#idle.unref();
    }
}
