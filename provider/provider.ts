import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import { Registry } from 'prom-client';
import { isCocoonError } from '../protocol';
import type { Listening } from '../sdk/node';
import { Market } from '../wrappers';
import type { Unreadiness } from './events';
import { HistoryReplacedError } from './errors';
import { backOff, FORK_FAILURES, isEndpointTrouble } from './guarded-chain';
import { adminApp, listenGuarded, publicApp, type PublicView } from './http';
import { followMarket } from './market-follower';
import { assembleNode, type NodeParts } from './node-parts';
import type { ProviderOptions } from './options';
import { ownerPage, ownerView } from './page';
import { createWhyNoBid } from './outcomes/public-reason';
import { createProofShelf } from './proofs';
import { type ReadRules, readRules } from './rules';
import type { SharedParts } from './shared-parts';
import { PUBLIC_SUSPENSION } from './preferences';
import { jobKey, keepPruned, openState } from './state';
import { type ProviderStatus, readStatus } from './status';

/** A node that works for the jobs of a market. */
export interface Provider {
    /**
     * Opens state and HTTP interfaces and begins to follow the market.
     *
     * @throws StateInUseError, StateDamagedError, StateForeignError, PortTakenError
     */
    start(): Promise<void>;
    /** Leaves jobs where they are, and frees ports and timers. The runtime is the caller's. */
    stop(): Promise<void>;
    /** Takes no more jobs, and resolves when those that were taken are committed or over. */
    drain(): Promise<void>;
    /**
     * URL of the HTTP interface, for the Stake.
     *
     * @throws TypeError before `start`
     */
    readonly url: string;
    /**
     * For a verifier on the same Stake.
     *
     * @throws TypeError before `start`, and after `stop`
     */
    readonly shared: SharedParts;
    /** URL of metrics and status; undefined where there is none. */
    readonly adminUrl: string | undefined;
    /** Bytes on its disk beside those in the blob store; 0 unless it runs. */
    readonly heldBytes: number;
    /** Ends the children of models that nothing needs now. */
    trimModels(): void;
    /**
     * The node as it is now.
     *
     * @throws TypeError before `start`, and after `stop`
     */
    status(): ProviderStatus;
}

/** Listings of one look that others are told of: after a long sleep they know the rest. */
const MAX_ANNOUNCED = 4;
const LOCALHOST = '127.0.0.1';

/**
 * Creates a node; it does nothing before `start`.
 *
 * @throws RulesError, LicenceExpressionError for rules that cannot be read
 */
export function createProvider(options: ProviderOptions): Provider {
    return new NodeProvider(options);
}

class NodeProvider implements Provider {
    readonly #options: ProviderOptions;
    readonly #rules: ReadRules;
    readonly #logger: Logger;
    readonly #now: () => number;
    readonly #stopping = new AbortController();
    /** Ends what was started, the last first. */
    readonly #endings: (() => Promise<unknown>)[] = [];
    #parts: NodeParts | undefined;
    #http: Listening | undefined;
    #admin: Listening | undefined;
    #startedAt = 0;
    /** Why the market cannot be followed. */
    #lost: Unreadiness | undefined;
    #started: Promise<void> | undefined;
    #stopped: Promise<void> | undefined;

    constructor(options: ProviderOptions) {
        this.#options = options;
        this.#rules = readRules(options.rules ?? {});
        this.#logger = options.logger ?? pino({ level: 'silent' });
        this.#now = options.now ?? Date.now;
        // Every job waits on it.
        setMaxListeners(0, this.#stopping.signal);
    }

    get url(): string {
        if (this.#http === undefined) throw new TypeError('The node has not started.');
        return this.#http.url;
    }

    get shared(): SharedParts {
        return this.#running.shared;
    }

    get adminUrl(): string | undefined {
        return this.#admin?.url;
    }

    start(): Promise<void> {
        this.#started ??= this.#start().catch(async (error: unknown) => {
            await this.#end();
            throw error;
        });
        return this.#started;
    }

    stop(): Promise<void> {
        this.#stopped ??= this.#stop();
        return this.#stopped;
    }

