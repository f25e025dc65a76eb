import type { Logger } from 'pino';
import { version } from '../../package.json';
import { createProvider, openState, type PageOptions, type Provider } from '../../provider';
import { listenGuarded } from '../../provider/http';
import type { PacedRuntime } from '../../runtime';
import { isPeerUrl, withPeers } from '../../sdk';
import { createBlobStore } from '../../sdk/node';
import {
    checksView,
    createVerifier,
    sentenceOf,
    type Verifier,
    type VerifierOptions,
} from '../../verifier';
import type { ProviderConfig } from '../config';
import { createClientPeers } from '../network';
import { certificateStore } from './certificate-store';
import { openExplorer } from './explorer';
import { createNarrator, nameOf } from './narrate';
import { createNodeGovernor } from './node-governor';
import { nodeOptions, pricingOf, processesOf } from './node-options';
import { openChecks, openJobs, type OpenWork } from './open-work';
import type { Session } from './session';
import { createPeers } from './peers';
import { publicUrl } from './public-url';
import { blobFolder, checksFolder, partialFolder, stateFolder } from './setup';
import { verifierApp } from './verifier-app';

/** What a node does with its stake. */
export type Role = ProviderConfig['roles'][number];

export interface NodeRequest {
    readonly session: Session;
    readonly roles: readonly Role[];
    readonly secretKey: Buffer;
    readonly secret: Uint8Array;
    readonly runtime: PacedRuntime;
    readonly logger: Logger;
    readonly minFreeBytes: number;
    /** The owner's page. */
    readonly page: PageOptions;
    /** Told what happens, with a sentence where its owner may want to know. */
    readonly tell: (event: object, text: string | undefined) => void;
}

/** A node in the roles of its owner's choice. */
export interface RoleNode {
    start(): Promise<{ readonly url: string | undefined; readonly adminUrl: string | undefined }>;
    /** Takes nothing new; resolves when nothing is left that a stop would interrupt. */
    drain(): Promise<void>;
    /** What it has begun. */
    openWork(): readonly OpenWork[];
    stop(): Promise<void>;
}

const GIB = 1024 ** 3;
const LOCALHOST = '127.0.0.1';

