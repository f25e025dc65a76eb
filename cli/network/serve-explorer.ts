import { Router } from 'express';
import type { Logger } from 'pino';
import { type Explorer, EXPLORER_PATH } from '../../explorer';
import { listenGuarded } from '../../provider/http';
import { createApp, type Listening } from '../../sdk/node';

/** An explorer on a port of its own. */
export interface ServedExplorer extends Listening {
    /** Of its page, with a slash at the end. */
    readonly pageUrl: string;
}

/** Serves an index with its API and its page; whoever comes to the root is led there. */
export async function serveExplorer(
    explorer: Explorer,
    at: { readonly port: number; readonly host: string },
    logger: Logger,
): Promise<ServedExplorer> {
    const routes = Router()
        .get('/', (_request, response) => response.redirect(302, `${EXPLORER_PATH}/`))
        .use(EXPLORER_PATH, explorer.routes);
    const server = await listenGuarded(createApp([routes], logger), at);
    return {
        url: server.url,
        pageUrl: `${server.url}${EXPLORER_PATH}/`,
        close: () => server.close(),
    };
}
