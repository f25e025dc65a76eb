import { Address } from '@ton/core';
import {
    asHash,
    comparisonRuleOf,
    type Hash,
    HASH_BYTES,
    parseJobSpec,
    parseManifest,
    sha256,
} from '../../protocol';
import { type Deployment, Market } from '../../wrappers';
import { acceptResult } from '../accept-result';
import type { NoBidAnswers } from '../ask-why-no-bid';
import type { Fetch } from '../blobs';
import type { CallOptions, Chain } from '../chain';
import { connect, type ConnectOptions } from '../connect';
import { discoverNodes } from '../discover-nodes';
import type { DisputeQuote } from '../dispute-job';
import type { EndpointAddress } from '../endpoint';
import { type EstimateRequest, estimateJob, type JobEstimate } from '../estimate-job';
import type { FinishOptions } from '../finish-job';
import type { JobResult } from '../job-event';
import { offerBlobs } from '../offer-blobs';
import type { OutputStore } from '../output-store';
import { isPeerUrl } from '../peer-url';
import { type JobDescription, type PreparedJob, prepareJob } from '../prepare-job';
import { BLOBS_PATH, endpointUrl } from '../result-document';
import { resumeJob } from '../resume-job';
import { runJob, type RunJobRequest } from '../run-job';
import { decodeTicket, encodeTicket, type JobTicket } from '../ticket';
import type { ClientPeers } from './client-peers';
import {
    InputsRefusedError,
    JobUnknownError,
    KeyRefusedError,
    NeverPostedError,
    NoNodesFoundError,
    NoSecretError,
    NoSenderError,
} from './errors';
import { boundTo, type ClientSender } from './sender';
import { createMemoryShelf, type JobShelf, type KeptJob, type KeptTerms } from './shelf';
import { type Submission, submission, type SubmissionPen } from './submission';

export interface CocoonOptions extends Pick<ConnectOptions, 'apiKey' | 'pollMs' | 'timeoutMs'> {
    /** JSON-RPC of a toncenter v2, or several of them; see `connect`. */
    readonly endpoint: string | readonly (string | EndpointAddress)[];
    /** Address of the Market to work on. */
    readonly market: Address | string;
    /** The wallet that pays; without one jobs can be estimated and followed. */
    readonly sender?: ClientSender | undefined;
    /** Where jobs are kept; as long as the page lasts unless set. */
    readonly shelf?: JobShelf | undefined;
    /** Where results are kept; nowhere unless set. */
    readonly outputs?: OutputStore | undefined;
    /** Base URLs of blob stores that take inputs, besides the nodes that do. */
    readonly stores?: readonly string[];
    /** URLs of the nodes that shall hear of jobs; those that the chain shows unless set. */
    readonly nodes?: readonly string[] | undefined;
    readonly fetch?: Fetch | undefined;
    /**
     * The way to nodes without a public address, see `createPeers` of `cocoon/peers`: they bid for jobs
     * of this client then, too. Without it nodes with a public URL alone are reached.
     */
    readonly peers?: ClientPeers | undefined;
    /**
     * At least 32 bytes that the client keeps for good: the keys of its sealed jobs come from them, so
     * that `recover` finds everything again on another machine. Without them each sealed job has
     * random keys, which stand on the shelf alone.
     */
    readonly secret?: Uint8Array | undefined;
}

/** What is to be done, and what it may cost. */
export interface SubmitRequest
    extends
        Pick<JobDescription, 'manifest' | 'items' | 'limits' | 'comparison'>,
        Pick<RunJobRequest, 'checkRate' | 'payUnverified' | 'keep'>,
        Pick<FinishOptions, 'settlement' | 'onItem'> {
    /** Most that all items together may cost, nanoGRAM. */
    readonly ceiling: bigint;
    /** A bid at or under it wins at once, nanoGRAM; half of the ceiling unless set. */
    readonly takePrice?: bigint;
    /** Seconds for bids; 30 unless set. */
    readonly bidWindowSeconds?: number;
    /** Seconds from the award to the result; 600 unless set. */
    readonly commitWindowSeconds?: number;
    /** What the user may know the job by; the name of the model unless set. */
    readonly label?: string;
    /** Only the winner, and who is drawn to check it, can read inputs and outputs; false unless set. */
    readonly sealed?: boolean;
    /**
     * Of a sealed job: gives its key to all nodes before it is posted, so that the client may go away
     * at once. Each of them can read the inputs then, whoever wins; name those that are trusted in
     * `nodes`. False unless set: the winner alone is given the key, once it has won, by `submit` or
     * `resume`.
     */
    readonly leaveKey?: boolean;
}

