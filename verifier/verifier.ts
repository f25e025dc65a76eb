import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import { type ReadRules, readRules } from '../provider';
import { HistoryReplacedError } from '../provider/errors';
import { backOff, FORK_FAILURES, isEndpointTrouble } from '../provider/guarded-chain';
import { followMarket } from '../provider/market-follower';
import { Market } from '../wrappers';
import { type CheckDesk, createCheckDesk } from './check-desk';
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
}

const PRUNE_MS = 3_600_000;

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
}

class NodeVerifier implements Verifier {
    readonly #options: VerifierOptions;
    readonly #rules: ReadRules;
    readonly #logger: Logger;
    readonly #now: () => number;
    readonly #stopping = new AbortController();
    /** Ends what was started, the last first. */
    readonly #endings: (() => Promise<unknown>)[] = [];
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
        const { state, parts, desk, startedAt } = this.#ready;
        const maxBonds = this.#options.maxBondsNano ?? DEFAULT_MAX_BONDS;
        const at = { startedAt, now: this.#now(), maxBonds };
        return readVerifierStatus({ state, chain: parts.chain, desk }, this.#options, at);
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
        state.prune();
        const pruning = setInterval(() => state.prune(), PRUNE_MS);
        pruning.unref();
        this.#endings.push(() => Promise.resolve(clearInterval(pruning)));
        const rules = this.#rules;
        const parts = assembleVerifier({
            options: this.#options,
            ...{ state, rules, logger, now, signal },
        });
        const maxChecks = this.#options.maxChecks ?? DEFAULT_MAX_CHECKS;
        const desk = createCheckDesk(parts.checks, maxChecks, signal);
        this.#running = { state, parts, desk, startedAt: now() };
        desk.resume();
        const following = this.#follow(state, parts, desk);
        this.#endings.push(async () => {
            await following;
            await desk.ended();
        });
        logger.info({ stake: stake.toString() }, 'verifier started');
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
