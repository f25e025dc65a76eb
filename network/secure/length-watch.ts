import type { Uint8ArrayList } from 'uint8arraylist';

/** What @libp2p/multistream-select allows for one name, bytes, and for the length in front of it. */
const MAX_NAME_BYTES = 1024;
const MAX_NAME_LENGTH_BYTES = 2;
/** All that a peer may send before a protocol is agreed on, bytes. */
const MAX_NEGOTIATION_BYTES = 16 * 1024;
/** Lengths of messages: four bytes of seven bits reach what libp2p buffers at most, 4 MiB. */
const MAX_LENGTH_BYTES = 4;
const MAX_MESSAGE_BYTES = 4 * 1024 ** 2;
const SILENT = new Set(['/multistream/1.0.0', 'na']);
const LIST = 'ls';
const MORE = 0x80;

/** How a protocol frames what it sends: messages with a length each, only the first, or by itself. */
export type Framing = 'messages' | 'message' | 'own';

export interface LengthWatchOptions {
    /** Who proposes protocols: the peer, or this side, which then hears the chosen one. */
    readonly proposes: 'peer' | 'self';
    /** Whether a protocol is spoken here. */
    readonly speaks: (name: string) => boolean;
    /** Framing of what follows once the protocol is chosen. */
    readonly framingOf: (name: string) => Framing;
}

/**
 * Reads along with what a peer sends, from the choice of a protocol on, and refuses lengths that do
 * not end. `lpStream` of @libp2p/utils 7.4 has limits for them (`maxLengthLength`, `maxDataLength`),
 * and looks at those only once a length is whole: before, it tries anew after each byte.
 */
export class LengthWatch {
    readonly #options: LengthWatchOptions;
    readonly #maxMessageBytes: number;
    #framing: Framing | undefined;
    #negotiated = 0;
    #length = 0;
    #lengthBytes = 0;
    /** Bytes of a message that have to come; undefined within a length. */
    #left: number | undefined;
    #name: number[] = [];

    constructor(options: LengthWatchOptions, maxMessageBytes = MAX_MESSAGE_BYTES) {
        this.#options = options;
        this.#maxMessageBytes = maxMessageBytes;
    }

    /** Of messages from the first byte on, where no protocol is chosen. */
    static ofMessages(maxMessageBytes: number): LengthWatch {
        const framingOf = (): Framing => 'messages';
        const none = { proposes: 'peer', speaks: () => false, framingOf } as const;
        const watch = new LengthWatch(none, maxMessageBytes);
        watch.#framing = 'messages';
        return watch;
    }

    /**
     * @returns whether the rest has no lengths to be watched
     * @throws LengthError
     */
    take(data: Uint8Array | Uint8ArrayList): boolean {
        for (const part of data instanceof Uint8Array ? [data] : data) {
            for (let at = 0; at < part.length;) {
                if (this.#framing === undefined && ++this.#negotiated > MAX_NEGOTIATION_BYTES) {
                    throw new LengthError('It proposes protocols without end.');
                }
                if (this.#left === undefined) this.#readLength(part[at++] ?? 0);
                else if (this.#framing === undefined) {
                    this.#name.push(part[at++] ?? 0);
                    this.#left--;
                } else {
                    const count = Math.min(this.#left, part.length - at);
                    this.#left -= count;
                    at += count;
                }
                if (this.#left === 0 && this.#endMessage()) return true;
            }
        }
        return false;
    }

    #readLength(byte: number): void {
        const naming = this.#framing === undefined;
        this.#length += (byte & (MORE - 1)) * 2 ** (7 * this.#lengthBytes++);
        const most = naming ? MAX_NAME_LENGTH_BYTES : MAX_LENGTH_BYTES;
        const whole = (byte & MORE) === 0;
        if (!whole && this.#lengthBytes >= most)
            throw new LengthError('It sends a length without end.');
        if (!whole) return;
        if (this.#length > (naming ? MAX_NAME_BYTES : this.#maxMessageBytes)) {
            throw new LengthError(`It announces a message of ${this.#length} bytes.`);
        }
        this.#left = this.#length;
        this.#length = 0;
        this.#lengthBytes = 0;
    }

    #endMessage(): boolean {
        this.#left = undefined;
        if (this.#framing !== undefined) return this.#framing === 'message';
        const name = Buffer.from(this.#name).toString('latin1').trimEnd();
        this.#name = [];
        const { proposes, speaks, framingOf } = this.#options;
        if (SILENT.has(name)) return false;
        if (proposes === 'peer' && (name === LIST || !speaks(name))) return false;
        this.#framing = framingOf(name);
        return this.#framing === 'own';
    }
}

/** A peer sent a length that nobody may send. */
export class LengthError extends Error {
    override readonly name = 'LengthError';
}
