import type { Address } from '@ton/core';
import pino, { type Logger } from 'pino';
import { type HashHex, MAX_JOB_SPEC_BYTES } from '../protocol';
import type { Runtime } from '../runtime';
import { type Chain, type Fetch, type Listing, parseResultDocument, sleep } from '../sdk';
import { type BlobStore, listen, type Listening } from '../sdk/node';
import { createBlobFetcher } from './blob-fetcher';
import type { BidLimits } from './decide-bid';
import type { JobName, ProviderEvent } from './events';
import { nodeHttp } from './http';
import { JobRun, type JobRunParts, type JobTarget } from './job-run';
import { jobKey, type Journal, openJournal } from './journal';
import { followMarket } from './market-follower';
import { createModelCache } from './model-cache';
import { createNodeActions } from './node-actions';
import type { Pricing } from './pricing';
import { publicFetch } from './public-fetch';
import { createSeeds } from './seeds';

export interface ProviderOptions {
    readonly chain: Chain;
    readonly market: Address;
    /** The Stake that the node acts for; it may be opened after the node has started. */
    readonly stake: Address;
    /** Global id of the network: -239 main, -3 test and embedded chains. */
    readonly network: number;
    /** The node key as @ton/crypto holds it, 64 bytes. */
    readonly nodeKey: Buffer;
    /** At least 32 random bytes that the node keeps for good: its seeds come from them. */
    readonly secret: Uint8Array;
    readonly runtime: Runtime;
    readonly blobs: BlobStore;
    readonly pricing: Pricing;
    /** 4 GiB a child, 1 GiB of outputs a job and any model, unless set. */
    readonly limits?: Partial<BidLimits>;
    /** Jobs at a time, without those that only wait for their clients; 4 unless set. */
    readonly maxJobs?: number;
    /** Warm models at a time; 2 unless set. */
    readonly maxModels?: number;
    /** File to remember what was signed; without one a restart forgets it. */
    readonly journalPath?: string;
    /** Where to listen; a free port of 127.0.0.1 unless set. */
    readonly http?: { readonly port?: number; readonly host?: string };
    /** Blob stores that are asked for specs that no client gave; none unless set. */
    readonly specSources?: readonly string[];
    /** Results are served this long after the end of their job, seconds; an hour unless set. */
    readonly keepSeconds?: number;
    /** Jobs listed up to this long before the start are looked at, seconds; 3600 unless set. */
    readonly lookBackSeconds?: number;
    /** Inputs and model up to this size are fetched before the bid, bytes; 16 MiB unless set. */
    readonly prefetchBytes?: number;
    /**
     * How the node fetches what strangers name; `publicFetch`, which keeps out of the operator's
     * own network, unless set.
     */
    readonly fetch?: Fetch;
    /** Silent unless set. */
    readonly logger?: Logger;
    readonly onEvent?: (event: ProviderEvent) => void;
}

/** A node that works for the jobs of a market. */
export interface Provider {
    /** Opens the HTTP interface and begins to follow the market. */
    start(): Promise<void>;
    /** Leaves jobs where they are, and frees port and timers. The runtime is the caller's. */
    stop(): Promise<void>;
    /**
     * URL of the HTTP interface, for the Stake.
     *
     * @throws TypeError before `start`
     */
    readonly url: string;
}

const DEFAULT_LIMITS: BidLimits = {
    models: 'any',
    maxMemoryBytes: 4 * 1024 ** 3,
    maxResultBytes: 1024 ** 3,
};
const RESTART_MS = 2_000;

/** Creates a node; it does nothing before `start`. */
export function createProvider(options: ProviderOptions): Provider {
    return new NodeProvider(options);
}

class NodeProvider implements Provider {
    readonly #options: ProviderOptions;
    readonly #logger: Logger;
    readonly #stopping = new AbortController();
    readonly #runs = new Map<string, { readonly run: JobRun; readonly done: Promise<void> }>();
    /** Result documents by job. */
    readonly #served = new Map<string, HashHex>();
    readonly #timers = new Set<NodeJS.Timeout>();
    #parts: JobRunParts | undefined;
    #journal: Journal | undefined;
    #http: Listening | undefined;
    #following: Promise<void> = Promise.resolve();
    #started: Promise<void> | undefined;
    #stopped: Promise<void> | undefined;

    constructor(options: ProviderOptions) {
        this.#options = options;
        this.#logger = options.logger ?? pino({ level: 'silent' });
    }

