import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, {
    type ErrorRequestHandler,
    type Express,
    type RequestHandler,
    type Response,
    Router,
} from 'express';
import type { Logger } from 'pino';
import { CocoonError, isHashHex } from '../../protocol';
import { type BlobStore, READ_BYTES } from './blob-store';
import { BlobStoreError } from './blob-store-errors';

export interface BlobRoutesOptions {
    readonly blobs: BlobStore;
    /**
     * What strangers may give: blobs up to this size, bytes. Undefined: nothing. What they give
     * is dropped first when room is needed.
     */
    readonly acceptUpTo?: number;
    /** Uploads at a time; 16 unless set. */
    readonly maxUploads?: number;
}

const STATUS: Record<BlobStoreError['code'], number> = {
    BLOB_HASH_MISMATCH: 422,
    BLOB_TOO_LARGE: 413,
    BLOB_STORE_FULL: 507,
    BLOB_NOT_ADOPTED: 500,
};

/** Routes `GET` and `PUT /blobs/<sha256>`. */
export function blobRoutes(options: BlobRoutesOptions): Router {
    const { blobs, acceptUpTo, maxUploads = 16 } = options;
    const router = Router();
    let uploads = 0;
    router.get('/blobs/:sha256', async (request, response, next) => {
        const { sha256 } = request.params;
        if (!isHashHex(sha256) || !(await blobs.verify(sha256))) {
            return refuse(response, 404, 'There is no such blob here.');
        }
        const headers = {
            'Content-Type': 'application/octet-stream',
            'X-Content-Type-Options': 'nosniff',
            ETag: `"${sha256}"`,
        };
        const found = blobs.locate(sha256);
        if (found === undefined) return refuse(response, 404, 'There is no such blob here.');
        const { path, offset, length } = found;
        // The end is included, so that an empty part cannot be told; it is a file of its own.
        const part = length > 0 && { start: offset, end: offset + length - 1 };
        const caching = { immutable: true, maxAge: '1y' } as const;
        // Reading in larger pieces is an option of the stream, which it is passed on to.
        const stream = { highWaterMark: READ_BYTES, ...part };
        const options = { dotfiles: 'allow', headers, ...caching, ...stream } as const;
        response.sendFile(path, options, (error) => {
            // After the first byte there is nobody to tell: the reader left, or sees the hash.
            if (error !== undefined && !response.headersSent) next(error);
        });
    });
    router.put('/blobs/:sha256', async (request, response) => {
        const { sha256 } = request.params;
        if (acceptUpTo === undefined) return refuse(response, 405, 'This store takes no blobs.');
        if (!isHashHex(sha256)) return refuse(response, 400, 'A blob is named by its SHA-256.');
        if (blobs.has(sha256)) return void response.status(200).json({ ok: true });
        if (uploads >= maxUploads) return refuse(response, 503, 'Too many uploads at a time.');
        uploads++;
        try {
            await blobs.receive(sha256, request, acceptUpTo);
            response.status(201).json({ ok: true });
        } finally {
            uploads--;
        }
    });
    return router;
}

/** An express app with the given routes, CORS for reads and uploads, and JSON errors. */
export function createApp(routes: readonly Router[], logger: Logger): Express {
    const app = express();
    app.disable('x-powered-by');
    app.use(allowAnyOrigin);
    for (const router of routes) app.use(router);
    app.use((request, response) => {
        refuse(response, 404, `There is no route ${request.method} ${request.path}.`);
    });
    app.use(errorHandler(logger));
    return app;
}

/** Refuses a request, with the reason as JSON. */
export function refuse(response: Response, status: number, error: string): void {
    response.status(status).json({ ok: false, error });
}

/** A server that listens. */
export interface Listening {
    /** Without a slash at the end. */
    readonly url: string;
    /** Closes the port and all connections. May be called again. */
    close(): Promise<void>;
}

/**
 * Listens on a port; 0 takes a free one.
 *
 * @throws the error of the system when the port is taken
 */
export async function listen(app: Express, port = 0, host = '127.0.0.1'): Promise<Listening> {
    const server: Server = createServer(app);
    await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
    });
    const { port: taken } = server.address() as AddressInfo;
    let closed: Promise<void> | undefined;
    return {
        url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
        close: () =>
            (closed ??= new Promise((resolve, reject) => {
                server.close((error) => (error === undefined ? resolve() : reject(error)));
                server.closeAllConnections();
            })),
    };
}

/**
 * A blob server of its own, such as a client's for its inputs: it serves what is in the store and
 * takes nothing.
 */
export function serveBlobs(
    blobs: BlobStore,
    options: { readonly port?: number; readonly host?: string; readonly logger: Logger },
): Promise<Listening> {
    const app = createApp([blobRoutes({ blobs })], options.logger);
    return listen(app, options.port, options.host);
}

const allowAnyOrigin: RequestHandler = (request, response, next) => {
    response.set({
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Methods': 'GET, PUT, OPTIONS',
        'Access-Control-Allow-Headers': 'Content-Type',
        'Access-Control-Max-Age': '600',
    });
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
};

function errorHandler(logger: Logger): ErrorRequestHandler {
    // Express tells error handlers from others by their four parameters.
    return (error: unknown, request, response, next) => {
        if (response.headersSent) return next(error);
        const status = error instanceof BlobStoreError ? STATUS[error.code] : 500;
        if (status >= 500) logger.warn({ err: error }, 'a request failed');
        // What was not read of the body would be taken for the next request.
        if (!request.complete) response.set('Connection', 'close');
        refuse(response, status, error instanceof CocoonError ? error.message : 'Internal error.');
    };
}
