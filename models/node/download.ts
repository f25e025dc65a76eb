import { isHttpUrl } from '../../protocol';
import { ModelSourceError } from './errors';

/** The part of the Fetch API that is used; a node may pass one that refuses some addresses. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface DownloadOptions {
    /** Most bytes to take. */
    readonly maxBytes: number;
    /** The global one unless set. */
    readonly fetch?: Fetch | undefined;
    readonly signal?: AbortSignal | undefined;
    /** Longest silence of the other side, milliseconds; 30,000 unless set. */
    readonly idleTimeoutMs?: number | undefined;
}

const IDLE_TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 5;

/**
 * Opens a URL for reading. Redirects are followed one by one through the same `fetch`, so that its
 * rules hold for each of them. Once it has returned, the bytes have to be read or the iterator
 * ended: the connection stays open until then, or until the signal.
 *
 * @throws ModelSourceError, here or while the bytes are read; the reason of the signal
 */
export async function openUrl(
    url: string,
    options: DownloadOptions,
): Promise<AsyncIterable<Uint8Array>> {
    const line = new Line(url, options);
    try {
        const body = await line.open();
        return line.bytes(body);
    } catch (error) {
        line.close();
        throw error;
    }
}

/** All bytes of a URL, for documents; see `openUrl`. */
export async function readUrl(url: string, options: DownloadOptions): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of await openUrl(url, options)) parts.push(part);
    return Buffer.concat(parts);
}

/** One download: its limits, and what ends it. */
class Line {
    readonly #url: string;
    readonly #options: DownloadOptions;
    readonly #host: string;
    readonly #closing = new AbortController();
    readonly #signal: AbortSignal;

    constructor(url: string, options: DownloadOptions) {
        this.#url = url;
        this.#options = options;
        this.#host = hostOf(url);
        const own = this.#closing.signal;
        this.#signal = options.signal ? AbortSignal.any([options.signal, own]) : own;
    }

    async open(): Promise<ReadableStream<Uint8Array>> {
        const send = this.#options.fetch ?? fetch;
        let url = this.#url;
        for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
            if (!isHttpUrl(url)) {
                throw this.#failed('SOURCE_MALFORMED', 'names an address that cannot be used');
            }
            const response = await this.#patiently(
                send(url, {
                    redirect: 'manual',
                    signal: this.#signal,
                    headers: { 'Accept-Encoding': 'identity' },
                }),
            );
            const next = redirectOf(response, url);
            if (next === undefined) return this.#accept(response);
            drop(response);
            url = next;
        }
        throw this.#failed('SOURCE_REFUSED', `redirects over ${MAX_REDIRECTS} times`);
    }

    async *bytes(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
        const { maxBytes } = this.#options;
        const reader = body.getReader();
        let length = 0;
        try {
            for (;;) {
                const chunk = await this.#patiently(reader.read());
                if (chunk.done) return;
                length += chunk.value.length;
                if (length > maxBytes) throw this.#tooLarge();
                yield chunk.value;
            }
        } finally {
            reader.cancel().catch(() => undefined);
            this.close();
        }
    }

    close(): void {
        this.#closing.abort();
    }

    #accept(response: Response): ReadableStream<Uint8Array> {
        if (!response.ok || response.body === null) {
            drop(response);
            const code = [404, 410].includes(response.status) ? 'SOURCE_MISSING' : 'SOURCE_REFUSED';
            throw this.#failed(code, `answered with HTTP ${response.status}`);
        }
        if (Number(response.headers.get('content-length') ?? 0) > this.#options.maxBytes) {
            drop(response);
            throw this.#tooLarge();
        }
        return response.body as ReadableStream<Uint8Array>;
    }

    /** What the other side does, unless it stays silent for too long or the signal ends it. */
    async #patiently<T>(work: Promise<T>): Promise<T> {
        const { signal, idleTimeoutMs = IDLE_TIMEOUT_MS } = this.#options;
        let stop: () => void = () => undefined;
        const stopped = new Promise<never>((_, reject) => {
            const abort = () => reject(signal?.reason as Error);
            const timer = setTimeout(() => {
                reject(this.#failed('SOURCE_TIMEOUT', `was silent for ${idleTimeoutMs} ms`));
            }, idleTimeoutMs);
            signal?.addEventListener('abort', abort, { once: true });
            stop = () => {
                clearTimeout(timer);
                signal?.removeEventListener('abort', abort);
            };
        });
        work.catch(() => undefined);
        try {
            signal?.throwIfAborted();
            return await Promise.race([work, stopped]);
        } catch (error) {
            signal?.throwIfAborted();
            if (error instanceof ModelSourceError) throw error;
            throw this.#failed('SOURCE_UNREACHABLE', 'cannot be reached', error);
        } finally {
            stop();
        }
    }

    #tooLarge(): ModelSourceError {
        const { maxBytes } = this.#options;
        return this.#failed('SOURCE_TOO_LARGE', `sends more than ${maxBytes} bytes`);
    }

    #failed(code: ModelSourceError['code'], what: string, cause?: unknown): ModelSourceError {
        return new ModelSourceError(code, `${this.#host} ${what}.`, cause);
    }
}

/** Where a response leads on to; undefined when it is the answer itself. */
function redirectOf({ status, headers }: Response, url: string): string | undefined {
    const location = headers.get('location');
    if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
    return URL.canParse(location, url) ? new URL(location, url).href : '';
}

function drop(response: Response): void {
    response.body?.cancel().catch(() => undefined);
}

function hostOf(url: string): string {
    return URL.canParse(url) ? new URL(url).host : 'The address';
}
