import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import type { AbortOptions, MessageStream } from '@libp2p/interface';
import { AbstractMessageStream, type SendResult } from '@libp2p/utils';
import { Uint8ArrayList } from 'uint8arraylist';
import { onWritten } from '../lent-buffers';

/** What runs through a TLS socket that stands on the socket of a connection. */
export class TlsStream extends AbstractMessageStream {
    readonly #socket: TLSSocket;
    readonly #under: MessageStream;
    /** What came in this turn of the event loop. */
    #came = new Uint8ArrayList();
    #closing: Promise<void> | undefined;

    constructor(under: MessageStream, socket: TLSSocket) {
        super({
            log: under.log,
            inactivityTimeout: under.inactivityTimeout,
            maxReadBufferLength: under.maxReadBufferLength,
            direction: under.direction,
        });
        this.#under = under;
        this.#socket = socket;
        socket.on('data', (bytes: Buffer) => this.#gather(bytes));
        socket.on('end', () => this.#tell());
        socket.on('drain', () => this.safeDispatchEvent('drain'));
        socket.on('error', (error: Error) => under.abort(error));
        socket.on('close', () => void this.#closeUnder());
        if (socket.closed) void this.#closeUnder();
        under.addEventListener('close', ({ error, local }) => {
            socket.destroy();
            this.#tell();
            if (error === undefined) this.onTransportClosed();
            else if (local === true) this.abort(error);
            else this.onRemoteReset();
        });
    }

    async close(options?: AbortOptions): Promise<void> {
        if (this.#closing === undefined) {
            const closed = once(this.#socket, 'close', options);
            this.#socket.destroySoon();
            await closed;
        }
        await this.#closing;
    }

    /** A frame goes as one record or more, header and body together. */
    sendData(data: Uint8ArrayList): SendResult {
        let canSendMore = true;
        this.#socket.cork();
        for (const bytes of data) canSendMore = this.#socket.write(bytes, onWritten(bytes));
        this.#socket.uncork();
        return { sentBytes: data.byteLength, canSendMore };
    }

    sendReset(error: Error): void {
        this.#socket.destroy();
        this.#under.abort(error);
    }

    sendPause(): void {
        this.#socket.pause();
    }

    sendResume(): void {
        this.#socket.resume();
    }

    /** Records are 16 KiB: those of one turn are told together, since each telling has its price. */
    #gather(bytes: Buffer): void {
        if (this.#came.byteLength === 0) setImmediate(() => this.#tell());
        this.#came.append(bytes);
    }

    #tell(): void {
        const came = this.#came;
        this.#came = new Uint8ArrayList();
        this.onData(came);
    }

    #closeUnder(): Promise<void> {
        this.#closing ??= this.#under.close().catch((error: unknown) => {
            this.#under.abort(error instanceof Error ? error : new Error(String(error)));
        });
        return this.#closing;
    }
}
