import { Router } from 'express';
import type { Logger } from 'pino';
import type { Address } from '@ton/core';
import { isCocoonError } from '../protocol';
import type { Chain } from '../sdk';
import type { Deployment } from '../wrappers';
import { createIndexer } from './follow/indexer';
import { explorerPage } from './http/page';
import { API_PATH, explorerRoutes } from './http/routes';
import { createNewsStream } from './http/stream';
import { createViews, type Views } from './http/views';
import { openStore } from './store/store';
import type { ExplorerStatus } from './wire';

export interface ExplorerOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** Of the index; made if it is not there. */
    readonly folder: string;
    /** Name and global id of the network, for people. */
    readonly network: { readonly name: string; readonly id: number };
    /** The Stake of the node that serves this, where it is one. */
    readonly stake?: Address | undefined;
    /** JSON-RPC of a toncenter v2 that browsers may ask; none unless set. */
    readonly publicEndpoint?: string | undefined;
    readonly version: string;
    readonly pollMs?: number | undefined;
    readonly requestsPerMinute?: number | undefined;
    /** Folder of the built pages; that of the package unless set. */
    readonly pages?: string | undefined;
    readonly logger?: Logger | undefined;
    /** Makes the index from the chain again. */
    readonly rebuild?: boolean | undefined;
}

/** Where an explorer is served. */
export const EXPLORER_PATH = '/explorer';

/** An index that follows a market, and what serves it. */
export interface Explorer {
    /** Page and API, to be mounted on a path of their own. */
    readonly routes: Router;
    readonly views: Views;
    status(): ExplorerStatus;
    /** May be called again. */
    stop(): Promise<void>;
}

/**
 * Starts to follow a market. What fails is tried again until it is stopped, and `status` says why.
 *
 * @throws IndexDamagedError
 */
export function startExplorer(options: ExplorerOptions): Explorer {
    const { deployment, folder, network, stake, publicEndpoint, version, logger } = options;
    const market = deployment.market.toString();
    const store = openStore({ folder, market });
    if (options.rebuild === true) store.clear();
    const ending = new AbortController();
    const stream = createNewsStream();
    const indexer = createIndexer({
        chain: options.chain,
        deployment,
        store,
        pollMs: options.pollMs,
        onNews: (jobs) => stream.tell(jobs, indexer.chainTime),
        onTrouble: (error) => logger?.warn({ err: error }, 'a look at the market failed'),
        signal: ending.signal,
    });
    const views = createViews(store, market, () => indexer.chainTime);
    const status = (): ExplorerStatus => {
        const trouble = troubleOf(indexer.trouble);
        return {
            format: 'cocoon.explorer/1',
            version,
            network: network.name,
            networkId: network.id,
            market,
            ...(stake !== undefined && { stake: stake.toString() }),
            ...(publicEndpoint !== undefined && { endpoint: publicEndpoint }),
            chainTime: indexer.chainTime,
            caughtUp: indexer.caughtUp,
            ...views.status(),
            ...(trouble !== undefined && { trouble }),
        };
    };
    const api = explorerRoutes({
        ...{ views, status, stream },
        requestsPerMinute: options.requestsPerMinute,
    });
    const routes = Router().use(API_PATH, api).use(explorerPage(options.pages));
    const running = indexer.run();
    let stopped: Promise<void> | undefined;
    const stop = async () => {
        ending.abort();
        stream.close();
        await running;
        await store.close();
    };
    return { routes, views, status, stop: () => (stopped ??= stop()) };
}

/** Strangers read it: of errors that are not the project's own they get no words. */
function troubleOf(error: unknown): string | undefined {
    if (error === undefined) return undefined;
    return isCocoonError(error) ? error.message : 'The last look failed.';
}
