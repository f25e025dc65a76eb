import { join } from 'node:path';
import { keyPairFromSecretKey } from '@ton/crypto';
import type { Logger } from 'pino';
import { createAwaitedBlobs } from './awaited-blobs';
import { createBlobFetcher } from './blob-fetcher';
import { createCapacity } from './capacity';
import { createColleagues } from './colleagues';
import type { ProviderEvent } from './events';
import { MIN_FREE_BYTES } from './free-disk';
import { guardChain } from './guarded-chain';
import { createUploads, DEFAULT_UPLOADS } from './http';
import { createJobDesk } from './job-desk';
import { PassError } from './errors';
import { createContentKeys } from './content-keys';
import { createKeyDesk } from './key-desk';
import { createJobKeys } from './job-keys';
import { createMessageCosts, createParametersTag } from './message-costs';
import { createMetrics, type Readings } from './metrics';
import { createModelCache } from './model-cache';
import { createNodeActions } from './node-actions';
import { DEFAULT_LIMITS, type ProviderOptions } from './options';
import { createFates } from './outcomes/fates';
import { publicFetch } from './public-fetch';
import { withQuarantine } from './quarantine-rule';
import { createReadiness } from './readiness';
import { createResultShelf } from './result-shelf';
import { createRoom } from './room';
import type { ReadRules } from './rules';
import { createSealDesk } from './seal-desk';
import { jobKey, type NodeState } from './state';
import { createTeller } from './tell';
import type { SharedParts } from './shared-parts';
import { createTurns } from './turns';

export interface NodeContext {
    readonly options: ProviderOptions;
    readonly state: NodeState;
    readonly rules: ReadRules;
    readonly logger: Logger;
    readonly now: () => number;
    /** Ends the node. */
    readonly signal: AbortSignal;
}

export type NodeParts = ReturnType<typeof assembleNode>;

