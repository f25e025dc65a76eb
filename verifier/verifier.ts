import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import { keyPairFromSecretKey } from '@ton/crypto';
import type { Router } from 'express';
import pino, { type Logger } from 'pino';
import type { Registry } from 'prom-client';
import { type ReadRules, readRules, type Unreadiness } from '../provider';
import { HistoryReplacedError } from '../provider/errors';
import { backOff, FORK_FAILURES, isEndpointTrouble } from '../provider/guarded-chain';
import { MIN_FREE_BYTES } from '../provider/free-disk';
import { followMarket } from '../provider/market-follower';
import { createMessageCosts } from '../provider/message-costs';
import { PUBLIC_SUSPENSION } from '../provider/preferences';
import { createReadiness, type Readiness } from '../provider/readiness';
import { keepPruned } from '../provider/state';
import { stakeStatus } from '../provider/status';
import { Market } from '../wrappers';
import { type CheckDesk, createCheckDesk } from './check-desk';
import { checkRoutes } from './check-routes';
import { createVerifierMetrics, type VerifierMetrics } from './metrics';
import { DEFAULT_MAX_BONDS, DEFAULT_MAX_CHECKS, type VerifierOptions } from './options';
import { assembleVerifier, type VerifierParts } from './parts';
import { openVerifierState, type VerifierState } from './state';
import { readVerifierStatus, type VerifierStatus } from './status';

/** A node that checks what others have computed. */
export interface Verifier {
    /**
     * Opens the state and begins to follow the market.
     *
     * @throws StateInUseError, StateDamagedError, StateForeignError
     */
    start(): Promise<void>;
    /**
     * Leaves checks where they are, and frees timers and files; a bond whose deadline passes
     * meanwhile is lost. The runtime is the caller's. May be called again.
     */
    stop(): Promise<void>;
    /** Takes no more checks, and resolves when no bond is with an Escrow any more. */
    drain(): Promise<void>;
    /**
     * The node as it is now.
     *
     * @throws TypeError before `start`, and after `stop`
     */
    status(): VerifierStatus;
    /**
     * What it counts; with what every node tells where it works alone.
     *
     * @throws TypeError before `start`, and after `stop`
     */
    readonly registry: Registry;
    /**
     * What its owner's page asks for; answers nothing before `start`, and after `stop`.
     */
    readonly pageRoutes: Router;
}

/**
 * Creates a verifier; it does nothing before `start`.
 *
 * @throws RulesError, LicenceExpressionError for rules that cannot be read
 */
export function createVerifier(options: VerifierOptions): Verifier {
    return new NodeVerifier(options);
}

interface Running {
    readonly state: VerifierState;
    readonly parts: VerifierParts;
    readonly desk: CheckDesk;
    readonly startedAt: number;
    readonly metrics: VerifierMetrics;
    /** Undefined where a provider on the same stake looks at it. */
    readonly readiness: Readiness | undefined;
}

class NodeVerifier implements Verifier {
    readonly #options: VerifierOptions;
    readonly #rules: ReadRules;
    readonly #logger: Logger;
    readonly #now: () => number;
    readonly #stopping = new AbortController();
    /** Ends what was started, the last first. */
    readonly #endings: (() => Promise<unknown>)[] = [];
    readonly pageRoutes = checkRoutes(
        () => this.#running?.state.checks,
        () => this.#now(),
    );
    #running: Running | undefined;
    #started: Promise<void> | undefined;
    #stopped: Promise<void> | undefined;

