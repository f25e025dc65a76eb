import type { Request, Response } from 'express';
import { refuse } from '../../sdk/node';
import { toJson } from '../http';
import type { LogTail } from './log-tail';

export interface LiveStreamOptions {
    /** What is told when it changes. */
    readonly view: () => object;
    readonly log: Pick<LogTail, 'after' | 'last'>;
    /** Names this run of the node: numbers of another one mean nothing. */
    readonly run: string;
    /** Between two looks, milliseconds; a second unless set. */
    readonly everyMs?: number | undefined;
    /** Of silence until a comment says that the stream lives, milliseconds; 15 seconds unless set. */
    readonly heartbeatMs?: number | undefined;
}

/** Answers `GET /api/stream`. */
export type LiveStream = (request: Request, response: Response) => void;

/** What a listener has been told, as the id of the last event. */
interface Place {
    readonly state: number;
    readonly log: number;
}

interface Listener {
    readonly response: Response;
    place: Place;
    spokenAt: number;
}

const MOST_LISTENERS = 16;
/** Who reads no faster is cut off, bytes. */
const MOST_WAITING = 4 * 1024 ** 2;
const RETRY_MS = 2_000;

/**
 * Server-Sent Events: `state` whenever the view is another one than before, `log` with new lines.
 * A reader that comes back with `Last-Event-ID` gets what it has missed. Looks only while somebody
 * listens.
 */
export function createLiveStream(options: LiveStreamOptions): LiveStream {
    const { view, log, run, everyMs = 1_000, heartbeatMs = 15_000 } = options;
    const listeners = new Set<Listener>();
    let timer: NodeJS.Timeout | undefined;
    let json = '';
    let revision = 0;

    const look = () => {
        const now = toJson(view());
        if (now === json) return;
        json = now;
        revision++;
    };
    const speak = (listener: Listener) => {
        const { response, place } = listener;
        const lines = log.after(place.log);
        const beats = Date.now() - listener.spokenAt >= heartbeatMs;
        if (response.writableLength > MOST_WAITING) return response.destroy();
        if (place.state === revision && lines.length === 0 && !beats) return;
        listener.spokenAt = Date.now();
        listener.place = { state: revision, log: log.last };
        const id = `id: ${run}.${revision}.${log.last}\n`;
        if (place.state !== revision) response.write(`${id}event: state\ndata: ${json}\n\n`);
        if (lines.length > 0) {
            response.write(`${id}event: log\ndata: ${JSON.stringify(lines)}\n\n`);
        }
        if (place.state === revision && lines.length === 0) response.write(': alive\n\n');
    };
    const tick = () => {
        look();
        for (const listener of listeners) speak(listener);
    };

    return (request, response) => {
        if (listeners.size >= MOST_LISTENERS) {
            return refuse(response, 503, 'The page is open too often; close some of them.');
        }
        response.writeHead(200, {
            'Content-Type': 'text/event-stream',
            'Cache-Control': 'no-store',
            'X-Accel-Buffering': 'no',
        });
        if (request.method === 'HEAD') return void response.end();
        response.write(`retry: ${RETRY_MS}\n\n`);
        const place = placeOf(request.get('Last-Event-ID'), run);
        const listener: Listener = { response, place, spokenAt: Date.now() };
        listeners.add(listener);
        response.on('close', () => {
            listeners.delete(listener);
            if (listeners.size > 0) return;
            clearInterval(timer);
            timer = undefined;
        });
        look();
        speak(listener);
        timer ??= setInterval(tick, everyMs).unref();
    };
}

function placeOf(id: string | undefined, run: string): Place {
    const [of, state, log] = (id ?? '').split('.');
    const known = of === run && /^\d{1,12}$/.test(state ?? '') && /^\d{1,12}$/.test(log ?? '');
    return known ? { state: Number(state), log: Number(log) } : { state: 0, log: 0 };
}
