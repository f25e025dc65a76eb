import type { Address } from '@ton/core';
import { comparisonRuleOf } from '../protocol';
import { type Chain, readOpenJob } from '../sdk';
import type { BlobStore } from '../sdk/node';
import { parametersTag } from '../wrappers';
import type { Capacity, Work } from './capacity';
import { type BiddingJob, type BidTerms, checkBacking, checkTrial, decideBid } from './decide-bid';
import type { ContentKeys } from './content-keys';
import { PassError } from './errors';
import type { JobDocuments } from './gather';
import { bytesPerItem, bytesToFetch, type JobMaterials } from './job-materials';
import type { NodeActions } from './node-actions';
import { missingOf } from './outcomes/reasons';
import { needsMeasuring, type Pricing, type Quote, quote } from './pricing';
import type { Place } from './room';
import {
    checkDemands,
    checkRule,
    checkStrictness,
    checkTerms,
    type JobLimits,
    modelOf,
    type ReadRules,
} from './rules';
import type { Costs } from './state';

/** Left of a window for a message to reach the chain, milliseconds. */
export const MESSAGE_MS = 1_500;
/** What was read longer ago than that is read again before money depends on it, milliseconds. */
const STALE_MS = 500;
/** Downloads are counted on to run at half of the rate that was measured. */
const FETCH_SAFETY = 2;
/** Bytes a millisecond of a node that has fetched nothing yet: 1 MiB a second. */
const FIRST_FETCH_RATE = 1024 ** 2 / 1000;

export interface PrepareBidOptions {
    readonly chain: Chain;
    readonly escrow: Address;
    /** Names the job among the promised ones. */
    readonly key: string;
    /** The job as it was read at `now`, UNIX seconds of the chain. */
    readonly job: BiddingJob;
    readonly now: number;
    readonly actions: Pick<NodeActions, 'view'>;
    readonly blobs: Pick<BlobStore, 'has'>;
    readonly contentKeys: Pick<ContentKeys, 'has'>;
    readonly materials: JobMaterials;
    readonly costs: Costs;
    readonly capacity: Capacity;
    readonly pricing: Pricing;
    readonly rules: ReadRules;
    readonly limits: JobLimits;
    readonly place: Pick<Place, 'check' | 'load'>;
    /** Names the parameters that the Market lists jobs under now. */
    readonly parametersTag: (signal: AbortSignal) => Promise<bigint>;
    /** What a bid costs the stake, and the commit with it, nanoGRAM. */
    readonly messageFees: () => Promise<bigint>;
    /** Inputs and model up to this size are fetched before the bid in any case, bytes. */
    readonly prefetchBytes: number;
    readonly signal: AbortSignal;
    /** Told what is known of the job, as soon as it is. */
    readonly onDocuments: (documents: JobDocuments) => void;
}

/**
 * Gathers what a bid rests on, and decides it. The work is promised when this returns.
 *
 * @throws PassError where the node does not bid
 */
export async function prepareBid(options: PrepareBidOptions): Promise<BidTerms> {
    const { job, limits, rules, actions, signal, capacity, key, now } = options;
    checkTerms(job, limits);
    rules.checkModel(modelOf(job));
    await checkParameters(options);
    const startedAt = performance.now();
    const documents = await options.materials.documents(job.terms);
    options.onDocuments(documents);
    rules.checkManifest(modelOf(job), documents.manifest);
    checkDemands(documents.spec, documents.manifest, limits);
    checkKey(documents, options);
    checkRule(job, documents.spec, documents.manifest);
    const rule = comparisonRuleOf(documents.spec, documents.manifest);
    checkStrictness(rule, documents.manifest, limits);
    const known = knownCost(options, documents);
    // A bid that cannot win needs no inputs.
    if (known !== undefined || !needsMeasuring(options.pricing)) {
        decideBid(job, await offer(options, known ?? 0), { checkRate: 0n }, limits);
    }
    const first = fetchesFirst(options, documents);
    // Nor does one that there is no room for.
    options.place.check();
    try {
        const work = await plan(options, documents, first);
        const price = await offer(options, work.coreMsPerItem());
        const late = performance.now() - startedAt > STALE_MS;
        const { open, at } = late ? await stillBidding(options) : { open: job, at: now };
        if (late) {
            const later = workOf(options, documents, { job: open, now: at });
            capacity.check(key, later, at);
            capacity.promise(key, later);
        }
        const stake = await actions.view({ signal });
        checkTrial(open, stake, limits);
        const bid = decideBid(open, price, stake, limits);
        checkBacking(bid, open, stake);
        return bid;
    } catch (error) {
        capacity.drop(key);
        throw error;
    }
}

/**
 * A job that was posted from the surplus may be under parameters that the Market has replaced.
 *
 * @throws PassError `old-parameters`
 */
async function checkParameters({ job, signal, ...options }: PrepareBidOptions): Promise<void> {
    if (parametersTag(job.parameters) === (await options.parametersTag(signal))) return;
    const { version } = job.parameters;
    const detail = `The job is under parameters of version ${version}, which are not in force.`;
    throw new PassError({ code: 'old-parameters', version: Number(version) }, detail);
}

/**
 * A client that has gone away gives its key to nobody more.
 *
 * @throws PassError `sealed`
 */
