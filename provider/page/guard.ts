import { type Request, type RequestHandler, type Response, Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import { refuse } from '../../sdk/node';
import { createSessions, type Session } from './sessions';
import { smallJson } from './small-json';

export interface GuardOptions {
    /** 32 random bytes as text, which the owner holds; asked for each time. */
    readonly token: () => string;
    /** Milliseconds since 1970. */
    readonly now: () => number;
}

/** What stands before all that only the owner of the node may see or change. */
export interface Guard {
    /** `POST /api/session` takes the token and opens a session, `DELETE` ends it. */
    readonly routes: Router;
    /** Lets sessions pass, and who brings the token as `Authorization: Bearer`. */
    readonly onlyOwner: RequestHandler;
    /** Refuses what comes from pages of others, and changes without an origin but with a cookie. */
    readonly onlyOwnPage: RequestHandler;
}

/** Wrong tokens in a minute, from wherever. 256 random bits are not guessed by then. */
const WRONG_PER_MINUTE = 20;
const KEY_HEADER = 'x-cocoon-key';
const READS = new Set(['GET', 'HEAD']);

export function createGuard({ token, now }: GuardOptions): Guard {
    const sessions = createSessions(token, now);
    const limit = rateLimit({
        windowMs: 60_000,
        limit: WRONG_PER_MINUTE,
        skipSuccessfulRequests: true,
        requestWasSuccessful: (_request, response) => response.statusCode !== 401,
        keyGenerator: () => 'all',
        legacyHeaders: false,
        validate: false,
        handler: (_request, response) => {
            refuse(response, 429, 'Too many wrong tokens; wait a minute.');
        },
    });
    const wrong = (response: Response) => {
        refuse(response, 401, 'Open the page with the link of "cocoon-provider page".');
    };

    const onlyOwner: RequestHandler = (request, response, next) => {
        const given = bearerOf(request);
        if (given === undefined) {
            return sessions.holds(sessionOf(request)) ? next() : wrong(response);
        }
        void limit(request, response, () => {
            if (sessions.isToken(given)) next();
            else wrong(response);
        });
    };

    const onlyOwnPage: RequestHandler = (request, response, next) => {
        const { origin, host = '' } = request.headers;
        const site = request.headers['sec-fetch-site'];
        const foreign =
            (origin !== undefined && origin !== `http://${host}`) ||
            (site !== undefined && site !== 'same-origin' && site !== 'none');
        // Browsers name the origin of each change; programs bring the token instead.
        const unnamed =
            origin === undefined && !READS.has(request.method) && bearerOf(request) === undefined;
        if (foreign || unnamed) return refuse(response, 403, 'This comes from another page.');
        next();
    };

    const routes = Router();
    routes.post('/api/session', limit, smallJson, (request, response) => {
        const { token: given } = (request.body ?? {}) as { readonly token?: unknown };
        if (typeof given !== 'string' || !sessions.isToken(given)) return wrong(response);
        const { cookie, key } = sessions.open();
        response.cookie(cookieName(request), cookie, {
            ...COOKIE,
            maxAge: sessions.lengthMs,
        });
        response.json({ key });
    });
    routes.delete('/api/session', (request, response) => {
        sessions.end(sessionOf(request));
        response.clearCookie(cookieName(request), COOKIE).status(204).end();
    });
    return { routes, onlyOwner, onlyOwnPage };
}

/** Not `secure`: the page is served over plain HTTP from the loopback interface alone. */
const COOKIE = { httpOnly: true, sameSite: 'strict', path: '/api' } as const;

/** Nodes on several ports of one host would take each other's cookies away. */
function cookieName({ headers: { host = '' } }: Request): string {
    return `cocoon-page-${/:(\d+)$/.exec(host)?.[1] ?? '80'}`;
}

function sessionOf(request: Request): Session {
    const name = cookieName(request);
    const cookies = (request.headers.cookie ?? '').split(';').map((part) => part.trim());
    const cookie = cookies.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
    return { cookie: cookie ?? '', key: request.get(KEY_HEADER) ?? '' };
}

function bearerOf(request: Request): string | undefined {
    return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
}
