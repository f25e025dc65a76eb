import type { Address, Transaction } from '@ton/core';
import type { Logger } from 'pino';
import { hashFromHex, type HashHex, hashToBigInt, hashToHex, hashFromBigInt } from '../protocol';
import { ModelRefusedError } from '../runtime';
import {
    type AssignedJob,
    type Chain,
    type CommittedJob,
    exitCodeOf,
    ExternalRefusedError,
    leafContext,
    nextDeadline,
    readClosings,
    readEscrowNote,
    seedHash,
    watchAccount,
} from '../sdk';
import type { BlobStore } from '../sdk/node';
import { Escrow, type JobOutcome, type JobView } from '../wrappers';
import {
    type BiddingJob,
    type BidLimits,
    checkAllowed,
    checkDemands,
    decideBid,
} from './decide-bid';
import { ActionRefusedError, PassError, type PassReason } from './errors';
import type { JobName, ProviderEvent } from './events';
import { executeJob } from './execute-job';
import {
    type GatherContext,
    gatherDocuments,
    gatherInputs,
    type JobDocuments,
    type JobInputs,
} from './gather';
import type { Journal, JobRecord, SignedResult } from './journal';
import type { ModelCache } from './model-cache';
import type { ActionTarget, NodeActions } from './node-actions';
import { type Pricing, priceOf } from './pricing';
import type { Seeds } from './seeds';

/** The parts of a node that its jobs share. */
export interface JobRunParts extends GatherContext {
    readonly chain: Chain;
    readonly stake: Address;
    readonly actions: NodeActions;
    readonly seeds: Seeds;
    readonly journal: Journal;
    readonly models: ModelCache;
    readonly blobs: BlobStore;
    readonly pricing: Pricing;
    readonly limits: BidLimits;
    /** Inputs and model up to this size are fetched with the bid, larger ones after the award. */
    readonly prefetchBytes: number;
    readonly logger: Logger;
    readonly tell: (event: ProviderEvent) => void;
    /** Called when results can be served. */
    readonly publish: (job: JobName, document: HashHex) => Promise<void>;
}

/** Which job to run. */
export interface JobTarget extends JobName, ActionTarget {}

/** A listing may be seen before its Escrow has taken the job, seconds. */
const LISTING_GRACE_SECONDS = 30;
/** Left of a window for a message to reach the chain, milliseconds. */
const MESSAGE_MS = 1_500;

/**
 * One job of a node from its listing to its end. All that happens is decided by the state on
 * chain, so that a run may start at any point of the job's life.
 */
export class JobRun {
    readonly #parts: JobRunParts;
    readonly #target: JobTarget;
    readonly #signal: AbortSignal;
    readonly #pinned = new Set<HashHex>();
    #documents: JobDocuments | undefined;
    #inputs: Promise<JobInputs> | undefined;
    /** The Stake has sent the bid, and its Escrow has answered it. */
    #bid = false;
    #bidAnswered = false;
    /** The Stake has sent the commit. */
    #committed = false;

    constructor(parts: JobRunParts, target: JobTarget, signal: AbortSignal) {
        this.#parts = parts;
        this.#target = target;
        this.#signal = signal;
    }

