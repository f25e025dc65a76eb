import type { Address, Transaction } from '@ton/core';
import type { Logger } from 'pino';
import { hashFromBigInt, hashFromHex, type HashHex, hashToBigInt, hashToHex } from '../protocol';
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
import { Escrow, type JobOutcome, type JobView, type NodeAction } from '../wrappers';
import type { BiddingJob, BidLimits } from './decide-bid';
import { ActionRefusedError, PassError, type PassReason } from './errors';
import type { JobName, ProviderEvent, ProviderNews } from './events';
import type { JobInputs } from './gather';
import { JobMaterials, type JobMaterialsOptions } from './job-materials';
import type { Journal, JobRecord, SignedResult } from './journal';
import type { ActionTarget, NodeActions } from './node-actions';
import { MESSAGE_MS, prepareBid, withinMs } from './prepare-bid';
import type { Pricing } from './pricing';
import type { Seeds } from './seeds';

/** The parts of a node that its jobs share. */
export interface JobRunParts extends Omit<JobMaterialsOptions, 'signal'> {
    readonly chain: Chain;
    readonly stake: Address;
    readonly actions: NodeActions;
    readonly seeds: Seeds;
    readonly journal: Journal;
    readonly pricing: Pricing;
    readonly limits: BidLimits;
    /** Inputs and model up to this size are fetched before the bid, larger ones after the award. */
    readonly prefetchBytes: number;
    readonly logger: Logger;
    readonly tell: (event: ProviderEvent) => void;
    /** Called when results can be served; more than once for one job. */
    readonly publish: (job: JobName, document: HashHex) => Promise<void>;
}

/** Which job to run. */
export interface JobTarget extends JobName, ActionTarget {
    /** UNIX time of the chain in seconds; unknown for a job from the journal. */
    readonly listedAt?: number;
}

/** A listing may be seen before its Escrow has taken the job, seconds. */
const LISTING_GRACE_SECONDS = 30;

/**
 * One job of a node from its listing to its end. All that happens is decided by the state on
 * chain, so that a run may start at any point of the job's life.
 */
export class JobRun {
    readonly #parts: JobRunParts;
    readonly #target: JobTarget;
    readonly #signal: AbortSignal;
    readonly #materials: JobMaterials;
    /** The Stake has sent the bid on. */
    #bid = false;
    /** The Escrow has answered the bid. */
    #bidAnswered = false;
    /** The Stake has sent the commit on. */
    #committed = false;

    constructor(parts: JobRunParts, target: JobTarget, signal: AbortSignal) {
        this.#parts = parts;
        this.#target = target;
        this.#signal = signal;
        this.#materials = new JobMaterials({ ...parts, signal });
    }

    /**
     * Runs until nothing is left to do for the job.
     *
     * @throws the reason of the signal; all else is told as an event
     */
    async run(): Promise<void> {
        const { escrow, jobId } = this.#target;
        const job = { escrow: escrow.toString(), jobId };
        try {
            await this.#follow();
        } catch (error) {
            this.#signal.throwIfAborted();
            if (error instanceof PassError) {
                const { reason, message: detail } = error;
                this.#tell({ kind: 'passed', reason, detail });
                this.#parts.logger.debug({ ...job, reason, err: error }, 'job passed');
            } else {
                this.#tell({ kind: 'failed', error });
                this.#parts.logger.error({ ...job, err: error }, 'job failed');
            }
        } finally {
            this.#materials.release();
        }
    }

    /** Whether there is work left: a committed job only waits for its client. */
    get busy(): boolean {
        return !this.#committed;
    }

    async #follow(): Promise<void> {
        const { chain } = this.#parts;
        const { escrow: address, jobId } = this.#target;
        const signal = this.#signal;
        const escrow = chain.open(Escrow.fromAddress(address), { signal });
        const { last: after } = await chain.account(address, { signal });
        const graceUntil = (this.#target.listedAt ?? 0) + LISTING_GRACE_SECONDS;
        let dueAt = 0;
        for await (const news of watchAccount(chain, address, { after, signal })) {
            const { account, transactions } = news;
            if (transactions.length === 0 && account.chainTime < dueAt) continue;
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
                await this.#makeBid(job, now);
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
                this.#committed = true;
                await this.#serve(job, now);
                return false;
        }
    }

