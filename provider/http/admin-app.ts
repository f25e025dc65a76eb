import express, {
    type ErrorRequestHandler,
    type Express,
    type RequestHandler,
    type Router,
} from 'express';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { refuse } from '../../sdk/node';
import { healthRoutes, type PublicView, securityHeaders } from './public-app';

export interface AdminAppOptions {
    readonly view: Pick<PublicView, 'health' | 'unready'>;
    readonly registry: Pick<Registry, 'contentType' | 'metrics'>;
    /** What `GET /status` answers; amounts may be bigints. */
    readonly status: () => object;
    /** The owner's page, which sees to its own protection; there is none unless set. */
    readonly page?: Router | undefined;
    /** Where it listens: requests for any other host come from a page that was tricked. */
    readonly host: string;
    readonly logger: Logger;
}

const LOCAL_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * What the operator sees: `GET /metrics` for Prometheus, `GET /status` as JSON, `/health` and
 * `/ready`, none of which changes anything, and the owner's page. It answers no page of another
 * origin, and belongs on the loopback interface.
 */
export function adminApp(options: AdminAppOptions): Express {
    const { view, registry, status, page, host, logger } = options;
    const app = express();
    app.disable('x-powered-by');
    app.use(securityHeaders, onlyFor(host));
    app.use(healthRoutes(view));
    app.get('/metrics', async (_request, response) => {
        response.type(registry.contentType).send(await registry.metrics());
    });
    app.get('/status', (_request, response) => {
        response.type('application/json').send(toJson(status()));
    });
    if (page !== undefined) app.use(page);
    app.use((request, response) => {
        refuse(response, 404, `There is no route ${request.method} ${request.path}.`);
    });
    app.use(((error: unknown, _request, response, next) => {
        if (response.headersSent) return next(error);
        logger.warn({ err: error }, 'a request of the operator failed');
        refuse(response, 500, 'Internal error.');
    }) satisfies ErrorRequestHandler);
    return app;
}

/** JSON with amounts as decimal text. */
export function toJson(value: object): string {
    return JSON.stringify(value, (_key, part: unknown) =>
        typeof part === 'bigint' ? part.toString() : part,
    );
}

/** Names that lead to this machine by a trick of DNS are not its own. */
function onlyFor(host: string): RequestHandler {
    return (request, response, next) => {
        const asked = request.hostname.replace(/^(?!\[)(.*:.*)$/, '[$1]');
        if (asked === host || asked === `[${host}]` || LOCAL_HOSTS.has(asked)) return next();
        refuse(response, 421, 'This is not the host that was asked for.');
    };
}