/** A client of a market: everything that a page needs in one object. */
export interface Cocoon {
    readonly chain: Chain;
    /** Says what a job costs at most, and what would be sent for it; sends nothing. */
    estimate(
        request: Pick<EstimateRequest, 'ceiling' | 'items'>,
        options?: CallOptions,
    ): Promise<JobEstimate>;
    /**
     * Gives the inputs to nodes, posts the job, follows it, fetches and proves its results, and
     * accepts them. What is needed to go on is kept before anything is paid.
     *
     * The submission fails with NoSenderError, NoNodesFoundError, InputsRefusedError,
     * InsufficientFundsError, UserDeclinedError, WalletSwitchedError, and as `runJob`; also with SpecError, ManifestError,
     * ItemError and TensorError for a request that breaks its format.
     */
    submit(request: SubmitRequest): Submission;
    /**
     * Goes on with a job that was submitted here before, wherever it is. One that was never posted
     * is posted under its old ticket, which never pays twice.
     *
     * The submission fails with JobUnknownError, NeverPostedError, and as `submit`.
     */
    resume(id: string, options?: Pick<FinishOptions, 'settlement' | 'onItem'>): Submission;
    /**
     * Goes on with a sealed job that was submitted anywhere with the same `secret`, by its Escrow and
     * number alone.
     *
     * The submission fails with NoSecretError, JobNotRecoveredError, and as `submit`.
     */
    recover(
        job: { readonly escrow: Address | string; readonly jobId: number },
        options?: Pick<FinishOptions, 'settlement' | 'onItem'>,
    ): Submission;
    /** The proved results of a job; the same as `resume(id).result`. */
    result(id: string): Promise<JobResult>;
    /** Jobs that are kept, the newest first. */
    jobs(): Promise<KeptJob[]>;
    /** Forgets a job; its money goes where the chain says. */
    forget(id: string): Promise<void>;
    /** Accepts a result unseen: `submit` and `resume` do it for what they have proved. */
    accept(id: string, options?: CallOptions): Promise<void>;
    /** Takes a job back that nobody has won yet. */
    cancel(id: string, options?: CallOptions): Promise<void>;
    /**
     * Asks nodes why they did not bid for a job of the shelf, before it is forgotten. What they say is
     * a hint at what to change, and their word alone; `explainNoBid` makes a sentence of it.
     *
     * @throws JobUnknownError, what `connect` throws
     */
    whyNoBid(id: string, options?: CallOptions): Promise<NoBidAnswers>;
    /** Says what doubting the finding about a job takes. */
    quoteDispute(id: string, options?: CallOptions): Promise<DisputeQuote>;
    /** Doubts what was found about a job. */
    dispute(id: string, leaf: number, options?: CallOptions): Promise<DisputeQuote>;
}

const BID_WINDOW_SECONDS = 30;
const COMMIT_WINDOW_SECONDS = 600;

/**
 * Creates a client of a market. Nothing is asked before the first call.
 *
 * @example
 * const cocoon = createCocoon({ endpoint, market, sender: tonConnectSender(ui, { network: -239 }) });
 * const submission = cocoon.submit({ manifest, items, ceiling: toNano('0.05') });
 * for await (const event of submission) console.log(event.kind);
 * const { items } = await submission.result;
 */
export function createCocoon(options: CocoonOptions): Cocoon {
    return new MarketClient(options);
}

/** Nodes that are asked where peers reach them; the network knows the others. */
const FIRST_PEERS = 6;

class MarketClient implements Cocoon {
    readonly chain: Chain;
    readonly #options: CocoonOptions;
    readonly #fetch: Fetch | undefined;
    readonly #shelf: JobShelf;
    #deployment: Promise<Deployment> | undefined;
    /** Jobs of one wallet are posted one after another: each takes the next id of its Escrow. */
    #posting = Promise.resolve();

    constructor(options: CocoonOptions) {
        const { endpoint, apiKey, pollMs, timeoutMs, shelf = createMemoryShelf() } = options;
        this.#options = options;
        this.#fetch = this.#reaching(options);
        this.#shelf = shelf;
        this.chain = connect(endpoint, {
            ...(apiKey !== undefined && { apiKey }),
            ...(pollMs !== undefined && { pollMs }),
            ...(timeoutMs !== undefined && { timeoutMs }),
        });
    }

