import type { CallOptions, Chain } from './chain';
import { ResultsUnavailableError } from './delivery-errors';
import { endpointOf } from './find-endpoints';
import type { JobEvent } from './job-event';
import type { CommittedResult } from './job-history';
import { type OpenedResults, openResults, type OpenResultsRequest } from './open-results';
import type { PreparedJob } from './prepare-job';
import { sleep } from './retry';
import { streamResults, type StreamResultsRequest } from './stream-results';
import type { JobTicket } from './ticket';
import { isMissing, type ItemResult, type MissingItem } from './verify-results';

/** How results are fetched and handed over. */
export interface CollectOptions
    extends
        CallOptions,
        Pick<OpenResultsRequest, 'store' | 'fetch' | 'retry'>,
        Pick<StreamResultsRequest, 'concurrency'> {
    /** Longest silence of the node, milliseconds; 30,000 unless set. */
    readonly transferTimeoutMs?: number | undefined;
    readonly onEvent?: ((event: JobEvent) => void) | undefined;
    /**
     * Called with each item once it is proved, in the order of arrival, and awaited; items that
     * stay missing come at the end. With it nothing is kept, so that memory stays flat: events and
     * the result then have no items.
     */
    readonly onItem?: ((item: ItemResult) => void | Promise<void>) | undefined;
}

export interface CollectRequest extends CollectOptions {
    readonly chain: Chain;
    readonly ticket: JobTicket;
    readonly job: Pick<PreparedJob, 'spec' | 'inputHashes'>;
    readonly result: CommittedResult;
    /** UNIX time of the chain, seconds, up to which missing outputs are asked for again. */
    readonly until: number;
}

/** What a node delivered. */
export interface Collected {
    /** One for each item, in order; empty where `onItem` took them. */
    readonly items: readonly ItemResult[];
    /** Indexes of outputs that did not come, in order. */
    readonly missing: readonly number[];
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Fetches and proves the results of a committed job, and asks again for what is missing: a node
 * that restarts is given all the time there is.
 *
 * @throws ResultRefusedError when they are not those that were committed, ResultsUnavailableError
 * when the node does not even say what they are, the reason of the signal
 */
export async function collectResults(request: CollectRequest): Promise<Collected> {
    const { chain, result, signal, until } = request;
    const endpoint = await endpointOf(chain, result.stake, { signal });
    const pause = new Pause(chain, until, signal);
    const results = await open(request, endpoint, pause);
    const tell = request.onEvent ?? (() => undefined);
    const pass = new Passes(request, results);
    for (let told = 0; ;) {
        await pass.run();
        const { missing, items } = pass;
        if (missing.length === 0) break;
        if (missing.length !== told) tell({ kind: 'partial', missing, items });
        told = missing.length;
        if (!pass.mayPass || !(await pause.wait())) return pass.end();
    }
    tell({ kind: 'fetched', bytes: pass.bytes, endpoint });
    const collected = await pass.end();
    tell({ kind: 'verified', items: collected.items });
    return collected;
}

async function open(
    request: CollectRequest,
    endpoint: string,
    pause: Pause,
): Promise<OpenedResults> {
    const { ticket, job, result } = request;
    const { escrow, jobId } = ticket;
    let told = false;
    for (;;) {
        try {
            const { commit } = result;
            const { contentKey } = ticket;
            const place = { endpoint, escrow, jobId, commit, contentKey };
            return await openResults({ ...transferOf(request), ...job, ...place });
        } catch (error) {
            if (!(error instanceof ResultsUnavailableError)) throw error;
            if (!told) request.onEvent?.({ kind: 'withheld', endpoint, error });
            told = true;
            if (!(await pause.wait())) throw error;
        }
    }
}

function transferOf({ store, fetch, retry, signal, ...rest }: CollectRequest) {
    const { transferTimeoutMs: timeoutMs, concurrency } = rest;
    return { store, fetch, retry, signal, timeoutMs, concurrency };
}

/** One pass after another over what is still missing. */
class Passes {
    readonly #request: CollectRequest;
    readonly #results: OpenedResults;
    readonly #items: ItemResult[] = [];
    #missing: readonly MissingItem[] = [];
    #started = false;
    bytes: number;

    constructor(request: CollectRequest, results: OpenedResults) {
        this.#request = request;
        this.#results = results;
        this.bytes = results.bytes;
    }

    get items(): readonly ItemResult[] {
        return [...this.#items];
    }

    get missing(): readonly number[] {
        return this.#missing.map(({ index }) => index);
    }

    /** Whether another pass may bring more: what was committed to and is no item stays that. */
    get mayPass(): boolean {
        return this.#missing.some(({ name }) => name !== 'OUTPUT_MALFORMED');
    }

    async run(): Promise<void> {
        const { onEvent, onItem } = this.#request;
        const { endpoint } = this.#results;
        const before = this.bytes;
        const stream = streamResults({
            ...transferOf(this.#request),
            results: this.#results,
            wanted: this.#started ? this.missing : undefined,
            onProgress: (progress) => {
                this.bytes = before + progress.bytes;
                onEvent?.({ kind: 'downloading', endpoint, ...progress });
            },
        });
        this.#started = true;
        const missing: MissingItem[] = [];
        for await (const item of stream) {
            if (isMissing(item)) missing.push(item);
            else if (onItem !== undefined) await onItem(item);
            if (onItem === undefined) this.#items[item.index] = item;
        }
        this.#missing = missing.sort((a, b) => a.index - b.index);
    }

    /** Hands over what is missing for good. */
    async end(): Promise<Collected> {
        for (const item of this.#missing) await this.#request.onItem?.(item);
        return { items: this.#items, missing: this.missing };
    }
}

/** Waits between two passes, longer each time, until the time is over. */
class Pause {
    #ms = FIRST_PAUSE_MS;

    constructor(
        private readonly chain: Chain,
        private readonly until: number,
        private readonly signal: AbortSignal | undefined,
    ) {}

    /** @returns whether there is time for another attempt */
    async wait(): Promise<boolean> {
        const { signal } = this;
        await sleep(this.#ms, signal);
        this.#ms = Math.min(2 * this.#ms, LONGEST_PAUSE_MS);
        return (await this.chain.now({ signal })) < this.until;
    }
}
