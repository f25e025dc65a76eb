import { type Stream, StreamCloseEvent } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';
import { SourceError } from '../errors';

/** Bytes of a frame's length. */
const LENGTH_BYTES = 4;

export interface FrameLimits {
    /** What a peer announces beyond this is refused before memory is taken for it, bytes. */
    readonly maxFrameBytes: number;
    /** Frames that wait to be read; a peer that sends more than it was asked for is cut off. */
    readonly maxWaiting: number;
}

/**
 * Reads length-prefixed frames from a stream. Each byte is copied once, into a buffer of the
 * frame's own. Memory is bounded by what the reader has asked for. Streams are never paused:
 * @libp2p/utils 7.4 goes on giving window to a stream that is paused again while it resumes, until
 * its buffer overflows and it is reset.
 */
export class FrameReader {
    readonly #limits: FrameLimits;
    readonly #frames: Uint8Array[] = [];
    /** Buffers of the largest size that were given back. */
    readonly #free: Uint8Array[] = [];
    readonly #length = Buffer.alloc(LENGTH_BYTES);
    /** Bytes of the length, or of the frame, that have come. */
    #filled = 0;
    #frame: Uint8Array | undefined;
    #ended = false;
    #error: Error | undefined;
    #wake: (() => void) | undefined;

    constructor(stream: Stream, limits: FrameLimits) {
        this.#limits = limits;
        stream.addEventListener('message', ({ data }) => this.#take(data));
        // Not remoteCloseWrite, which comes while a paused stream still holds bytes.
        stream.addEventListener('end', () => this.#end());
        stream.addEventListener('close', ({ error }) => this.#end(error));
    }

    /**
     * The next frame; undefined at the end of the stream.
     *
     * @param timeoutMs - how long all of it may take to come
     * @throws SourceError `SOURCE_SLOW`, `SOURCE_MALFORMED`, `SOURCE_CLOSED`
     */
    async next(timeoutMs: number): Promise<Uint8Array | undefined> {
        if (this.#frames.length === 0 && !this.#ended) await this.#wait(timeoutMs);
        const frame = this.#frames.shift();
        if (frame !== undefined) return frame;
        if (this.#error !== undefined) throw this.#error;
        if (this.#filled > 0) throw new SourceError('SOURCE_CLOSED', 'It left in mid-frame.');
        return undefined;
    }

    /** Takes a frame back, of which nobody uses a byte any more: the next one is read into it. */
    release(frame: Uint8Array): void {
        if (frame.length === this.#limits.maxFrameBytes) this.#free.push(frame);
    }

    #wait(timeoutMs: number): Promise<void> {
        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => {
                this.#wake = undefined;
                const said = `It sent too little within ${timeoutMs} ms.`;
                reject(new SourceError('SOURCE_SLOW', said));
            }, timeoutMs);
            this.#wake = () => {
                clearTimeout(timer);
                this.#wake = undefined;
                resolve();
            };
        });
    }

    #take(data: Uint8Array | Uint8ArrayList): void {
        if (this.#ended) return;
        if (data instanceof Uint8Array) this.#fill(data);
        else for (const part of data) this.#fill(part);
        if (this.#frames.length > this.#limits.maxWaiting) {
            this.#frames.length = 0;
            this.#end(new SourceError('SOURCE_MALFORMED', 'It sent more than it was asked for.'));
        }
        if (this.#frames.length > 0) this.#wake?.();
    }

    #fill(part: Uint8Array): void {
        let at = 0;
        while (at < part.length && !this.#ended) {
            const target = this.#frame ?? this.#length;
            const count = Math.min(target.length - this.#filled, part.length - at);
            target.set(part.subarray(at, at + count), this.#filled);
            this.#filled += count;
            at += count;
            if (this.#filled === target.length) this.#filledUp();
        }
    }

    #filledUp(): void {
        this.#filled = 0;
        if (this.#frame !== undefined) {
            this.#frames.push(this.#frame);
            this.#frame = undefined;
            return;
        }
        const length = this.#length.readUInt32BE();
        if (length === 0 || length > this.#limits.maxFrameBytes) {
            const said = `It announced a frame of ${length} bytes.`;
            this.#end(new SourceError('SOURCE_MALFORMED', said));
            return;
        }
        const used = length === this.#limits.maxFrameBytes ? this.#free.pop() : undefined;
        this.#frame = used ?? Buffer.allocUnsafeSlow(length);
    }

    #end(error?: Error): void {
        if (this.#ended) return;
        this.#ended = true;
        if (error instanceof SourceError) this.#error = error;
        else if (error !== undefined) {
            this.#error = new SourceError('SOURCE_CLOSED', 'The connection broke.', error);
        }
        this.#wake?.();
    }
}

/**
 * Sends, and waits where the other side does not take it.
 *
 * @throws SourceError `SOURCE_SLOW` when it does not take all of it within `timeoutMs`, `SOURCE_CLOSED`
 */
export async function sendPatiently(
    stream: Stream,
    bytes: Uint8Array,
    timeoutMs: number,
): Promise<void> {
    if (stream.writeStatus !== 'writable') {
        throw new SourceError('SOURCE_CLOSED', 'The connection is closed.');
    }
    if (stream.send(bytes)) return;
    const deadline = performance.now() + timeoutMs;
    while (stream.writableNeedsDrain) await drained(stream, deadline - performance.now());
}

/**
 * Waits for one drain. `stream.onDrain()` cannot be used: @libp2p/utils 7.4 keeps its first promise,
 * so that from the second drain on it waits for nothing and the whole blob piles up in memory.
 */
function drained(stream: Stream, leftMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
            clearTimeout(timer);
            stream.removeEventListener('drain', onDrain);
            stream.removeEventListener('close', onClose);
            act();
        };
        const onDrain = () => settle(resolve);
        const onClose = ({ error }: StreamCloseEvent) =>
            settle(() => reject(new SourceError('SOURCE_CLOSED', 'The connection broke.', error)));
        const onTimeout = () =>
            settle(() => reject(new SourceError('SOURCE_SLOW', 'It takes too little.')));
        const timer = setTimeout(onTimeout, Math.max(0, leftMs));
        stream.addEventListener('drain', onDrain);
        stream.addEventListener('close', onClose);
        if (stream.status !== 'open') onClose(new StreamCloseEvent());
    });
}
