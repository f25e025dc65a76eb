import { createHash } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import type * as z from 'zod';
import { refuse } from '../../sdk/node';
import type { ExplorerStatus } from '../wire';
import { daysQuery, jobPath, jobsQuery, nothingQuery, stakePath, stakesQuery } from './queries';
import type { NewsStream } from './stream';
import type { Views } from './views';

export interface ExplorerRoutesOptions {
    readonly views: Views;
    readonly status: () => ExplorerStatus;
    readonly stream: NewsStream;
    /** Requests of one address a minute; 600 unless set. */
    readonly requestsPerMinute?: number | undefined;
}

/** Where the API stands below the folder of the explorer. */
export const API_PATH = '/api/v1';

/**
 * What the index answers, for reading alone and for pages of any origin: `GET /status`, `/jobs`,
 * `/jobs/<escrow>/<id>`, `/stakes`, `/stakes/<stake>`, `/models`, `/days`, `/parameters` and
 * `/stream`.
 */
export function explorerRoutes(options: ExplorerRoutesOptions): Router {
    const { views, status, stream, requestsPerMinute = 600 } = options;
    const router = Router();
    router.use(
        forAnyPage,
        rateLimit({
            windowMs: 60_000,
            limit: requestsPerMinute,
            standardHeaders: 'draft-8',
            legacyHeaders: false,
            validate: false,
            handler: (_request, response) =>
                refuse(response, 429, 'Too many requests; wait a minute.'),
        }),
    );
    router.get('/status', (request, response) => {
        parsed(nothingQuery, request.query, response, () => answer(request, response, status()));
    });
    router.get('/jobs', (request, response) => {
        parsed(jobsQuery, request.query, response, (query) =>
            answer(request, response, views.jobs(query)),
        );
    });
    router.get('/jobs/:escrow/:jobId', (request, response) => {
        parsed(jobPath, request.params, response, ({ escrow, jobId }) => {
            const job = views.job(escrow, jobId);
            if (job === undefined) return refuse(response, 404, 'This index has no such job.');
            answer(request, response, job);
        });
    });
    router.get('/stakes', (request, response) => {
        parsed(stakesQuery, request.query, response, (query) =>
            answer(request, response, views.stakes(query)),
        );
    });
    router.get('/stakes/:stake', (request, response) => {
        parsed(stakePath, request.params, response, ({ stake }) => {
            const found = views.stake(stake);
            if (found === undefined) return refuse(response, 404, 'This index has no such stake.');
            answer(request, response, found);
        });
    });
    router.get('/models', (request, response) => {
        parsed(nothingQuery, request.query, response, () =>
            answer(request, response, views.models()),
        );
    });
    router.get('/days', (request, response) => {
        parsed(daysQuery, request.query, response, (query) =>
            answer(request, response, views.days(query)),
        );
    });
    router.get('/parameters', (request, response) => {
        const parameters = views.parameters();
        if (parameters === undefined) {
            return refuse(response, 503, 'The parameters have not been read yet.');
        }
        answer(request, response, parameters);
    });
    router.get('/stream', stream);
    return router;
}

/** Pages of other origins may read, and nothing else. */
const forAnyPage: RequestHandler = (request, response, next) => {
    response.set({
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': 'ETag, RateLimit, RateLimit-Policy, Retry-After',
        'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    if (request.method === 'OPTIONS') {
        response.set({
            'Access-Control-Allow-Methods': 'GET',
            'Access-Control-Allow-Headers': 'If-None-Match',
            'Access-Control-Max-Age': '86400',
        });
        response.status(204).end();
        return;
    }
    next();
};

/** Answers with JSON and its hash; a reader that has it already gets nothing but that word. */
function answer(request: Request, response: Response, body: object): void {
    const json = JSON.stringify(body);
    const tag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`;
    response.set({ ETag: tag, 'Cache-Control': 'no-cache' });
    if (request.headers['if-none-match'] === tag) {
        response.status(304).end();
        return;
    }
    response.type('application/json').send(json);
}

function parsed<S extends z.ZodType>(
    schema: S,
    given: unknown,
    response: Response,
    work: (value: z.output<S>) => void,
): void {
    const result = schema.safeParse(given);
    if (!result.success) {
        const [issue] = result.error.issues;
        const where = issue?.path.join('.') ?? '';
        return refuse(response, 400, `${where} ${issue?.message ?? 'is not understood'}`.trim());
    }
    try {
        work(result.data);
    } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refuse(response, 400, error.message);
    }
}
