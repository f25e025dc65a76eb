import type { Request, Response } from 'express';
import { refuse } from '../../sdk/node';

/** Server-Sent Events about an index: `news` names the jobs that changed. */
export interface NewsStream {
    (request: Request, response: Response): void;
    /** Tells all listeners which jobs changed, as `escrow/id`. */
    tell(jobs: readonly string[], chainTime: number): void;
    /** Ends all of them. */
    close(): void;
}

const MOST_LISTENERS = 200;
/** Who reads no faster is cut off, bytes. */
const MOST_WAITING = 1024 ** 2;
const HEARTBEAT_MS = 15_000;
/** More are told as "many": the reader asks for what it shows. */
const MOST_JOBS = 50;
const RETRY_MS = 3_000;

/** @see NewsStream */
export function createNewsStream(): NewsStream {
    const listeners = new Set<Response>();
    let timer: NodeJS.Timeout | undefined;
    let news = 0;

    const say = (text: string) => {
        for (const response of listeners) {
            if (response.writableLength > MOST_WAITING) response.destroy();
            else response.write(text);
        }
    };
    const stream = (request: Request, response: Response) => {
        if (listeners.size >= MOST_LISTENERS) {
            return refuse(response, 503, 'Too many listeners; ask for what you need instead.');
        }
        response.writeHead(200, {
            'Content-Type': 'text/event-stream',
            'Cache-Control': 'no-store',
            'X-Accel-Buffering': 'no',
        });
        if (request.method === 'HEAD') return void response.end();
        response.write(`retry: ${RETRY_MS}\n\n`);
        listeners.add(response);
        response.on('close', () => {
            listeners.delete(response);
            if (listeners.size > 0) return;
            clearInterval(timer);
            timer = undefined;
        });
        timer ??= setInterval(() => say(': alive\n\n'), HEARTBEAT_MS).unref();
    };
    return Object.assign(stream, {
        tell: (jobs: readonly string[], chainTime: number) => {
            news++;
            const many = jobs.length > MOST_JOBS;
            const data = JSON.stringify({ chainTime, many, jobs: many ? [] : jobs });
            say(`id: ${news}\nevent: news\ndata: ${data}\n\n`);
        },
        close: () => {
            clearInterval(timer);
            for (const response of listeners) response.end();
        },
    });
}
