import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import * as z from 'zod';
import { isHashHex } from '../../protocol';
import { refuse } from '../../sdk/node';
import { toJson } from '../http';
import type { Pricing } from '../pricing';
import type { NodeState } from '../state';
import { bookRoutes } from './book-routes';
import { createGuard } from './guard';
import type { LogTail } from './log-tail';
import type { OwnerView } from './owner-view';
import { pageFiles, pageHeaders } from './page-files';
import { createPreferencesDesk, type PreferencesStore } from './preferences-desk';
import { smallJson } from './small-json';
import { createLiveStream } from './stream';

/** What the owner's page needs beside the node. */
export interface PageOptions {
    /** 32 random bytes as text: who has them may see and change all that the page does. */
    readonly token: () => string;
    readonly preferences: PreferencesStore;
    readonly log: LogTail;
    /** Where the files of the page are; where a build puts them unless set. */
    readonly folder?: string;
    /** Between two looks at the node while somebody has the page open, milliseconds; 1,000 unless set. */
    readonly everyMs?: number;
    /** What a verifier on the same stake tells; undefined while there is none. */
    readonly checks?: () => object | undefined;
    /** More of `/api`, behind the same guard; undefined answers are looked for elsewhere. */
    readonly more?: RequestHandler;
}

export interface OwnerPageOptions extends PageOptions {
    readonly view: () => OwnerView;
    readonly state: Pick<NodeState, 'ledger' | 'costs' | 'quarantine'>;
    readonly pricing: Pricing;
    readonly processes: number;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    readonly logger: Logger;
}

const changesSchema = z.strictObject({
    changes: z.record(
        z.string().max(100),
        z.union([
            z.null(),
            z.boolean(),
            z.number(),
            z.string().max(2_000),
            z.array(z.string().max(100)).max(100),
        ]),
    ),
    revision: z.string().max(32).optional(),
});

/**
 * The owner's page: its files, and under `/api` what it shows and changes. Everything there needs
 * the token; what changes something is no GET, and comes from no other page.
 */
export function ownerPage(options: OwnerPageOptions): Router {
    const { view, state, log, now, logger, token } = options;
    const guard = createGuard({ token, now });
    const preferences = createPreferencesDesk(options.preferences);
    const stream = createLiveStream({
        ...{ view, log, everyMs: options.everyMs },
        run: String(now()),
    });
    const api = Router();
    api.use('/api', pageHeaders, guard.onlyOwnPage);
    api.use(guard.routes);
    api.use('/api', guard.onlyOwner);
    api.get('/api/state', (_request, response) => {
        response.type('application/json').send(toJson(view()));
    });
    api.get('/api/stream', stream);
    api.get('/api/logs', (request, response) => {
        const after = z.coerce.number().int().min(0).default(0).safeParse(request.query['after']);
        if (!after.success) return refuse(response, 400, 'Ask with ?after=<number of a line>.');
        response.json({ last: log.last, lines: log.after(after.data) });
    });
    api.get('/api/preferences', async (_request, response) => {
        response.json(await preferences.view());
    });
    api.put('/api/preferences', smallJson, async (request, response) => {
        const body = changesSchema.safeParse(request.body);
        if (!body.success) {
            return refuse(response, 400, 'Send {"changes": {"<preference>": <value or null>}}.');
        }
        const { changes, revision } = body.data;
        const result = await preferences.change(changes, revision);
        if (result.kind === 'refused') {
            return void response.status(422).json({
                ok: false,
                error: result.errors[0]?.message ?? 'The preferences were not changed.',
                errors: result.errors,
            });
        }
        if (result.kind === 'moved') {
            const error = 'The preferences were changed elsewhere meanwhile. Look at them again.';
            return void response.status(409).json({ ok: false, error, ...result.view });
        }
        logger.info({ preferences: Object.keys(changes) }, 'preferences changed on the page');
        response.json(result.view);
    });
    api.post('/api/models/:model/lift', (request, response) => {
        const { model } = request.params;
        if (!isHashHex(model)) return refuse(response, 400, 'A model is named by its hash.');
        if (!state.quarantine.lift(model)) {
            return refuse(response, 404, 'Nothing is held against this model.');
        }
        logger.info({ model }, 'quarantine lifted on the page');
        response.json({ ok: true });
    });
    const { ledger, costs } = state;
    const { pricing, processes } = options;
    api.use(bookRoutes({ ledger, costs, pricing, processes, now }));
    if (options.more !== undefined) api.use(options.more);
    api.use('/api', ((error: unknown, _request, response, next) => {
        if (response.headersSent) return next(error);
        logger.warn({ err: error }, 'a request of the page failed');
        refuse(response, 500, 'Internal error. See the log of the node.');
    }) satisfies ErrorRequestHandler);
    return Router().use(pageFiles(options.folder), api);
}
