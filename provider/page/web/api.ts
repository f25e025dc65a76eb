/** The half of the session that the page keeps; the cookie, which it cannot read, is the other. */
const KEY = 'cocoon-page-key';
const SILENCE_MS = 40_000;
const RETRY_MS = 2_000;

/** The node wants the token again. */
export class LockedError extends Error {
    override readonly name = 'LockedError';
}

/** The node refused, with its reason. */
export class RefusedError extends Error {
    override readonly name = 'RefusedError';

    constructor(
        readonly status: number,
        readonly answer: Readonly<Record<string, unknown>>,
    ) {
        const { error } = answer;
        super(typeof error === 'string' ? error : `The node answered with ${status}.`);
    }
}

/** @throws LockedError, RefusedError, TypeError where nothing answers */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await (await request(path, init)).json()) as T;
}

export async function download(path: string, name: string): Promise<void> {
    const url = URL.createObjectURL(await (await request(path)).blob());
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
}

export function send<T>(method: 'POST' | 'PUT', path: string, body: object): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    return ask<T>(path, { method, headers, body: JSON.stringify(body) });
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), ...keyHeader() };
    const response = await fetch(`api/${path}`, { ...init, headers, cache: 'no-store' });
    if (response.status === 401) throw new LockedError();
    if (response.ok) return response;
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    throw new RefusedError(response.status, answer);
}

function keyHeader(): Record<string, string> {
    return { 'X-Cocoon-Key': localStorage.getItem(KEY) ?? '' };
}

/** Exchanges the token for a session. @throws LockedError, RefusedError */
export async function unlock(token: string): Promise<void> {
    const { key } = await send<{ readonly key: string }>('POST', 'session', { token });
    localStorage.setItem(KEY, key);
}

export async function lock(): Promise<void> {
    await fetch('api/session', { method: 'DELETE', headers: keyHeader() }).catch(() => undefined);
    localStorage.removeItem(KEY);
}

export interface StreamListener {
    on(event: string, data: unknown): void;
    /** Whether the node answers. */
    connected(is: boolean): void;
}

/** Follows the node until the token is wanted again; comes back where it was after each break. */
export async function follow(listener: StreamListener): Promise<void> {
    let last: string | undefined;
    for (;;) {
        try {
            await readStream(last, (event, id, data) => {
                last = id ?? last;
                if (event === undefined) listener.connected(true);
                else listener.on(event, data);
            });
        } catch (error) {
            if (error instanceof LockedError) throw error;
        }
        listener.connected(false);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
}

type OnEvent = (event: string | undefined, id: string | undefined, data: unknown) => void;

/** Reads Server-Sent Events; EventSource could not send the key. */
async function readStream(last: string | undefined, onEvent: OnEvent): Promise<void> {
    const control = new AbortController();
    let timer = setTimeout(() => control.abort(), SILENCE_MS);
    try {
        const headers: Record<string, string> = last === undefined ? {} : { 'Last-Event-ID': last };
        const response = await request('stream', { headers, signal: control.signal });
        const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
        if (reader === undefined) return;
        let text = '';
        for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            clearTimeout(timer);
            timer = setTimeout(() => control.abort(), SILENCE_MS);
            onEvent(undefined, undefined, undefined);
            const blocks = (text + value).split('\n\n');
            text = blocks.pop() ?? '';
            for (const block of blocks) readBlock(block, onEvent);
        }
    } finally {
        clearTimeout(timer);
        control.abort();
    }
}

function readBlock(block: string, onEvent: OnEvent): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
        const at = line.indexOf(': ');
        if (at > 0) fields.set(line.slice(0, at), line.slice(at + 2));
    }
    const event = fields.get('event');
    const data = fields.get('data');
    if (event !== undefined && data !== undefined) {
        onEvent(event, fields.get('id'), JSON.parse(data));
    }
}
