import { Router } from 'express';
import type { Logger } from 'pino';
import { version } from '../../package.json';
import { type Explorer, EXPLORER_PATH, startExplorer } from '../../explorer';
import type { Session } from './session';
import { indexFolder } from './setup';

/** An explorer of the market that a node serves with what it serves itself. */
export interface NodeExplorer {
    readonly routes: Router;
    start(): void;
    stop(): Promise<void>;
}

/** The explorer of a node: its routes answer as soon as it has started. */
export function openExplorer({ config, network, setup }: Session, logger: Logger): NodeExplorer {
    const { publicEndpoint, requestsPerMinute } = config.provider.explorer;
    let running: Explorer | undefined;
    const routes = Router().use(EXPLORER_PATH, (request, response, next) =>
        running === undefined ? next() : running.routes(request, response, next),
    );
    return {
        routes,
        start() {
            running = startExplorer({
                ...{ chain: network.chain, deployment: network.deployment, logger, version },
                folder: indexFolder(config.home, network.market.address),
                network: { name: network.name, id: network.id },
                stake: setup.stake,
                publicEndpoint,
                requestsPerMinute,
            });
        },
        stop: async () => {
            await running?.stop();
            running = undefined;
        },
    };
}
