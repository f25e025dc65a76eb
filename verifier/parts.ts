import type { Logger } from 'pino';
import type { NodeEvent, SharedParts } from '../provider';
import { publicFetch, type ReadRules } from '../provider';
import { createBlobFetcher } from '../provider/blob-fetcher';
import { diskLow, MIN_FREE_BYTES } from '../provider/free-disk';
import { guardChain, type GuardedChain } from '../provider/guarded-chain';
import { createModelCache } from '../provider/model-cache';
import { createNodeActions } from '../provider/node-actions';
import { DEFAULT_LIMITS } from '../provider/options';
import { createTurns } from '../provider/turns';
import { Market, parametersTag } from '../wrappers';
import type { CheckParts } from './check-context';
import { CLAIM_SPREAD } from './claim-turn';
import { AbstainError } from './errors';
import type { VerifierEvent } from './events';
import { createItemExecutor } from './execute-item';
import { DEFAULT_MAX_BONDS, DEFAULT_RISK_BASIS_POINTS, type VerifierOptions } from './options';
import type { VerifierMetrics } from './metrics';
import { createClaimSecrets } from './secrets';
import { sentenceOf } from './sentences';
import type { VerifierState } from './state';
import type { MarketCosts } from './worth';

/** Sentences that are kept for each check. */
const NEWS = 24;
/** The prices of the network, and the parameters of the Market, change rarely, milliseconds. */
const FRESH_MS = 60_000;

export interface VerifierContext {
    readonly options: VerifierOptions;
    readonly state: VerifierState;
    readonly rules: ReadRules;
    readonly metrics: Pick<VerifierMetrics, 'hear'>;
    readonly logger: Logger;
    readonly now: () => number;
    /** Ends the node. */
    readonly signal: AbortSignal;
}

export interface VerifierParts {
    readonly chain: GuardedChain;
    readonly checks: CheckParts;
    readonly models: Pick<SharedParts['models'], 'warm'>;
    readonly tellNode: (event: NodeEvent) => void;
}

/** Puts the parts of a verifier together; nothing runs yet. */
export function assembleVerifier(context: VerifierContext): VerifierParts {
    const { options, state, rules, logger, now, signal } = context;
    const { market, stake, blobs, pricing } = options;
    const tellNode = (event: NodeEvent) => call(logger, options.onNodeEvent, event);
    const shared = options.shared ?? ownParts(context, tellNode);
    const { chain, actions, models, turns, fetcher, costs } = shared;
    const open = () => chain.open(Market.fromAddress(market), { signal });
    const marketCosts = remembered<MarketCosts>(now, () => open().getCosts());
    const inForce = remembered(now, async () => {
        state.learnParameters(parametersTag(await open().getMarketParameters()));
    });
    const checks: CheckParts = {
        chain,
        stake,
        actions,
        nodeKey: options.nodeKey,
        secrets: createClaimSecrets(options.secret),
        state,
        costs,
        execute:
            options.execute ??
            createItemExecutor({ models, turns, costs, governor: options.governor }),
        pricing,
        riskBasisPoints: options.riskBasisPoints ?? DEFAULT_RISK_BASIS_POINTS,
        maxBonds: options.maxBondsNano ?? DEFAULT_MAX_BONDS,
        claimSpread: options.claimSpread ?? CLAIM_SPREAD,
        marketCosts,
        knowsParameters: async (tag) => {
            await inForce();
            return state.parameterTags.has(tag);
        },
        checkDisk: async () => {
            const low = await diskLow(options.stateFolder, options.minFreeBytes ?? MIN_FREE_BYTES);
            if (low !== undefined) throw new AbstainError('no-room', low);
        },
        fetch: options.fetch ?? publicFetch,
        reachesPeers: options.reachesPeers ?? false,
        blobs,
        fetcher,
        specSources: options.specSources ?? [],
        rules,
        governor: options.governor,
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        logger,
        now,
        random: options.random ?? Math.random,
        onDisagree: (error, choice) => tellNode({ kind: 'endpoints-disagree', error, choice }),
        tell: (event) => {
            context.metrics.hear(event);
            write(state, event, now());
            call(logger, options.onEvent, event);
        },
    };
    return { chain, checks, models, tellNode };
}

/** The parts of a verifier that works alone. */
function ownParts(
    { options, state, logger, now, signal }: VerifierContext,
    tellNode: (event: NodeEvent) => void,
): SharedParts {
    const { stake, network, nodeKey, blobs, runtime } = options;
    const chain = guardChain(options.chain, {
        now,
        timeoutMs: options.chainTimeoutMs,
        onFailure: (error, failures) => {
            logger.warn({ err: error, failures }, 'the endpoint failed');
            tellNode({ kind: 'endpoint-failed', error, failures });
        },
        onRecovery: (failures) => tellNode({ kind: 'endpoint-recovered', failures }),
    });
    return {
        chain,
        actions: createNodeActions({ chain, stake, network, secretKey: nodeKey, logger }),
        models: createModelCache(runtime, blobs, options.maxModels ?? 2),
        turns: createTurns(),
        fetcher: createBlobFetcher({
            blobs,
            fetch: options.fetch ?? publicFetch,
            peers: options.peers,
            signal,
            onFetched: (bytes, elapsedMs) => state.costs.learnFetch(bytes, elapsedMs),
        }),
        costs: state.costs,
    };
}

/** Keeps what an event says with the check that it is about. */
function write(state: VerifierState, event: VerifierEvent, at: number): void {
    const record = state.checks.get(event.escrow, event.jobId);
    if (record === undefined) return;
    if (event.kind === 'spent') {
        state.count({ fees: event.nano });
        return state.checks.put({ ...record, fees: (record.fees ?? 0n) + event.nano });
    }
    const text = sentenceOf(event);
    if (text === undefined) return;
    const reason = event.kind === 'abstained' ? { reason: event.reason } : {};
    const news = [...record.news, { at, kind: event.kind, text, ...reason }].slice(-NEWS);
    state.checks.put({ ...record, news });
}

/** The node does not stop for a listener that throws. */
function call<E>(logger: Logger, listener: ((event: E) => void) | undefined, event: E): void {
    try {
        listener?.(event);
    } catch (error) {
        logger.error({ err: error }, 'a listener failed');
    }
}

function remembered<T>(now: () => number, read: () => Promise<T>): () => Promise<T> {
    let known: { readonly value: T; readonly at: number } | undefined;
    return async () => {
        if (known !== undefined && now() - known.at < FRESH_MS) return known.value;
        const value = await read();
        known = { value, at: now() };
        return value;
    };
}