    /** Notes whether the Escrow has answered what the Stake sent on. */
    #hear(transaction: Transaction): void {
        const note = readEscrowNote(transaction);
        const { jobId } = this.#target;
        if (note === undefined || !('stake' in note) || note.jobId !== jobId) return;
        if (!note.stake.equals(this.#parts.stake)) return;
        if (note.kind === 'bid') this.#bidAnswered = true;
        const exitCode = exitCodeOf(transaction);
        if (exitCode !== 0)
            this.#parts.logger.info({ jobId, note: note.kind, exitCode }, 'refused');
    }

    #lost(): true {
        if (this.#bid) this.#tell({ kind: 'outbid' });
        return true;
    }

    async #makeBid(job: BiddingJob, now: number): Promise<void> {
        const { seeds, journal } = this.#parts;
        const { escrow, jobId } = this.#target;
        const signal = this.#signal;
        const materials = this.#materials;
        const bid = await prepareBid({ ...this.#parts, escrow, job, now, materials, signal });
        const { price } = bid;
        const record = this.#known(0);
        const seed = seeds.seedOf(escrow, jobId, record.bids);
        journal.put({ ...record, bids: record.bids + 1 });
        this.#tell({ kind: 'bidding', price, lock: bid.lock });
        try {
            await this.#act({ kind: 'bid', jobId, ...bid, seedHash: seedHash(seed) });
        } catch (error) {
            if (!(error instanceof ActionRefusedError)) throw error;
            throw new PassError('stake-refused', error.message, error);
        }
        this.#bid = true;
        this.#tell({ kind: 'bid', price });
    }

    /** Executes and commits, or gives the job back in time. @returns whether the run is over */
    async #work(job: AssignedJob, now: number): Promise<boolean> {
        const signed = this.#record?.result;
        if (signed === undefined) this.#tell({ kind: 'won', price: job.bid.price });
        try {
            await this.#commit(job, signed ?? (await this.#execute(job, now)));
            return false;
        } catch (error) {
            this.#signal.throwIfAborted();
            if (!(error instanceof PassError) || this.#committed) throw error;
            const inTime = (await this.#chainTime()) < job.declineDeadline;
            if (!inTime) throw error;
            await this.#decline(error.reason);
            return true;
        }
    }

    async #execute(job: AssignedJob, now: number): Promise<SignedResult> {
        const { escrow, jobId } = this.#target;
        const leftMs = (job.declineDeadline - now) * 1000 - MESSAGE_MS;
        const gathering = this.#materials.inputs(job.terms);
        const inputs: JobInputs = await (leftMs > 0 ? withinMs(gathering, leftMs) : gathering);
        const items = inputs.hashes.length;
        this.#tell({ kind: 'gathered', items });
        const startedAt = performance.now();
        const { root, faulty, document } = await this.#materials.execute(
            job.terms,
            leafContext(escrow, jobId),
            (finished) => this.#tell({ kind: 'progress', finished, items }),
        );
        this.#tell({ kind: 'executed', items, faulty, elapsedMs: performance.now() - startedAt });
        return { root, faulty, document };
    }

    async #commit(job: AssignedJob, result: SignedResult): Promise<void> {
        const { seeds, journal, publish } = this.#parts;
        const { escrow, jobId } = this.#target;
        const seed = seeds.find(escrow, jobId, job.bid.seedHash);
        if (seed === undefined) throw new TypeError('The bid was not made with this secret.');
        // On disk before it is signed: never two roots for one job.
        journal.put({ ...this.#known(1), result });
        await publish(this.#target, result.document);
        const root = hashToBigInt(hashFromHex(result.root));
        await this.#act({ kind: 'commit', jobId, root, seed, faulty: result.faulty });
        this.#committed = true;
        this.#tell({ kind: 'committed' });
    }

    async #decline(reason: PassReason): Promise<void> {
        this.#parts.journal.put({ ...this.#known(1), declined: true });
        await this.#act({ kind: 'decline', jobId: this.#target.jobId });
        this.#tell({ kind: 'declined', reason });
    }

    /** Serves the results; when the client stays silent, lets time pay. */
    async #serve(job: CommittedJob, now: number): Promise<void> {
        const { chain, publish, logger } = this.#parts;
        const { escrow, jobId } = this.#target;
        const signed = this.#record?.result;
        if (signed?.root === hashToHex(hashFromBigInt(job.commit.root))) {
            await publish(this.#target, signed.document);
        } else {
            logger.error({ jobId }, 'the chain has a root that this journal does not know');
        }
        if (now < job.acceptDeadline) return;
        try {
            const contract = Escrow.fromAddress(escrow);
            await chain.open(contract, { signal: this.#signal }).sendTick(jobId);
            this.#tell({ kind: 'ticked' });
        } catch (error) {
            // Somebody else was faster, or the last block is older than the deadline.
            if (!(error instanceof ExternalRefusedError)) throw error;
        }
    }

    #close(outcome: JobOutcome, paid: bigint): void {
        this.#forget();
        this.#tell({ kind: 'closed', outcome, paid });
    }

    /** The job needs nothing any more. */
    #forget(): void {
        const record = this.#record;
        if (record !== undefined) this.#parts.journal.put({ ...record, done: true });
    }

    get #record(): JobRecord | undefined {
        return this.#parts.journal.get(this.#target.escrow, this.#target.jobId);
    }

    /** The record of the job, or a new one after that many bids. */
    #known(bids: number): JobRecord {
        const { escrow, client, index, jobId } = this.#target;
        return this.#record ?? { escrow, client, index, jobId, bids };
    }

    #act(action: NodeAction): Promise<void> {
        const { client, index } = this.#target;
        return this.#parts.actions.send({ client, index }, action, { signal: this.#signal });
    }

    async #chainTime(): Promise<number> {
        const call = { signal: this.#signal };
        return (await this.#parts.chain.account(this.#target.escrow, call)).chainTime;
    }

    #tell(news: ProviderNews): void {
        const { escrow, jobId } = this.#target;
        this.#parts.tell({ escrow, jobId, ...news });
    }
}