    /**
     * Runs until nothing is left to do for the job.
     *
     * @throws the reason of the signal; all else is told as an event
     */
    async run(): Promise<void> {
        const { tell, logger } = this.#parts;
        try {
            await this.#follow();
        } catch (error) {
            this.#signal.throwIfAborted();
            if (error instanceof PassError) {
                const { reason, message: detail } = error;
                tell({ ...this.#name, kind: 'passed', reason, detail });
                logger.debug({ ...this.#log, reason, err: error }, 'job passed');
            } else {
                tell({ ...this.#name, kind: 'failed', error });
                logger.error({ ...this.#log, err: error }, 'job failed');
            }
        } finally {
            for (const sha256 of this.#pinned) this.#parts.blobs.unpin(sha256);
        }
    }

    get #name(): JobName {
        return { escrow: this.#target.escrow, jobId: this.#target.jobId };
    }

    get #log() {
        return { escrow: this.#target.escrow.toString(), jobId: this.#target.jobId };
    }

    async #follow(): Promise<void> {
        const { chain } = this.#parts;
        const { escrow: address, jobId } = this.#target;
        const signal = this.#signal;
        const escrow = chain.open(Escrow.fromAddress(address), { signal });
        const { last: after, chainTime } = await chain.account(address, { signal });
        const graceUntil = chainTime + LISTING_GRACE_SECONDS;
        let dueAt = 0;
        for await (const news of watchAccount(chain, address, { after, signal })) {
            const { account, transactions } = news;
            if (transactions.length === 0 && account.chainTime < dueAt) continue;
            dueAt = Infinity;
            const closing = transactions
                .flatMap(readClosings)
                .find((end) => end.jobId === jobId && end.outcome !== 'refused');
            if (closing !== undefined) return this.#close(closing.outcome, closing.paid);
            for (const transaction of transactions) this.#hear(transaction);
            const job = account.active
                ? await escrow.getOpenJob(jobId, account.chainTime)
                : undefined;
            if (job === undefined) {
                if (this.#record !== undefined) return this.#forget();
                if (account.chainTime > graceUntil) return;
                dueAt = 0;
                continue;
            }
            if (await this.#step(job, account.chainTime)) return;
            dueAt = nextDeadline(job, account.chainTime);
        }
    }

    /** Does what the state of the job asks for. @returns whether the run is over */
    async #step(job: JobView, now: number): Promise<boolean> {
        const mine = 'bid' in job && job.bid?.stake.equals(this.#parts.stake) === true;
        switch (job.state) {
            case 'bidding':
                if (mine) return false;
                if (this.#bid) return this.#bidAnswered && this.#lost();
                if (this.#record?.declined) return true;
                await this.#makeBid(job);
                return false;
            case 'unsold':
                return true;
            case 'assigned':
                if (!mine) return this.#lost();
                return this.#committed ? false : this.#work(job, now);
            case 'overdue':
                return true;
            case 'committed':
                if (!mine) return this.#lost();
                await this.#await(job, now);
                return false;
        }
    }

    /** Whether the Escrow has answered what the Stake sent on. */
    #hear(transaction: Transaction): void {
        const note = readEscrowNote(transaction);
        const ours =
            note !== undefined &&
            'stake' in note &&
            note.jobId === this.#target.jobId &&
            note.stake.equals(this.#parts.stake);
        if (!ours) return;
        const exitCode = exitCodeOf(transaction);
        if (note.kind === 'bid') this.#bidAnswered = true;
        if (exitCode !== 0) {
            this.#parts.logger.warn({ ...this.#log, note: note.kind, exitCode }, 'refused');
        }
    }

    #lost(): true {
        if (this.#bid) this.#parts.tell({ ...this.#name, kind: 'outbid' });
        return true;
    }

    async #makeBid(job: BiddingJob): Promise<void> {
        const { limits, actions, seeds, journal, tell } = this.#parts;
        checkAllowed(job, limits);
        this.#documents ??= await this.#gatherDocuments(job);
        checkDemands(this.#documents.spec, limits);
        if (this.#size(this.#documents) <= this.#parts.prefetchBytes) this.#startInputs();
        const price = await this.#price(job);
        const stake = await actions.view({ signal: this.#signal });
        const bid = decideBid(job, price, stake);
        const { escrow, client, index, jobId } = this.#target;
        const bids = this.#record?.bids ?? 0;
        const seed = seeds.seedOf(escrow, jobId, bids);
        journal.put({ ...(this.#record ?? { escrow, client, index, jobId }), bids: bids + 1 });
        tell({ ...this.#name, kind: 'bidding', price, lock: bid.lock });
        try {
            await this.#act({ kind: 'bid', jobId, ...bid, seedHash: seedHash(seed) });
        } catch (error) {
            if (!(error instanceof ActionRefusedError)) throw error;
            throw new PassError('stake-refused', error.message, error);
        }
        this.#bid = true;
        tell({ ...this.#name, kind: 'bid', price });
    }

    async #price(job: BiddingJob): Promise<bigint> {
        const { pricing } = this.#parts;
        const { items } = job.terms;
        if (pricing.kind === 'per-item') return priceOf(pricing, items, 0);
        return priceOf(pricing, items, await this.#measure());
    }

    /** Milliseconds an item of this job takes here. */
    async #measure(): Promise<number> {
        const inputs = await this.#startInputs();
        const sample: Uint8Array[] = [];
        for await (const item of inputs.items()) {
            sample.push(item);
            if (sample.length >= 16) break;
        }
        const lease = await this.#lease();
        try {
            const options = { signal: this.#signal, minDurationMs: 200 };
            return (await lease.model.benchmark(sample, options)).msPerItem;
        } finally {
            lease.release();
        }
    }

    async #gatherDocuments(job: JobView): Promise<JobDocuments> {
        const documents = await gatherDocuments(job.terms, this.#parts, this.#signal);
        for (const sha256 of documents.blobs) {
            this.#pinned.add(sha256);
            this.#parts.blobs.pin(sha256);
        }
        return documents;
    }

    #size({ spec, manifest }: JobDocuments): number {
        return [...spec.inputs.batches, ...manifest.files].reduce((sum, b) => sum + b.bytes, 0);
    }

    #startInputs(): Promise<JobInputs> {
        if (this.#inputs === undefined) {
            if (this.#documents === undefined) throw new TypeError('The documents come first.');
            this.#inputs = gatherInputs(this.#documents, this.#parts, this.#signal);
            // Whoever awaits it meets the error; before that nobody may be there to do so.
            this.#inputs.catch(() => undefined);
        }
        return this.#inputs;
    }

    async #lease() {
        const { models } = this.#parts;
        if (this.#documents === undefined) throw new TypeError('The documents come first.');
        const { spec, manifest } = this.#documents;
        try {
            return await models.acquire(spec.model, manifest, spec.limits);
        } catch (error) {
            if (!(error instanceof ModelRefusedError)) throw error;
            throw new PassError('model-refused', error.message, error);
        }
    }

    /** Executes and commits, or gives the job back in time. */
    async #work(job: AssignedJob, now: number): Promise<boolean> {
        const { tell } = this.#parts;
        const record = this.#record;
        if (record?.result === undefined) {
            tell({ ...this.#name, kind: 'won', price: job.bid.price });
        }
        const leftMs = (job.declineDeadline - now) * 1000 - MESSAGE_MS;
        let inputs: JobInputs;
        try {
            this.#documents ??= await this.#gatherDocuments(job);
            const gathered = this.#startInputs();
            inputs = await (leftMs > 0 ? withinMs(gathered, leftMs) : gathered);
        } catch (error) {
            this.#signal.throwIfAborted();
            if (!(error instanceof PassError) || leftMs <= 0) throw error;
            return this.#decline(error.reason);
        }
        tell({ ...this.#name, kind: 'gathered', items: inputs.hashes.length });
        let result: SignedResult;
        try {
            result = record?.result ?? (await this.#execute(inputs));
        } catch (error) {
            this.#signal.throwIfAborted();
            const { chainTime } = await this.#parts.chain.account(this.#target.escrow, {
                signal: this.#signal,
            });
            const inTime = chainTime < job.declineDeadline;
            if (error instanceof PassError && inTime) return this.#decline(error.reason);
            throw error;
        }
        await this.#commit(job, result);
        return false;
    }

    async #execute(inputs: JobInputs): Promise<SignedResult> {
        const { blobs, tell } = this.#parts;
        const { escrow, jobId } = this.#target;
        const lease = await this.#lease();
        const startedAt = performance.now();
        const items = inputs.hashes.length;
        try {
            const executed = await executeJob({
                context: leafContext(escrow, jobId),
                inputs,
                model: lease.model,
                blobs,
                signal: this.#signal,
                onProgress: (finished) => {
                    tell({ ...this.#name, kind: 'progress', finished, items });
                },
            });
            const { root, faulty, document } = executed;
            for (const sha256 of executed.blobs) this.#pinned.add(sha256);
            const elapsedMs = performance.now() - startedAt;
            tell({ ...this.#name, kind: 'executed', items, faulty, elapsedMs });
            return { root, faulty, document };
        } finally {
            lease.release();
        }
    }

    async #commit(job: AssignedJob, result: SignedResult): Promise<void> {
        const { seeds, journal, publish, tell } = this.#parts;
        const { escrow, client, index, jobId } = this.#target;
        const seed = seeds.find(escrow, jobId, job.bid.seedHash);
        if (seed === undefined) throw new TypeError('The bid was not made with this secret.');
        // On disk before it is signed: never two roots for one job.
        const known = this.#record ?? { escrow, client, index, jobId, bids: 1 };
        journal.put({ ...known, result });
        await publish(this.#name, result.document);
        const root = hashToBigInt(hashFromHex(result.root));
        await this.#act({ kind: 'commit', jobId, root, seed, faulty: result.faulty });
        this.#committed = true;
        tell({ ...this.#name, kind: 'committed' });
    }

    async #decline(reason: PassReason): Promise<true> {
        const { journal, tell } = this.#parts;
        const { escrow, client, index, jobId } = this.#target;
        const known = this.#record ?? { escrow, client, index, jobId, bids: 1 };
        journal.put({ ...known, declined: true });
        await this.#act({ kind: 'decline', jobId });
        tell({ ...this.#name, kind: 'declined', reason });
        return true;
    }

    /** Serves the results; when the client stays silent, lets time pay. */
    async #await(job: CommittedJob, now: number): Promise<void> {
        const { chain, journal, publish, logger, tell } = this.#parts;
        const signed = journal.get(this.#target.escrow, this.#target.jobId)?.result;
        const onChain = hashToHex(hashFromBigInt(job.commit.root));
        if (signed === undefined || signed.root !== onChain) {
            logger.error(this.#log, 'the chain has a root that this journal does not know');
        } else {
            await publish(this.#name, signed.document);
        }
        if (now < job.acceptDeadline) return;
        const escrow = chain.open(Escrow.fromAddress(this.#target.escrow), {
            signal: this.#signal,
        });
        try {
            await escrow.sendTick(this.#target.jobId);
            tell({ ...this.#name, kind: 'ticked' });
        } catch (error) {
            // Somebody else was faster, or the last block is older than the deadline.
            if (!(error instanceof ExternalRefusedError)) throw error;
        }
    }

    #close(outcome: JobOutcome, paid: bigint): void {
        this.#forget();
        this.#parts.tell({ ...this.#name, kind: 'closed', outcome, paid });
    }

    /** The job needs nothing any more. */
    #forget(): void {
        const record = this.#record;
        if (record !== undefined) this.#parts.journal.put({ ...record, done: true });
    }

    get #record(): JobRecord | undefined {
        return this.#parts.journal.get(this.#target.escrow, this.#target.jobId);
    }

    #act(action: Parameters<NodeActions['send']>[1]): Promise<void> {
        return this.#parts.actions.send(this.#actor, action, { signal: this.#signal });
    }

    get #actor(): ActionTarget {
        return { client: this.#target.client, index: this.#target.index };
    }
}

/** @throws PassError `inputs-unavailable` when the work takes longer */
function withinMs<T>(work: Promise<T>, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
        const late = () =>
            reject(new PassError('inputs-unavailable', `The inputs are not here in ${ms} ms.`));
        const timer = setTimeout(late, ms);
        work.finally(() => clearTimeout(timer)).then(resolve, reject);
    });
}