/** Puts the parts of a node together; nothing runs yet. */
export function assembleNode({ options, state, rules, logger, now, signal }: NodeContext) {
    const { market, stake, network, nodeKey, blobs, runtime, pricing, stateFolder } = options;
    const { maxJobs = 4, processes = 1 } = options;
    const readings = (): Readings => ({
        jobs: room.taken,
        waiting: room.waiting,
        executing: turns.waiting,
        promisedMs: capacity.promisedMs,
        blobBytes: blobs.usedBytes,
        uploadBytes: uploads.usedBytes,
        resultsServed: shelf.size,
        chainLagSeconds: chainLag(chain.health.chainTime, now()),
        ready: readiness.reasons.length === 0,
        idle: [...(options.governor?.suspensions ?? []), ...readiness.reasons].map(
            ({ code }) => code,
        ),
        stake: readiness.stake,
    });
    const metrics = createMetrics(readings, { version: options.version ?? 'unknown' });
    const { onEvent, onNodeEvent } = options;
    const teller = createTeller({ state, metrics, now, logger, onEvent, onNodeEvent });
    const chain = guardChain(options.chain, {
        now,
        timeoutMs: options.chainTimeoutMs,
        onFailure: (error, failures) => {
            logger.warn({ err: error, failures }, 'the endpoint failed');
            teller.node({ kind: 'endpoint-failed', error, failures });
        },
        onRecovery: (failures) => teller.node({ kind: 'endpoint-recovered', failures }),
    });
    const actions = createNodeActions({ chain, stake, network, secretKey: nodeKey, logger });
    const messageCosts = createMessageCosts(chain, market, now);
    const uploads = createUploads({
        folder: join(stateFolder, 'uploads'),
        limits: { ...DEFAULT_UPLOADS, ...options.uploads },
        blobs,
        onUpload: (result, address, detail) => {
            metrics.upload(result);
            if (result === 'refused') teller.node({ kind: 'upload-refused', address, detail });
        },
        onBlob: (sha256) => awaited.arrived(sha256),
    });
    const awaited = createAwaitedBlobs(uploads.stores);
    const contentKeys = createContentKeys({ records: state.keys, nodeKey, now });
    const keepSeconds = options.keepSeconds ?? 3600;
    const shelf = createResultShelf({ state, blobs, keepSeconds, now, logger });
    const { governor } = options;
    const room = createRoom({ maxJobs });
    const capacity = createCapacity(
        processes,
        () => governor?.share ?? 1,
        () => room.retry(),
    );
    const turns = createTurns(governor && (() => governor.workedMs()));
    const shared: SharedParts = {
        chain,
        actions,
        models: createModelCache(runtime, blobs, options.maxModels ?? 2, (model, cause) => {
            metrics.death(cause);
            const quarantined = state.quarantine.died(model, cause);
            if (quarantined !== undefined) logger.warn(quarantined, 'a model is quarantined');
        }),
        turns,
        fetcher: createBlobFetcher({
            blobs,
            given: uploads.stores,
            fetch: options.fetch ?? publicFetch,
            peers: options.peers,
            signal,
            onFetched: (bytes, elapsedMs) => state.costs.learnFetch(bytes, elapsedMs),
        }),
        costs: state.costs,
    };
    const tell = (event: ProviderEvent) => {
        teller.job(event);
        fates.hear(event);
        // Others may look for what is here now.
        const { kind, escrow, jobId } = event;
        if (kind === 'described') options.peers?.announceDocuments?.(escrow, jobId);
    };
    const fates = createFates({
        chain,
        stake,
        state,
        runs: (key) => desk.runs(key),
        tell,
        now,
        logger,
        signal,
        firstLookMs: options.fateLookMs,
    });
    const desk = createJobDesk(
        {
            ...shared,
            stake,
            jobKeys: createJobKeys(options.secret),
            state,
            shelf,
            logger,
            now,
            random: options.random ?? Math.random,
            tell,
            obstacle: () => {
                const low = readiness.reasons.find(({ code }) => code === 'disk-low');
                if (low !== undefined) return new PassError('no-room', low.detail);
                const twice = readiness.reasons.find(({ code }) => code === 'node-runs-twice');
                return twice && new PassError('runs-twice', twice.detail);
            },
            onDisagree: (error, choice) =>
                teller.node({ kind: 'endpoints-disagree', error, choice }),
            blobs,
            contentKeys,
            specSources: options.specSources ?? [],
            byKeyOnly: options.byKeyOnly,
            forBrowsers: () => options.peers?.forBrowsers === true,
            colleagues: createColleagues({
                ...{ chain, market, stake, now },
                fetch: options.fetch ?? publicFetch,
                random: options.random ?? Math.random,
            }),
            capacity,
            onItem: (elapsedMs) => metrics.item(elapsedMs),
            pricing,
            rules: withQuarantine(rules, state.quarantine),
            governor,
            limits: { ...DEFAULT_LIMITS, ...options.limits },
            room,
            awaited,
            // What the bid brings pays for the commit too.
            messageFees: async () => (await messageCosts(signal)).bid,
            parametersTag: createParametersTag(chain, market, now),
            prefetchBytes: options.prefetchBytes ?? 16 * 1024 ** 2,
        },
        signal,
    );
    const readiness = createReadiness({
        chain,
        stake,
        nodeKey: BigInt(`0x${keyPairFromSecretKey(nodeKey).publicKey.toString('hex')}`),
        view: (until) => actions.view({ signal: until }),
        costs: messageCosts,
        folder: stateFolder,
        minFreeBytes: options.minFreeBytes ?? MIN_FREE_BYTES,
        now,
        highestSeqno: () => actions.highestSeqno,
        onEndpoint: ({ name, health }) =>
            teller.node({
                kind: 'endpoint-changed',
                endpoint: name,
                state: health.state,
                detail: `${name} is ${health.state}. ${health.state === 'up' ? '' : (health.lastError?.message ?? '')}`.trim(),
            }),
        onChange: (reasons) =>
            teller.node(reasons.length === 0 ? { kind: 'ready' } : { kind: 'not-ready', reasons }),
        signal,
    });
    return {
        ...{ shared, state, metrics, teller, chain, uploads, shelf, capacity, room },
        ...{ desk, fates, readiness, contentKeys },
        keyDesk: createKeyDesk({
            ...{ chain, stake, contentKeys, blobs, now },
            serves: (escrow, jobId) => shelf.find(escrow, jobId) !== undefined,
        }),
        sealDesk: createSealDesk({
            ...{ chain, now },
            find: (escrow, jobId) => desk.contextOf(jobKey(escrow, jobId)),
        }),
    };
}

function chainLag(chainTime: number | undefined, nowMs: number): number | undefined {
    return chainTime === undefined ? undefined : Math.max(0, nowMs / 1000 - chainTime);
}