    drain(): Promise<void> {
        return this.#running.desk.drain();
    }

    get heldBytes(): number {
        return this.#parts?.uploads.usedBytes ?? 0;
    }

    trimModels(): void {
        this.#parts?.shared.models.trim();
    }

    status(): ProviderStatus {
        const { url, adminUrl } = this;
        const reasons = this.#unready();
        const at = { startedAt: this.#startedAt, now: this.#now(), url, adminUrl, reasons };
        return readStatus(this.#running, this.#options, at);
    }

    get #running(): NodeParts {
        if (this.#parts === undefined) throw new TypeError('The node has not started.');
        return this.#parts;
    }

    async #start(): Promise<void> {
        const { stateFolder: folder, stake, market } = this.#options;
        const { signal } = this.#stopping;
        const logger = this.#logger;
        const now = this.#now;
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const state = await openState({ folder, stake, market, now });
        this.#endings.push(() => state.close());
        const endPruning = keepPruned(state, logger);
        const rules = this.#rules;
        const parts = assembleNode({ options: this.#options, state, rules, logger, now, signal });
        this.#parts = parts;
        this.#endings.push(() => {
            endPruning();
            parts.uploads.close();
            parts.shelf.close();
            return Promise.resolve();
        });
        await parts.shelf.open();
        await this.#listen(parts);
        this.#startedAt = now();
        parts.desk.resume();
        const { readiness, fates } = parts;
        const loops = [
            this.#follow(parts),
            this.#watch(readiness, 'the readiness of the node cannot be told'),
            this.#watch(fates, 'what became of jobs cannot be told'),
        ];
        this.#endings.push(() => Promise.allSettled([...loops, parts.desk.ended()]));
        logger.info({ url: this.url, stake: stake.toString() }, 'node started');
    }

    async #stop(): Promise<void> {
        await this.#started?.catch(() => undefined);
        await this.#end();
        this.#logger.info('node stopped');
    }

    async #end(): Promise<void> {
        this.#stopping.abort(new Error('The node was stopped.'));
        for (const end of this.#endings.splice(0).reverse()) await end();
        this.#parts = undefined;
    }

    async #listen(parts: NodeParts): Promise<void> {
        const { blobs, http = {} } = this.#options;
        const { admin = {}, timeouts } = http;
        const { shelf, uploads, metrics } = parts;
        const logger = this.#logger;
        const view: PublicView = {
            result: (escrow, jobId) => shelf.find(escrow, jobId),
            health: () => ({
                ok: !this.#stopping.signal.aborted,
                stake: this.#options.stake.toString(),
                jobs: parts.room.taken,
                ...(this.#options.peers?.addresses && { peers: this.#options.peers.addresses }),
            }),
            unready: () => this.#unready(),
        };
        const proofs = createProofShelf({
            blobs,
            find: (escrow, jobId) => shelf.find(escrow, jobId),
        });
        const { trustedProxies } = http;
        const why = createWhyNoBid(parts.state.ledger, [blobs, ...uploads.stores], (key) =>
            parts.desk.lack(key),
        );
        const keys = { contentKeys: parts.contentKeys, desk: parts.keyDesk };
        const { port = 0, host = LOCALHOST, more } = http;
        const seals = parts.sealDesk;
        const shown = { blobs, view, proofs, uploads, why, keys, seals, more };
        const app = publicApp({ ...shown, trustedProxies, logger });
        const listening = await listenGuarded(app, { port, host, timeouts });
        this.#endings.push(() => listening.close());
        this.#http = listening;
        const unserve = await this.#options.peers?.serve?.(listening.server);
        if (unserve !== undefined) this.#endings.push(unserve);
        const unhear = this.#options.peers?.hearDocuments?.((escrow, jobId, peer) =>
            parts.desk.offer(jobKey(escrow, jobId), peer),
        );
        if (unhear !== undefined) this.#endings.push(() => Promise.resolve(unhear()));
        if (admin === false) return;
        const { host: adminHost = LOCALHOST } = admin;
        const { moreMetrics } = this.#options;
        const all = () => {
            const more = moreMetrics?.();
            return more === undefined ? metrics.registry : Registry.merge([metrics.registry, more]);
        };
        const registry = {
            contentType: metrics.registry.contentType,
            metrics: () => all().metrics(),
        };
        const page = this.#page(parts);
        const operator = adminApp({
            view,
            registry,
            ...(page !== undefined && { page }),
            status: () => ({ ...this.status(), ...this.#options.moreStatus?.() }),
            host: adminHost,
            logger,
        });
        const own = await listenGuarded(operator, { port: admin.port ?? 0, host: adminHost });
        this.#endings.push(() => own.close());
        this.#admin = own;
    }

    /** What the owner sees and changes, where that is wanted. */
    #page({ state }: NodeParts) {
        const { page, governor, pricing, processes = 1 } = this.#options;
        if (page === undefined) return undefined;
        return ownerPage({
            ...{ ...page, state, pricing, processes },
            view: () => ownerView(this.status(), governor?.state, page.checks?.()),
            now: this.#now,
            logger: this.#logger,
        });
    }