    async estimate(
        { ceiling, items }: Pick<EstimateRequest, 'ceiling' | 'items'>,
        { signal }: CallOptions = {},
    ): Promise<JobEstimate> {
        const { chain } = this;
        const client = this.#wallet('estimate for').client;
        const deployment = await this.#market();
        return estimateJob({ chain, deployment, client, ceiling, items, signal });
    }

    submit(request: SubmitRequest): Submission {
        return submission(async (pen) => {
            const { client } = this.#wallet('pay');
            const { job, nodes, seed } = await this.#offer(request, pen.signal);
            const { settlement, onItem, label = request.manifest.name } = request;
            const kept = (ticket: JobTicket): KeptJob => ({
                id: nameOf(ticket),
                ticket: encodeTicket(ticket),
                label,
                client: client.toRawString(),
                specBytes: job.specBytes,
                inputHashes: joined(job.inputHashes),
                blobs: job.blobs,
                terms,
                submittedAt: Date.now(),
                state: 'kept',
            });
            const terms = termsOf(request);
            const run = { job, nodes, client, terms, seed, kept, settlement, onItem };
            return this.#run(run, pen);
        });
    }

    resume(id: string, options: Pick<FinishOptions, 'settlement' | 'onItem'> = {}): Submission {
        return submission(async (pen) => {
            const kept = await this.#kept(id);
            pen.named(id);
            const ticket = decodeTicket(kept.ticket);
            const { chain } = this;
            const { outputs } = this.#options;
            const resumed = await resumeJob({
                ...{ ...options, chain, ticket, store: outputs, fetch: this.#fetch },
                job: followed(kept),
                signal: pen.signal,
                onEvent: pen.tell,
            });
            if (resumed.posted) {
                await this.#done(kept);
                return resumed;
            }
            if (resumed.reason !== 'unseen') throw new NeverPostedError(resumed.reason);
            const nodes = await this.#nodes(pen.signal);
            await this.#push(kept.blobs, nodes, pen.signal);
            const { terms } = kept;
            const client = Address.parseRaw(kept.client);
            const { contentKey } = ticket;
            const job = { ...prepared(kept), contentKey };
            const again = { job, nodes, client, terms, ticket, kept: () => kept };
            return this.#run({ ...options, ...again }, pen);
        });
    }

    recover(
        { escrow, jobId }: { readonly escrow: Address | string; readonly jobId: number },
        options: Pick<FinishOptions, 'settlement' | 'onItem'> = {},
    ): Submission {
        return submission(async (pen) => {
            const { secret, outputs: store, stores } = this.#options;
            const fetch = this.#fetch;
            if (secret === undefined) throw new NoSecretError();
            const { chain } = this;
            const { signal, tell } = pen;
            const address = typeof escrow === 'string' ? Address.parse(escrow) : escrow;
            const place = { chain, deployment: await this.#market(), escrow: address, jobId };
            const { recoverJob } = await import('./seldom.js');
            const found = await recoverJob({ ...place, secret, stores, fetch, signal });
            pen.named(nameOf(found.ticket));
            const call = { ...options, chain, store, fetch, signal, onEvent: tell };
            const resumed = await resumeJob({ ...call, ...found });
            if (resumed.posted) return resumed;
            throw new JobUnknownError(nameOf(found.ticket));
        });
    }

    result(id: string): Promise<JobResult> {
        return this.resume(id).result;
    }

    jobs(): Promise<KeptJob[]> {
        return this.#shelf.list();
    }

    forget(id: string): Promise<void> {
        return this.#shelf.remove(id);
    }

    async accept(id: string, { signal }: CallOptions = {}): Promise<void> {
        const { chain } = this;
        await acceptResult({ chain, ticket: await this.#ticket(id), signal });
    }

    async cancel(id: string, { signal }: CallOptions = {}): Promise<void> {
        const { chain } = this;
        const ticket = await this.#ticket(id);
        const { sender } = this.#wallet('cancel');
        const { cancelJob } = await import('./seldom.js');
        await cancelJob({ chain, deployment: await this.#market(), sender, ticket, signal });
    }

    async whyNoBid(id: string, { signal }: CallOptions = {}): Promise<NoBidAnswers> {
        const kept = await this.#kept(id);
        const { escrow, jobId } = decodeTicket(kept.ticket);
        const fetch = this.#fetch;
        const endpoints = await this.#nodes(signal);
        const spec = sha256(kept.specBytes);
        const { askWhyNoBid } = await import('./seldom.js');
        return askWhyNoBid({ escrow, jobId, spec, endpoints, fetch, signal });
    }

    async quoteDispute(id: string, { signal }: CallOptions = {}): Promise<DisputeQuote> {
        const { chain } = this;
        const job = await this.#ticket(id);
        const { quoteDispute } = await import('./seldom.js');
        return quoteDispute({ chain, deployment: await this.#market(), job, signal });
    }

    async dispute(id: string, leaf: number, { signal }: CallOptions = {}): Promise<DisputeQuote> {
        const { chain } = this;
        const job = await this.#ticket(id);
        const { sender } = this.#wallet('dispute');
        const deployment = await this.#market();
        const { disputeJob } = await import('./seldom.js');
        return disputeJob({ chain, deployment, job, leaf, sender, signal });
    }

    // ------------------------------------------------------------------ steps

    /** Posts and follows a job whose inputs are with the nodes. */
    async #run(
        { nodes, kept, terms, ...request }: PostedRun,
        pen: SubmissionPen,
    ): Promise<JobResult> {
        const { sender } = this.#options;
        if (sender === undefined) throw new NoSenderError('pay');
        const { outputs } = this.#options;
        const deployment = await this.#market();
        let record: KeptJob | undefined;
        let release: () => void = () => undefined;
        const before = this.#posting;
        this.#posting = new Promise<void>((resolve) => (release = resolve));
        try {
            await before;
            pen.signal.throwIfAborted();
            const result = await runJob({
                ...request,
                ...terms,
                ceiling: BigInt(terms.ceiling),
                takePrice: BigInt(terms.takePrice),
                ...{ chain: this.chain, deployment, store: outputs, fetch: this.#fetch },
                sender: boundTo(sender, request.client, this.chain),
                endpoints: nodes,
                signal: pen.signal,
                onTicket: async (ticket) => {
                    record = kept(ticket);
                    await this.#shelf.put(record);
                    pen.named(record.id);
                },
                onEvent: (event) => {
                    if (event.kind === 'posted') release();
                    pen.tell(event);
                },
            });
            await this.#done(record ?? kept(result.ticket));
            return result;
        } finally {
            release();
        }
    }

    /** Prepares a job and gives its inputs to nodes and stores. */
    async #offer(
        { manifest, items, limits, comparison, sealed = false, leaveKey = false }: SubmitRequest,
        signal: AbortSignal,
    ): Promise<Offered> {
        const { secret, peers } = this.#options;
        const handover = leaveKey ? 'before' : 'award';
        const sealing = sealed
            ? (await import('../job-sealing.js')).createSealing({ secret, handover })
            : undefined;
        const described = {
            ...{ manifest, items, sealing },
            ...(limits && { limits }),
            ...(comparison && { comparison }),
            ...(peers && { delivery: peers.delivery }),
        };
        const { blobs } = prepareJob({ ...described, sources: [] });
        const nodes = await this.#nodes(signal);
        const sources = await this.#push(blobs, nodes, signal);
        const job = prepareJob({ ...described, sources });
        if (leaveKey) await this.#leaveKey(job, nodes, signal);
        return { job, nodes, seed: sealing?.seedOf };
    }

    async #leaveKey(
        { spec: { privacy }, contentKey }: PreparedJob,
        endpoints: readonly string[],
        signal: AbortSignal,
    ): Promise<void> {
        if (privacy.mode !== 'sealed' || contentKey === undefined) return;
        const { chain } = this;
        const fetch = this.#fetch;
        const { keyHash } = privacy;
        const { leaveKeys } = await import('../leave-keys.js');
        const left = await leaveKeys({ chain, endpoints, keyHash, contentKey, fetch, signal });
        if (left.taken.length > 0) return;
        throw new KeyRefusedError(left.refused.map(({ reason }) => reason));
    }

    async #push(
        blobs: readonly Uint8Array[],
        nodes: readonly string[],
        signal: AbortSignal,
    ): Promise<readonly string[]> {
        const { stores = [] } = this.#options;
        const all = [...stores, ...nodes.map((node) => endpointUrl(node, BLOBS_PATH))];
        const { taken, refused } = await offerBlobs({
            blobs,
            stores: all,
            fetch: this.#fetch,
            signal,
        });
        if (taken.length > 0) return taken;
        throw new InputsRefusedError(refused.map(({ reason }) => reason));
    }

    async #nodes(signal: AbortSignal | undefined): Promise<readonly string[]> {
        const { nodes } = this.#options;
        if (nodes !== undefined) return nodes;
        const { chain } = this;
        const found = await discoverNodes({ chain, deployment: await this.#market(), signal });
        if (found.length === 0) throw new NoNodesFoundError();
        return found.map(({ endpoint }) => endpoint);
    }

    /** To nodes with a public URL as it is given; to others by their keys, where there is a way. */
    #reaching({ fetch, peers }: CocoonOptions): Fetch | undefined {
        if (peers === undefined) return fetch;
        const known = async () => {
            const { peerAddresses } = await import('../peer-addresses.js');
            const place = { chain: this.chain, deployment: await this.#market() };
            return peerAddresses({ ...place, most: FIRST_PEERS, fetch });
        };
        const plain: Fetch = fetch ?? ((url, init) => globalThis.fetch(url, init));
        return (url, init) => (isPeerUrl(url) ? peers.fetch(url, init, known) : plain(url, init));
    }

    #market(): Promise<Deployment> {
        const { market } = this.#options;
        const address = typeof market === 'string' ? Address.parse(market) : market;
        return (this.#deployment ??= Market.fromAddress(address).deployment());
    }

    /** The wallet that is connected now, and a sender that pays from no other one. */
    #wallet(what: string) {
        const { sender } = this.#options;
        const client = sender?.address;
        if (sender === undefined || client === undefined) throw new NoSenderError(what);
        return { client, sender: boundTo(sender, client, this.chain) };
    }

    async #kept(id: string): Promise<KeptJob> {
        const kept = await this.#shelf.get(id);
        if (kept === undefined) throw new JobUnknownError(id);
        return kept;
    }

    async #ticket(id: string): Promise<JobTicket> {
        return decodeTicket((await this.#kept(id)).ticket);
    }

    /** The results are here, so that nobody has to be given the inputs again. */
    #done(record: KeptJob): Promise<void> {
        return this.#shelf.put({ ...record, state: 'done', blobs: [] });
    }
}

/** A job whose inputs are with nodes. */
interface Offered extends Pick<RunJobRequest, 'seed'> {
    readonly job: PreparedJob;
    readonly nodes: readonly string[];
}

/** What posting and following a job takes. */
interface PostedRun
    extends Pick<FinishOptions, 'settlement' | 'onItem'>, Pick<RunJobRequest, 'seed'> {
    readonly job: PreparedJob;
    readonly nodes: readonly string[];
    readonly client: Address;
    readonly terms: KeptTerms;
    /** Of an earlier posting whose fate is unknown. */
    readonly ticket?: JobTicket;
    readonly kept: (ticket: JobTicket) => KeptJob;
}

function termsOf(request: SubmitRequest): KeptTerms {
    const { ceiling, takePrice = ceiling / 2n, checkRate, payUnverified, keep } = request;
    return {
        ceiling: ceiling.toString(),
        takePrice: takePrice.toString(),
        bidWindowSeconds: request.bidWindowSeconds ?? BID_WINDOW_SECONDS,
        commitWindowSeconds: request.commitWindowSeconds ?? COMMIT_WINDOW_SECONDS,
        ...(checkRate !== undefined && { checkRate }),
        ...(payUnverified !== undefined && { payUnverified }),
        ...(keep !== undefined && { keep }),
    };
}

/** What following a job needs of it. @throws SpecError for a record that was changed */
function followed({ specBytes, inputHashes }: KeptJob): Pick<PreparedJob, 'spec' | 'inputHashes'> {
    const hashes: Hash[] = [];
    for (let at = 0; at < inputHashes.length; at += HASH_BYTES) {
        hashes.push(asHash(inputHashes.slice(at, at + HASH_BYTES)));
    }
    return { spec: parseJobSpec(specBytes), inputHashes: hashes };
}

/** All of a job, to post it again. @throws SpecError, ManifestError for a record that was changed */
function prepared(kept: KeptJob): PreparedJob {
    const { specBytes, blobs } = kept;
    const { spec, inputHashes } = followed(kept);
    const [manifestBytes = new Uint8Array(0)] = blobs;
    return {
        ...{ spec, inputHashes, specBytes, blobs },
        specHash: sha256(specBytes),
        model: sha256(manifestBytes),
        comparison: comparisonRuleOf(spec, parseManifest(manifestBytes)),
    };
}

function nameOf({ escrow, jobId }: JobTicket): string {
    return `${escrow.toRawString()}/${jobId}`;
}

function joined(hashes: readonly Uint8Array[]): Uint8Array {
    const all = new Uint8Array(hashes.length * HASH_BYTES);
    for (const [at, hash] of hashes.entries()) all.set(hash, at * HASH_BYTES);
    return all;
}