function checkKey({ spec }: JobDocuments, { contentKeys }: PrepareBidOptions): void {
    const { privacy } = spec;
    if (privacy.mode !== 'sealed' || privacy.handover === 'award') return;
    if (contentKeys.has(privacy.keyHash)) return;
    throw new PassError('sealed', 'The client has left the key of the inputs with other nodes.');
}

function knownCost({ costs }: PrepareBidOptions, { spec }: JobDocuments): number | undefined {
    return costs.coreMsPerItem(spec.model, bytesPerItem(spec));
}

/** Gathers what the bid needs to be on this machine, and makes sure that there is time for it. */
async function plan(
    options: PrepareBidOptions,
    documents: JobDocuments,
    prefetch: boolean,
): Promise<Work> {
    const { job, now, key, materials, capacity, pricing } = options;
    const { terms, biddingEnd } = job;
    const endAt = performance.now() + (biddingEnd - now) * 1000 - MESSAGE_MS;
    const leftMs = () => Math.max(Math.ceil(endAt - performance.now()), STALE_MS);
    const fetchInputs = () => withinMs(materials.inputs(terms), leftMs());
    const check = (): Work => {
        const work = workOf(options, documents, { job, now });
        capacity.check(key, work, now);
        // At once: other jobs are looked at while this one waits for its inputs.
        capacity.promise(key, work);
        return work;
    };
    const measured = async (): Promise<Work> => {
        await fetchInputs();
        await materials.measure(terms, leftMs());
        return check();
    };
    const known = knownCost(options, documents);
    if (known === undefined && needsMeasuring(pricing)) return measured();
    try {
        const work = check();
        // A client without inputs would make each winner pay for declining.
        if (prefetch) await fetchInputs();
        return work;
    } catch (error) {
        const mayBeFaster = known === undefined && error instanceof PassError;
        if (!mayBeFaster || !['too-slow', 'busy'].includes(error.reason)) throw error;
    }
    return measured();
}

/** How long inputs and model will take to come, seconds. */
function fetchTime({ costs, blobs }: PrepareBidOptions, documents: JobDocuments): number {
    const rate = costs.fetchRate ?? FIRST_FETCH_RATE;
    return (bytesToFetch(documents, blobs) / rate / 1000) * FETCH_SAFETY;
}

/**
 * Whether inputs and model are fetched before the bid: what is small, and what a winner could not
 * fetch in time, who pays for giving the job back.
 *
 * @throws PassError `too-slow` where there is no time for that either
 */
function fetchesFirst(options: PrepareBidOptions, documents: JobDocuments): boolean {
    const { job, now, costs, blobs, prefetchBytes } = options;
    const bytes = bytesToFetch(documents, blobs);
    if (bytes <= prefetchBytes) return true;
    // Without any measurement it is tried.
    if (costs.fetchRate === undefined) return false;
    const seconds = fetchTime(options, documents);
    const { declineWindow } = job.parameters;
    if (seconds <= declineWindow) return false;
    const left = job.biddingEnd - now - MESSAGE_MS / 1000;
    if (seconds <= left) return true;
    const detail =
        `The download of ${bytes} bytes takes about ${seconds.toFixed(0)} s; a winner has ` +
        `${declineWindow} s to say that it cannot have the inputs, and bids end in ` +
        `${left.toFixed(0)} s.`;
    throw new PassError(
        { code: 'too-slow', neededMs: seconds * 1000, allowedMs: Math.max(0, left) * 1000 },
        detail,
    );
}

/** What a job means for the plan, should the bid win. */
function workOf(
    options: PrepareBidOptions,
    documents: JobDocuments,
    { job, now }: { readonly job: BiddingJob; readonly now: number },
): Work {
    const { terms, biddingEnd, parameters } = job;
    const fetchSeconds = fetchTime(options, documents);
    // A price at or under the take price wins at once, and the time begins to run.
    const atOnce = terms.takePrice > 0n;
    const wonAt = atOnce ? now : biddingEnd;
    return {
        items: terms.items,
        // No item may take longer than its limit.
        coreMsPerItem: () => knownCost(options, documents) ?? documents.spec.limits.msPerItem,
        readyAt: wonAt + Math.min(fetchSeconds, parameters.declineWindow),
        dueAt: wonAt + terms.commitWindowSeconds,
    };
}

async function offer(options: PrepareBidOptions, coreMsPerItem: number): Promise<Quote> {
    const { pricing, job, place, messageFees } = options;
    return quote(pricing, {
        items: job.terms.items,
        coreMsPerItem,
        feesNano: pricing.perJob === 'fees' ? await messageFees() : 0n,
        load: place.load,
    });
}

async function stillBidding({
    chain,
    escrow,
    job,
    signal,
}: PrepareBidOptions): Promise<{ open: BiddingJob; at: number }> {
    const place = { escrow, jobId: job.id };
    const { job: open, chainTime: at } = await readOpenJob(chain, place, { signal });
    if (open?.state === 'bidding') return { open, at };
    throw new PassError('too-late', 'The time for bids was over before this node was ready.');
}

/** @throws PassError `inputs-unavailable` when the work takes longer */
export function withinMs<T>(work: Promise<T>, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
        const late = () => {
            const detail = `The inputs are not here in ${ms} ms.`;
            reject(new PassError(missingOf('inputs-unavailable', 'The inputs', [detail]), detail));
        };
        const timer = setTimeout(late, ms);
        work.finally(() => clearTimeout(timer)).then(resolve, reject);
    });
}
