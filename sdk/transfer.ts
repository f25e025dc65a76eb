import { TransferRefusedError, TransferStalledError } from './delivery-errors';
import { untilAborted } from './retry';

/** The part of the Fetch API that is used; a node passes one that refuses private addresses. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface DownloadOptions {
    /** What is larger is refused as soon as that is known, bytes. */
    readonly maxBytes: number;
    readonly signal?: AbortSignal | undefined;
    /** The global one unless set. */
    readonly fetch?: Fetch | undefined;
    /**
     * Longest silence, milliseconds; 30,000 unless set. Whoever drips is given this long and a
     * second more for every 4 KiB that came.
     */
    readonly timeoutMs?: number | undefined;
    /** What is given for it, by PUT. */
    readonly body?: Uint8Array | undefined;
}

const TIMEOUT_MS = 30_000;
const SLOWEST_BYTES_PER_MS = 4096 / 1000;

/**
 * The body of what a URL gives, in no more memory than it has. Redirects are refused: one could
 * lead where the caller's own rules forbid to go.
 *
 * @throws what `tooLarge` makes, TransferRefusedError, TransferStalledError, the reason of the
 * signal, or what fetch throws
 */
export async function download(
    url: string,
    options: DownloadOptions,
    tooLarge: () => Error,
): Promise<Uint8Array> {
    const { maxBytes, timeoutMs = TIMEOUT_MS, body } = options;
    const send = options.fetch ?? fetch;
    const { host } = new URL(url);
    const line = new Line(options.signal, timeoutMs, host);
    try {
        const given = body && { method: 'PUT', body: Uint8Array.from(body) };
        const init = { redirect: 'error', signal: line.signal, ...given } as const;
        const response = await line.wait(send(url, init));
        if (!response.ok) throw new TransferRefusedError(host, response.status);
        const stated = Number(response.headers.get('Content-Length') ?? 0);
        if (stated > maxBytes) throw tooLarge();
        const got = new Growing(stated > 0 ? Math.floor(stated) : 0);
        const reader = response.body?.getReader();
        for (;;) {
            const chunk = await line.wait(reader?.read() ?? Promise.resolve(undefined));
            if (chunk === undefined || chunk.done) return got.bytes;
            const part = chunk.value as Uint8Array;
            if (got.length + part.length > maxBytes) throw tooLarge();
            got.append(part);
            line.received(part.length);
        }
    } finally {
        // Also ends what is left of the body.
        line.close();
    }
}

/**
 * One request with its patience. Its signal is its own, so that a thousand requests leave nothing
 * behind on the caller's.
 */
export class Line {
    readonly #controller = new AbortController();
    readonly #outer: AbortSignal | undefined;
    readonly #timeoutMs: number;
    readonly #host: string;
    readonly #startedAt = performance.now();
    #received = 0;
    #timer: ReturnType<typeof setTimeout> | undefined;

    constructor(outer: AbortSignal | undefined, timeoutMs: number, host: string) {
        this.#outer = outer;
        this.#timeoutMs = timeoutMs;
        this.#host = host;
        if (outer?.aborted) this.#controller.abort(outer.reason);
        outer?.addEventListener('abort', this.#abort, { once: true });
        this.#rearm();
    }

    get signal(): AbortSignal {
        return this.#controller.signal;
    }

    /** Waits for the other side, also where what it does minds no signal. */
    wait<T>(work: Promise<T>): Promise<T> {
        return untilAborted(work, this.signal);
    }

    received(bytes: number): void {
        this.#received += bytes;
        this.#rearm();
    }

    close(): void {
        clearTimeout(this.#timer);
        this.#outer?.removeEventListener('abort', this.#abort);
        this.#controller.abort();
    }

    readonly #abort = () => this.#controller.abort(this.#outer?.reason);

    #rearm(): void {
        clearTimeout(this.#timer);
        const allowedMs = this.#timeoutMs + this.#received / SLOWEST_BYTES_PER_MS;
        const leftMs = this.#startedAt + allowedMs - performance.now();
        this.#timer = setTimeout(
            () => {
                const stalled = [this.#host, this.#received, this.#timeoutMs] as const;
                this.#controller.abort(new TransferStalledError(...stalled));
            },
            Math.max(0, Math.min(this.#timeoutMs, leftMs)),
        );
    }
}

/** Bytes of a length that is stated and need not be true. */
class Growing {
    #buffer: Uint8Array;
    length = 0;

    constructor(expected: number) {
        this.#buffer = new Uint8Array(expected);
    }

    get bytes(): Uint8Array {
        return this.#buffer.subarray(0, this.length);
    }

    append(part: Uint8Array): void {
        const length = this.length + part.length;
        if (length > this.#buffer.length) {
            const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
            larger.set(this.bytes);
            this.#buffer = larger;
        }
        this.#buffer.set(part, this.length);
        this.length = length;
    }
}

/** A signal that ends with another one, or after a time. */
export function withTimeout(signal: AbortSignal | undefined, timeoutMs: number): AbortSignal {
    const timeout = AbortSignal.timeout(timeoutMs);
    return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}
