import type { Uint8ArrayList } from 'uint8arraylist';
import { LengthError } from './length-watch';

const HEADER_BYTES = 12;
const DATA = 0;

/**
 * Reads along with the frames of yamux. @libp2p/yamux 8.0 gathers a frame of data until it is whole,
 * up to the 4 GiB that a header can announce, and looks at the window only then.
 */
export class FrameWatch {
    readonly #maxFrameBytes: number;
    readonly #header = Buffer.alloc(HEADER_BYTES);
    #filled = 0;
    /** Bytes of data that have to come. */
    #left = 0;

    /** @param maxFrameBytes - the window of a stream, which no frame can pass */
    constructor(maxFrameBytes: number) {
        this.#maxFrameBytes = maxFrameBytes;
    }

    /** @throws LengthError */
    take(data: Uint8Array | Uint8ArrayList): void {
        for (const part of data instanceof Uint8Array ? [data] : data) this.#read(part);
    }

    #read(part: Uint8Array): void {
        for (let at = 0; at < part.length;) {
            const missing = this.#left > 0 ? this.#left : HEADER_BYTES - this.#filled;
            const count = Math.min(missing, part.length - at);
            if (this.#left > 0) this.#left -= count;
            else {
                this.#header.set(part.subarray(at, at + count), this.#filled);
                this.#filled += count;
            }
            at += count;
            if (this.#filled === HEADER_BYTES) this.#endHeader();
        }
    }

    #endHeader(): void {
        this.#filled = 0;
        if (this.#header[1] !== DATA) return;
        this.#left = this.#header.readUInt32BE(8);
        if (this.#left <= this.#maxFrameBytes) return;
        throw new LengthError(`It announces a frame of ${this.#left} bytes.`);
    }
}
