import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, {
    type ErrorRequestHandler,
    type Express,
    type Request,
    type Response,
    type RequestHandler,
} from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { CocoonError } from '../protocol';
import { NotFoundError, PortInUseError, RequestError } from './errors';
import { type Method, type MethodContext, methods, parse } from './toncenter';

/** Largest request body; an external message is at most 64 kB. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Routes besides those of toncenter. */
export type Routes = (app: Express) => void;

const rpcBody = z.object({
    id: z.union([z.string(), z.number(), z.null()]).default(null),
    jsonrpc: z.string().optional(),
    method: z.string(),
    params: z.record(z.string(), z.unknown()).default({}),
});

/** The HTTP interface: toncenter v2 under /api/v2, and further routes. */
export function createApp(context: MethodContext, routes: Routes, logger: Logger): Express {
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.use(allowAnyOrigin);
    // Whatever the content type says: the body of every POST is JSON.
    app.use(express.json({ limit: MAX_BODY_BYTES, type: () => true, strict: false }));

    app.post('/api/v2/jsonRPC', async (request, response) => {
        const call = rpcIdentity(request.body);
        try {
            const { method: name, params } = parse(rpcBody, request.body);
            const result = await methodNamed(name).run(context, params);
            response.json({ ok: true, result, ...call });
        } catch (error) {
            fail(response, error, logger, call);
        }
    });
    app.get('/api/v2/:method', async (request: Request<{ method: string }>, response) => {
        const method = methodNamed(request.params.method);
        if (!method.get) return refuse(response, 'POST', `${request.params.method} is a POST.`);
        response.json({ ok: true, result: await method.run(context, request.query) });
    });
    app.post('/api/v2/:method', async (request: Request<{ method: string }>, response) => {
        const params: unknown = request.body ?? {};
        const result = await methodNamed(request.params.method).run(context, params);
        response.json({ ok: true, result });
    });
    routes(app);
    app.use((request) => {
        const hint = 'POST /api/v2/jsonRPC, or see the table of routes in docs/devnet.md.';
        throw new NotFoundError(`There is no route ${request.method} ${request.path}.`, hint);
    });
    app.use(errorHandler(logger));
    return app;
}

/** Listens, or throws a PortInUseError. */
export async function listen(app: Express, host: string, port: number): Promise<Server> {
    const server = createServer(app);
    await new Promise<void>((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
            reject(error.code === 'EADDRINUSE' ? new PortInUseError(host, port, error) : error);
        });
        server.listen(port, host, resolve);
    });
    return server;
}

/** The port of a listening server. */
export function portOf(server: Server): number {
    return (server.address() as AddressInfo).port;
}

/** Closes a server and the connections that clients keep open. */
export async function close(server: Server): Promise<void> {
    await new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
    });
}

/** Refuses a request with 405. */
export function refuse(response: Response, allow: string, error: string): void {
    response.status(405).set('Allow', allow).json({ ok: false, error, code: 405 });
}

const allowAnyOrigin: RequestHandler = (request, response, next) => {
    response.set({
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
        'Access-Control-Allow-Headers':
            request.get('Access-Control-Request-Headers') ?? 'Content-Type, X-API-Key',
        'Access-Control-Max-Age': '600',
    });
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
};

function methodNamed(name: string): Method {
    const method = methods.get(name);
    if (method !== undefined) return method;
    const hint = `These methods exist: ${[...methods.keys()].sort().join(', ')}.`;
    throw new NotFoundError(`There is no method ${name}.`, hint);
}

/** What a reply repeats of its call, also when the rest of the call is malformed. */
function rpcIdentity(body: unknown): { id: unknown; jsonrpc: string } {
    const call = z.object({ id: rpcBody.shape.id }).safeParse(body);
    return { id: call.data?.id ?? null, jsonrpc: '2.0' };
}

function errorHandler(logger: Logger): ErrorRequestHandler {
    // Express tells error handlers from others by their four parameters.
    return (error: unknown, _request, response, _next) => {
        fail(response, error, logger);
    };
}

function fail(response: Response, error: unknown, logger: Logger, call = {}): void {
    const known = describe(error);
    if (known.code >= 500) logger.warn({ err: error }, 'a request failed');
    response.status(known.code).json({ ok: false, ...known, ...call });
}

function describe(error: unknown): { error: string; hint?: string; code: number } {
    if (error instanceof CocoonError) {
        const code = error instanceof RequestError ? error.status : 500;
        return { error: error.message, hint: error.hint, code };
    }
    // The body parser's errors carry their status: 400 for what is not JSON, 413 for too much.
    const parsed = z
        .object({ status: z.number().int().min(400).max(499), message: z.string() })
        .safeParse(error);
    if (parsed.success) return { error: parsed.data.message, code: parsed.data.status };
    return { error: error instanceof Error ? error.message : String(error), code: 500 };
}