    get url(): string {
        if (this.#http === undefined) throw new TypeError('The node has not started.');
        return this.#http.url;
    }

    start(): Promise<void> {
        this.#started ??= this.#start();
        return this.#started;
    }

    stop(): Promise<void> {
        this.#stopped ??= this.#stop();
        return this.#stopped;
    }

    async #start(): Promise<void> {
        const { blobs, http, stake } = this.#options;
        this.#journal = openJournal(this.#options.journalPath);
        this.#parts = this.#makeParts(this.#journal);
        const view = {
            document: (escrow: Address, jobId: number) => this.#served.get(jobKey(escrow, jobId)),
            health: () => ({
                ok: !this.#stopping.signal.aborted,
                stake: stake.toString(),
                jobs: this.#runs.size,
            }),
        };
        const logger = this.#logger;
        const app = nodeHttp({ blobs, view, acceptUpTo: MAX_JOB_SPEC_BYTES, logger });
        this.#http = await listen(app, http?.port, http?.host);
        for (const { escrow, client, index, jobId } of this.#journal.open()) {
            this.#run({ escrow, client, index, jobId });
        }
        this.#following = this.#follow();
        logger.info({ url: this.#http.url, stake: stake.toString() }, 'node started');
    }

    async #stop(): Promise<void> {
        await this.#started?.catch(() => undefined);
        this.#stopping.abort(new Error('The node was stopped.'));
        for (const timer of this.#timers) clearTimeout(timer);
        await Promise.allSettled([this.#following, ...this.#ends()]);
        await this.#http?.close();
        this.#journal?.close();
        this.#logger.info('node stopped');
    }

    #makeParts(journal: Journal): JobRunParts {
        const { chain, stake, network, nodeKey, blobs, runtime, ...rest } = this.#options;
        const { signal } = this.#stopping;
        const logger = this.#logger;
        return {
            chain,
            stake,
            actions: createNodeActions({ chain, stake, network, secretKey: nodeKey, logger }),
            seeds: createSeeds(rest.secret),
            journal,
            models: createModelCache(runtime, blobs, rest.maxModels ?? 2),
            blobs,
            fetcher: createBlobFetcher({ blobs, fetch: rest.fetch ?? publicFetch, signal }),
            specSources: rest.specSources ?? [],
            pricing: rest.pricing,
            limits: { ...DEFAULT_LIMITS, ...rest.limits },
            prefetchBytes: rest.prefetchBytes ?? 16 * 1024 ** 2,
            logger,
            tell: (event) => this.#tell(event),
            publish: (job, document) => this.#publish(job, document),
        };
    }

    /** Follows the market until the node stops; what fails for now is tried again. */
    async #follow(): Promise<void> {
        const { chain, market, lookBackSeconds = 3600 } = this.#options;
        const { signal } = this.#stopping;
        while (!signal.aborted) {
            try {
                for await (const listing of followMarket({
                    chain,
                    market,
                    lookBackSeconds,
                    signal,
                })) {
                    this.#take(listing);
                }
            } catch (error) {
                if (signal.aborted) return;
                this.#logger.error({ err: error }, 'the market cannot be followed');
                await sleep(RESTART_MS, signal).catch(() => undefined);
            }
        }
    }

    #take(listing: Listing): void {
        const { models = 'any' } = this.#options.limits ?? {};
        const tags = models === 'any' ? undefined : [...models].map((hash) => hash.slice(0, 8));
        const tag = listing.modelTag.toString(16).padStart(8, '0');
        if (tags !== undefined && !tags.includes(tag)) return;
        const { escrow, client, index, jobId, listedAt } = listing;
        if (this.#runs.has(jobKey(escrow, jobId))) return;
        this.#tell({ escrow, jobId, kind: 'seen' });
        const busy = [...this.#runs.values()].filter(({ run }) => run.busy).length;
        if (busy >= (this.#options.maxJobs ?? 4)) {
            const detail = `${busy} jobs are running.`;
            return this.#tell({ escrow, jobId, kind: 'passed', reason: 'busy', detail });
        }
        this.#run({ escrow, client, index, jobId, listedAt });
    }

    #ends(): Promise<void>[] {
        return [...this.#runs.values()].map(({ done }) => done);
    }

    #run(target: JobTarget): void {
        if (this.#parts === undefined) return;
        const key = jobKey(target.escrow, target.jobId);
        const run = new JobRun(this.#parts, target, this.#stopping.signal);
        const done = run
            .run()
            // The only error left is the end of the node.
            .catch(() => undefined)
            .finally(() => {
                this.#runs.delete(key);
                this.#dropLater(key);
            });
        this.#runs.set(key, { run, done });
    }

    async #publish({ escrow, jobId }: JobName, document: HashHex): Promise<void> {
        const key = jobKey(escrow, jobId);
        if (this.#served.has(key)) return;
        for (const sha256 of await this.#blobsOf(document)) this.#options.blobs.pin(sha256);
        this.#served.set(key, document);
    }

    /** Serves the results of an ended job a while longer. */
    #dropLater(key: string): void {
        const document = this.#served.get(key);
        if (document === undefined || this.#stopping.signal.aborted) return;
        const drop = async () => {
            this.#served.delete(key);
            for (const sha256 of await this.#blobsOf(document)) this.#options.blobs.unpin(sha256);
        };
        const timer = setTimeout(
            () => {
                this.#timers.delete(timer);
                drop().catch((error: unknown) => this.#logger.warn({ err: error }, 'not dropped'));
            },
            (this.#options.keepSeconds ?? 3600) * 1000,
        );
        timer.unref();
        this.#timers.add(timer);
    }

    async #blobsOf(document: HashHex): Promise<HashHex[]> {
        const bytes = await this.#options.blobs.read(document);
        if (bytes === undefined) return [document];
        const { batches } = parseResultDocument(JSON.parse(new TextDecoder().decode(bytes)));
        return [document, ...batches.map(({ sha256 }) => sha256)];
    }

    #tell(event: ProviderEvent): void {
        this.#options.onEvent?.(event);
    }
}