    constructor(options: VerifierOptions) {
        this.#options = options;
        this.#rules = readRules(options.rules ?? {});
        this.#logger = options.logger ?? pino({ level: 'silent' });
        this.#now = options.now ?? Date.now;
        // Every run of a check waits on it.
        setMaxListeners(0, this.#stopping.signal);
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
        return this.#ready.desk.drain();
    }

    status(): VerifierStatus {
        const { state, parts, desk, startedAt, readiness } = this.#ready;
        const at = {
            ...{ startedAt, now: this.#now(), reasons: this.#reasons(readiness) },
            maxBonds: this.#options.maxBondsNano ?? DEFAULT_MAX_BONDS,
            maxChecks: this.#options.maxChecks ?? DEFAULT_MAX_CHECKS,
            stakeView: readiness && stakeStatus(readiness),
            models: parts.models.warm,
        };
        return readVerifierStatus({ state, chain: parts.chain, desk }, this.#options, at);
    }

    get registry(): Registry {
        return this.#ready.metrics.registry;
    }

    #reasons(readiness: Readiness | undefined): readonly Unreadiness[] {
        const { suspensions = [] } = this.#options.governor ?? {};
        const suspended: Unreadiness[] =
            suspensions.length > 0 ? [{ code: 'suspended', detail: PUBLIC_SUSPENSION }] : [];
        return [...suspended, ...(readiness?.reasons ?? [])];
    }

    get #ready(): Running {
        if (this.#running === undefined) throw new TypeError('The verifier is not running.');
        return this.#running;
    }

    async #start(): Promise<void> {
        const { stateFolder: folder, stake, market } = this.#options;
        const { signal } = this.#stopping;
        const logger = this.#logger;
        const now = this.#now;
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const state = await openVerifierState({ folder, stake, market, now });
        this.#endings.push(() => state.close());
        const endPruning = keepPruned(state, logger);
        this.#endings.push(() => Promise.resolve(endPruning()));
        const rules = this.#rules;
        const metrics = this.#metrics();
        const parts = assembleVerifier({
            options: this.#options,
            ...{ state, rules, metrics, logger, now, signal },
        });
        const readiness = this.#options.shared === undefined ? this.#readiness(parts) : undefined;
        const maxChecks = this.#options.maxChecks ?? DEFAULT_MAX_CHECKS;
        const desk = createCheckDesk(parts.checks, maxChecks, signal);
        this.#running = { state, parts, desk, startedAt: now(), metrics, readiness };
        desk.resume();
        const following = this.#follow(state, parts, desk);
        const looking = readiness && this.#look(readiness);
        this.#endings.push(async () => {
            await following;
            await looking;
            await desk.ended();
        });
        logger.info({ stake: stake.toString() }, 'verifier started');
    }

    #metrics(): VerifierMetrics {
        const { shared, blobs, version = 'unknown', governor } = this.#options;
        const running = () => this.#running;
        const read = () => ({
            running: running()?.desk.running ?? 0,
            bonds: running()?.state.checks.bondsAtStake() ?? 0n,
        });
        if (shared !== undefined) return createVerifierMetrics(read);
        const alone = () => {
            const { readiness, parts } = running() ?? {};
            const time = parts?.chain.health.chainTime;
            const reasons = this.#reasons(readiness).filter(({ code }) => code !== 'suspended');
            const stake = readiness?.stake;
            return {
                blobBytes: blobs.usedBytes,
                chainLagSeconds: time && Math.max(0, this.#now() / 1000 - time),
                ready: this.#reasons(readiness).length === 0,
                idle: [...reasons, ...(governor?.suspensions ?? [])].map(({ code }) => code),
                stake: stake && { ...stake, operating: stake.operating - stake.rent },
            };
        };
        return createVerifierMetrics(read, { read: alone, version });
    }

    /** Looks at stake, chain and disk, as a provider does. */
    #readiness({ chain, checks: { actions }, tellNode }: VerifierParts): Readiness {
        const { stake, market, nodeKey, stateFolder: folder, minFreeBytes } = this.#options;
        const publicKey = keyPairFromSecretKey(nodeKey).publicKey.toString('hex');
        return createReadiness({
            ...{ chain, stake, folder, role: 'verify' as const, now: this.#now },
            nodeKey: BigInt(`0x${publicKey}`),
            view: (until) => actions.view({ signal: until }),
            costs: createMessageCosts(chain, market, this.#now),
            minFreeBytes: minFreeBytes ?? MIN_FREE_BYTES,
            highestSeqno: () => actions.highestSeqno,
            onEndpoint: ({ name, health }) =>
                tellNode({
                    kind: 'endpoint-changed',
                    endpoint: name,
                    state: health.state,
                    detail: `${name} is ${health.state}. ${health.state === 'up' ? '' : (health.lastError?.message ?? '')}`.trim(),
                }),
            onChange: (reasons) =>
                tellNode(reasons.length === 0 ? { kind: 'ready' } : { kind: 'not-ready', reasons }),
            signal: this.#stopping.signal,
        });
    }

    /** Keeps looking until the node stops. */
    async #look(readiness: Readiness): Promise<void> {
        const { signal } = this.#stopping;
        while (!signal.aborted) {
            try {
                await readiness.run();
            } catch (error) {
                if (signal.aborted) return;
                this.#logger.error({ err: error }, 'the readiness of the node cannot be told');
                await backOff(1, signal).catch(() => undefined);
            }
        }
    }

    async #stop(): Promise<void> {
        await this.#started?.catch(() => undefined);
        await this.#end();
        this.#logger.info('verifier stopped');
    }

    async #end(): Promise<void> {
        this.#stopping.abort(new Error('The verifier was stopped.'));
        for (const end of this.#endings.splice(0).reverse()) await end();
        this.#running = undefined;
    }

    /** Follows the market until the node stops; what fails for now is tried again. */
    async #follow(state: VerifierState, parts: VerifierParts, desk: CheckDesk): Promise<void> {
        const { market, lookBackSeconds = 3600 } = this.#options;
        const { signal } = this.#stopping;
        const { chain, tellNode } = parts;
        const deployment = await Market.fromAddress(market).deployment();
        for (let failures = 0; !signal.aborted;) {
            const { cursor } = state;
            try {
                const following = followMarket({
                    ...{ chain, market, deployment, cursor, lookBackSeconds, signal },
                });
                for await (const news of following) {
                    const { skipped } = news;
                    if (skipped !== undefined) tellNode({ kind: 'listings-skipped', ...skipped });
                    desk.deal(news);
                    failures = 0;
                }
            } catch (error) {
                if (signal.aborted) return;
                failures++;
                this.#logger.error({ err: error, failures }, 'the market cannot be followed');
                // What the guard saw it has told.
                if (isEndpointTrouble(error) && error !== chain.health.lastError) {
                    tellNode({ kind: 'endpoint-failed', error, failures });
                }
                if (error instanceof HistoryReplacedError && failures % FORK_FAILURES === 0) {
                    // For good, or the followed one was a lie: who signs nothing on a listing alone
                    // may look back anew.
                    state.cursor = undefined;
                    chain.forget();
                    tellNode({
                        kind: 'history-replaced',
                        detail: `${error.message} Looking back anew.`,
                    });
                }
                await backOff(failures, signal).catch(() => undefined);
            }
        }
    }
}