    #unready(): readonly Unreadiness[] {
        const lost = this.#lost === undefined ? [] : [this.#lost];
        const stopping: Unreadiness[] = this.#stopping.signal.aborted
            ? [{ code: 'stopping', detail: 'The node is about to end.' }]
            : [];
        // Strangers ask too, and what the owner does is not for them.
        const { suspensions = [] } = this.#options.governor ?? {};
        const suspended: Unreadiness[] =
            suspensions.length > 0 ? [{ code: 'suspended', detail: PUBLIC_SUSPENSION }] : [];
        const { reasons = [] } = this.#parts?.readiness ?? {};
        return [...stopping, ...lost, ...suspended, ...reasons];
    }

    /** Follows the market until the node stops; what fails for now is tried again. */
    async #follow({ chain, state, desk, teller }: NodeParts): Promise<void> {
        const { market, lookBackSeconds = 3600, peers } = this.#options;
        const { signal } = this.#stopping;
        const deployment = await Market.fromAddress(market).deployment();
        for (let failures = 0; !signal.aborted;) {
            const { cursor } = state;
            try {
                const place = { chain, market, deployment, cursor };
                const following = followMarket({
                    ...place,
                    lookBackSeconds,
                    pause: peers?.nextHint,
                    signal,
                });
                for await (const news of following) {
                    const { skipped } = news;
                    if (skipped !== undefined)
                        teller.node({ kind: 'listings-skipped', ...skipped });
                    desk.deal(news);
                    for (const { escrow, jobId } of news.listings.slice(-MAX_ANNOUNCED)) {
                        peers?.announceListing?.(escrow, jobId);
                    }
                    failures = 0;
                    this.#lost = undefined;
                }
            } catch (error) {
                if (signal.aborted) return;
                failures++;
                this.#logger.error({ err: error, failures }, 'the market cannot be followed');
                const detail = isCocoonError(error) ? error.message : 'See the log of the node.';
                this.#lost = { code: 'market-lost', detail };
                // What the guard saw it has told.
                if (isEndpointTrouble(error) && error !== chain.health.lastError) {
                    teller.node({ kind: 'endpoint-failed', error, failures });
                }
                if (error instanceof HistoryReplacedError && failures % FORK_FAILURES === 0) {
                    // For good, or the followed one was a lie: who signs nothing on a listing alone
                    // may look back anew.
                    state.cursor = undefined;
                    chain.forget();
                    teller.node({
                        kind: 'history-replaced',
                        detail: `${error.message} Looking back anew.`,
                    });
                }
                await backOff(failures, signal).catch(() => undefined);
            }
        }
    }

    /** Keeps a loop going until the node stops. */
    async #watch(loop: { run(): Promise<void> }, complaint: string): Promise<void> {
        const { signal } = this.#stopping;
        while (!signal.aborted) {
            try {
                await loop.run();
            } catch (error) {
                if (signal.aborted) return;
                this.#logger.error({ err: error }, complaint);
                await backOff(1, signal).catch(() => undefined);
            }
        }
    }
}