/** Puts a node together; in both roles they share sequence number, cores and warm models. */
export function createNode(request: NodeRequest): RoleNode {
    const { session, roles, runtime, logger, tell, secretKey, secret } = request;
    const { config, setup, network } = session;
    const { provider: settings, home } = config;
    const narrator = createNarrator(roles.includes('provide') ? 'jobs' : 'checks');
    const blobs = createBlobStore({
        folder: blobFolder(home),
        maxBytes: Math.floor(settings.limits.diskGiB * GIB),
    });
    let provider: Provider | undefined;
    const peers = settings.peers.on
        ? createPeers({
              settings: settings.peers,
              network,
              nodeKey: secretKey,
              blobs,
              partialFolder: partialFolder(home),
              certificate: certificateStore(home),
              logger,
          })
        : undefined;
    // Whoever checks has to reach all nodes, those without a URL too; nothing is joined before.
    const visiting = createClientPeers(network, settings.peers.join);
    const governor = createNodeGovernor({
        config,
        runtime,
        logger,
        ownBytes: () => blobs.usedBytes + (provider?.heldBytes ?? 0),
        relieve: () => provider?.trimModels(),
        onEvent: (event) => onNodeEvent(event),
    });
    const common = {
        governor,
        chain: network.chain,
        market: network.market.address,
        stake: setup.stake,
        network: network.id,
        nodeKey: secretKey,
        secret,
        runtime,
        blobs,
        fetch: withPeers(network.fetch, peers?.http ?? visiting.fetch),
        version,
        logger,
    };
    const onNodeEvent = (event: Parameters<typeof narrator.node>[0]) =>
        tell(event, narrator.node(event));
    const verifierWith = (shared?: Provider['shared']): Verifier =>
        createVerifier({
            ...common,
            ...verifierOptions(settings),
            reachesPeers: true,
            ...(peers !== undefined && { peers }),
            stateFolder: checksFolder(home, setup.stake),
            ...(shared !== undefined && { shared }),
            minFreeBytes: request.minFreeBytes,
            onEvent: (event) => {
                const text = sentenceOf(event);
                tell(event, text && `${nameOf(event)}: ${text}`);
            },
            onNodeEvent,
        });
    const endings: (() => Promise<void>)[] = [];
    const stop = async () => {
        for (const end of endings.splice(0).reverse()) await end();
    };
    const checking = async (verifier: Verifier) => {
        endings.push(() => verifier.stop());
        await verifier.start();
    };
    const joining = async () => {
        endings.push(() => visiting.stop());
        if (peers === undefined) return;
        endings.push(() => peers.stop());
        await peers.start();
    };
    if (!roles.includes('provide')) {
        let running: Verifier | undefined;
        return {
            async start() {
                // A stake has one sequence number: no provider may run on it beside.
                const folder = stateFolder(home, setup.stake);
                const state = await openState({ folder, stake: setup.stake, market: setup.market });
                endings.push(() => state.close());
                endings.push(() => governor.stop());
                await governor.start();
                await joining();
                const verifier = verifierWith();
                await checking(verifier);
                const processes = processesOf(settings);
                const app = verifierApp({
                    ...{ verifier, governor, state, stake: setup.stake, processes, logger },
                    ...{ page: request.page, pricing: pricingOf(settings), host: LOCALHOST },
                });
                const port = settings.http.adminPort;
                const admin = await listenGuarded(app, { port, host: LOCALHOST });
                endings.push(() => admin.close());
                running = verifier;
                return { url: undefined, adminUrl: admin.url };
            },
            drain: () => running?.drain() ?? Promise.resolve(),
            openWork: () => (running === undefined ? [] : openChecks(running.status())),
            stop,
        };
    }
    let verifier: Verifier | undefined;
    const options = nodeOptions(settings);
    const explorer = settings.explorer.on ? openExplorer(session, logger) : undefined;
    const working = createProvider({
        ...common,
        ...options,
        ...(explorer !== undefined && { http: { ...options.http, more: explorer.routes } }),
        ...(peers !== undefined && { peers }),
        byKeyOnly: isPeerUrl(publicUrl(config, setup.nodeKey)),
        stateFolder: stateFolder(home, setup.stake),
        minFreeBytes: request.minFreeBytes,
        page: {
            ...request.page,
            checks: () => verifier && checksView(verifier.status()),
            more: (asked, response, next) => {
                if (verifier === undefined) next();
                else verifier.pageRoutes(asked, response, next);
            },
        },
        moreMetrics: () => verifier?.registry,
        moreStatus: () => ({
            governor: governor.state,
            ...(verifier !== undefined && { verifier: verifier.status() }),
        }),
        onEvent: (event) => tell(event, narrator.job(event)),
        onNodeEvent,
    });
    return {
        async start() {
            if (explorer !== undefined) {
                endings.push(() => explorer.stop());
                explorer.start();
            }
            endings.push(() => governor.stop());
            // Before anything is bid for.
            await governor.start();
            await joining();
            endings.push(() => working.stop());
            await working.start();
            provider = working;
            endings.push(() => {
                provider = undefined;
                return Promise.resolve();
            });
            if (roles.includes('verify')) {
                const other = verifierWith(working.shared);
                await checking(other);
                verifier = other;
                // Its status ends before it does.
                endings.push(() => Promise.resolve((verifier = undefined)));
            }
            return { url: working.url, adminUrl: working.adminUrl };
        },
        async drain() {
            await Promise.all([working.drain(), verifier?.drain()]);
        },
        openWork: () => [
            ...openJobs(working.status()),
            ...(verifier === undefined ? [] : openChecks(verifier.status())),
        ],
        stop,
    };
}

/** The settings of a verifier, beside what it works with. */
export function verifierOptions(
    settings: ProviderConfig,
): Pick<
    VerifierOptions,
    'pricing' | 'rules' | 'limits' | 'maxBondsNano' | 'riskBasisPoints' | 'maxChecks' | 'maxModels'
> {
    const { checks } = settings;
    const { rules, limits, maxModels } = nodeOptions(settings);
    return {
        pricing: pricingOf(settings),
        ...(rules !== undefined && { rules }),
        ...(limits !== undefined && { limits }),
        ...(maxModels !== undefined && { maxModels }),
        maxBondsNano: checks.maxBondsGram,
        riskBasisPoints: Math.round(checks.riskPercent * 100),
        maxChecks: checks.maxChecks,
    };
}
