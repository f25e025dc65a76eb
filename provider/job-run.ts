import type { Address, Transaction } from '@ton/core';
import {
    type AssignedJob,
    exitCodeOf,
    GetterFailedError,
    type JobClosing,
    nextDeadline,
    readClosings,
    mayConcern,
    readEscrowNote,
    readJobHistory,
    type TransactionCursor,
    watchAccount,
    openJobOf,
} from '../sdk';
import type { JobView } from '../wrappers';
import { BlobPatience } from './blob-patience';
import { explainClosing, explainLoss } from './bookkeeping';
import { type BiddingJob, gram } from './decide-bid';
import {
    ActionLostError,
    ActionRefusedError,
    PassError,
    type PassReason,
    RootConflictError,
} from './errors';
import type { Work } from './capacity';
import { distrustOtherTerms, termsHash } from './cross-check';
import { AT_STAKE_DELAY_MS, backOff, isEndpointTrouble } from './guarded-chain';
import { CheckDuty } from './job-check';
import { JobContext, type JobRunParts, type JobTarget, type RunningJob } from './job-context';
import { commit, doWork, promiseWork } from './job-work';
import { makeBid } from './make-bid';
import { UNSOLD } from './outcomes/job-trail';
import type { PassWhy } from './outcomes/reasons';
import type { Place } from './room';
import { StateUnwritableError } from './state';
import { whenWritable } from './when-writable';

/** A listing may be seen before its Escrow has taken the job, seconds. */
const LISTING_GRACE_SECONDS = 30;
/** What fails for no known reason is tried again so often. */
const ATTEMPTS = 3;
/** A job that waits is looked up on chain more seldom than others: it may be gone meanwhile. */
const WAITING_POLLS = 10;
/** Reasons that pass when other jobs end; a node that is about to end leaves the rest to its next start. */
const WANTS: ReadonlySet<PassReason> = new Set(['busy', 'closing']);
const NOT_LOOKED_AT = 'The time for bids was over while the node looked at other jobs.';

/**
 * One job of a node from its listing to its end. All that happens is decided by the state on
 * chain, so that a run may start at any point of the job's life, and again after any trouble.
 */
export class JobRun {
    readonly #context: JobContext;
    readonly #check: CheckDuty;
    readonly #place: Place;
    readonly #patience: BlobPatience;
    /** What the Escrow did up to here has been dealt with. */
    #after: TransactionCursor | undefined;
    /** The Stake has sent the bid on. */
    #bid = false;
    /** The Escrow has answered the bid; its exit code. */
    #answer: number | undefined;
    /** Whose bid is the best of those that the Escrow took; its Stake and price. */
    #best: { readonly stake: Address; readonly price: bigint } | undefined;
    /** A bid was signed, here or before the node was started. */
    #signed: boolean;
    /** The work of a bid that this run has not made is in the plan. */
    #counted = false;
    /** No bid follows. */
    #gaveUp = false;
    /** What has kept the node from bidding so far. */
    #lack: PassError | undefined;
    /** The chain is to be looked at again, whether it has news or not. */
    #again = false;
    #won = false;
    /** The root is on chain. */
    #committed = false;
    #troubles = 0;

    constructor(parts: JobRunParts, target: JobTarget, signal: AbortSignal) {
        this.#context = new JobContext(parts, target, signal);
        this.#signed = target.mayHaveBid === true;
        this.#place = parts.room.enter(this.#signed);
        this.#check = new CheckDuty(this.#context);
        this.#patience = new BlobPatience({
            ...{ awaited: parts.awaited, client: target.client, random: parts.random },
            onArrival: () => this.#place.recall(),
        });
    }

    /**
     * Runs until nothing is left to do for the job.
     *
     * @throws the reason of the signal; all else is told as an event
     */
    async run(): Promise<void> {
        const { materials, parts, key, signal } = this.#context;
        const about = { job: key, logger: parts.logger, signal };
        try {
            await whenWritable(async () => {
                while (!(await this.#attempt()));
            }, about);
            await this.#context.settle();
            await whenWritable(() => this.#rest(), about);
        } finally {
            materials.release();
            this.#patience.end();
            this.#place.leave();
            parts.capacity.drop(key);
        }
    }

    /** What keeps the node from bidding, where that may change. */
    get lack(): PassWhy | undefined {
        return this.#lacksRoom || this.#patience.waits ? this.#lack?.why : undefined;
    }

    /** A peer says that it has spec and manifest. */
    offer(peer: string): void {
        if (this.#context.materials.offer(peer) && this.#patience.waits) this.#place.recall();
    }

    get #lacksRoom(): boolean {
        return this.#lack !== undefined && WANTS.has(this.#lack.reason);
    }

    get context(): JobContext {
        return this.#context;
    }

    /** What the run is at. */
    get status(): RunningJob {
        const open = this.#place.waits ? 'waiting' : 'looking';
        const begun = this.#won ? 'working' : this.#bid ? 'bid' : open;
        const done = this.#check.drawn ? 'checking' : 'committed';
        return { ...this.#context.facts, phase: this.#committed ? done : begun };
    }

    /** @returns whether the run is over; trouble that may pass is waited for */
    async #attempt(): Promise<boolean> {
        const { signal, key, parts } = this.#context;
        try {
            await this.#follow();
            return true;
        } catch (error) {
            signal.throwIfAborted();
            if (error instanceof PassError && !this.#won && !this.#committed) {
                parts.logger.debug({ job: key, reason: error.reason, err: error }, 'job passed');
                if (!this.#mayBeOpen) return this.#pass(error);
                // No other bid; but the one that is on its way may win.
                this.#lack = error;
                this.#gaveUp = true;
                this.#counted = false;
                this.#place.pause();
                return false;
            }
            const attempt = ++this.#troubles;
            this.#place.pause();
            // Where nothing is known of a job for long, the others do not wait for it.
            if (!isEndpointTrouble(error) || attempt > ATTEMPTS) this.#place.settle();
            if (!this.#mayPass(error)) {
                this.#context.tell({ kind: 'failed', error });
                parts.logger.error({ job: key, err: error }, 'job failed');
                return true;
            }
            const detail = error instanceof Error ? error.message : String(error);
            this.#context.tell({ kind: 'trouble', error, detail, attempt });
            parts.logger.warn({ job: key, attempt, err: error }, 'trouble with a job');
            const atStake = this.#won || this.#check.drawn;
            await backOff(attempt, signal, atStake ? AT_STAKE_DELAY_MS : undefined);
            return false;
        }
    }

    #mayPass(error: unknown): boolean {
        if (error instanceof StateUnwritableError) return true;
        if (error instanceof RootConflictError) return false;
        // Whoever does not answer a check is convicted.
        if (this.#check.drawn) return true;
        // Nothing is at stake before a bid: patience is for jobs that may be won.
        if (this.#context.known.bids === 0 && this.#troubles > ATTEMPTS) return false;
        const known =
            isEndpointTrouble(error) ||
            error instanceof GetterFailedError ||
            error instanceof ActionLostError ||
            error instanceof ActionRefusedError ||
            error instanceof PassError;
        return known || this.#troubles <= ATTEMPTS;
    }

    async #follow(): Promise<void> {
        const { parts, target, signal } = this.#context;
        const { escrow: address, jobId, listedAt } = target;
        const { chain } = parts;
        const { record } = this.#context;
        this.#after ??= record?.since ?? (await chain.account(address, { signal })).last;
        let dueAt = 0;
        const watching = watchAccount(chain, address, { after: this.#after, signal });
        for await (const { account, transactions } of watching) {
            const closing = transactions
                .flatMap(readClosings)
                .find((end) => end.jobId === jobId && end.outcome !== 'refused');
            for (const transaction of transactions) this.#hear(transaction);
            if (closing !== undefined) return this.#close(closing);
            const touched = transactions.some((one) => mayConcern(one, jobId));
            if (!touched && account.chainTime < dueAt && !this.#again) continue;
            this.#again = false;
            const job = openJobOf(account, jobId);
            if (job === undefined) {
                if (this.#context.record?.since !== undefined) {
                    // It may have ended after this look, whose news are still to come.
                    const { last } = await chain.account(address, { signal });
                    if (last?.lt !== account.last?.lt) continue;
                    return await this.#vanish();
                }
                if (account.chainTime <= listedAt + LISTING_GRACE_SECONDS) continue;
                this.#miss();
                return;
            }
            this.#context.expect(nextDeadline(job, account.chainTime));
            if (await this.#step(job, account.chainTime)) return;
            this.#troubles = 0;
            this.#after = account.last ?? this.#after;
            dueAt = nextDeadline(job, account.chainTime);
        }
    }

    /** Does what the state of the job asks for. @returns whether the run is over */
    async #step(job: JobView, now: number): Promise<boolean> {
        await this.#checkTerms(job);
        const mine = this.#isMine(job);
        // The bid of another node with the same key, which has what this one lacks.
        if (mine && this.#patience.waits && !this.#signed) return this.#lose(job);
        switch (job.state) {
            case 'bidding':
                return this.#compete(job, now);
            case 'unsold':
                return this.#miss();
            case 'assigned':
                if (!mine) return this.#lose(job);
                return this.#committed ? false : this.#work(job, now);
            case 'overdue':
                return mine ? this.#forfeit(job) : this.#lose(job);
            case 'committed':
            case 'checking':
            case 'appeal':
            case 'jury':
                if (!mine) return this.#lose(job);
                this.#rests();
                await this.#check.step(job, now);
                return false;
        }
    }

    /** Bids, where that is still to be done. @returns whether the run is over */
    async #compete(job: BiddingJob, now: number): Promise<boolean> {
        const mine = this.#isMine(job);
        if (this.#bid && !mine) return this.#answer !== undefined && this.#lose(job);
        if (this.#context.record?.declined && !mine) return true;
        if (mine || this.#mayBeOpen) {
            // After a restart, and where no other bid follows one that is on its way.
            const { biddingEnd, terms } = job;
            const dueAt = biddingEnd + terms.commitWindowSeconds;
            if (!this.#bid) await this.#count(job, { readyAt: biddingEnd, dueAt });
            this.#bid ||= mine;
            if (mine) this.#lack = undefined;
        }
        if (!mine && !this.#gaveUp) await this.#lookForBid(job, now);
        return false;
    }

    #isMine(job: JobView): boolean {
        return 'bid' in job && job.bid?.stake.equals(this.#context.parts.stake) === true;
    }

    /** A bid of this node may be on its way to the Escrow. */
    get #mayBeOpen(): boolean {
        return this.#signed && this.#answer === undefined;
    }

    /** Notes whether the Escrow has answered what the Stake sent on. */
    #hear(transaction: Transaction): void {
        const note = readEscrowNote(transaction);
        const { target, parts, key } = this.#context;
        if (note === undefined || !('stake' in note) || note.jobId !== target.jobId) return;
        const exitCode = exitCodeOf(transaction) ?? -1;
        if (exitCode === 0 && note.kind === 'bid') this.#best = note;
        if (exitCode === 0 && note.kind === 'decline') this.#best = undefined;
        if (!note.stake.equals(parts.stake)) return;
        if (note.kind === 'bid') this.#answer = exitCode;
        if (exitCode !== 0) parts.logger.info({ job: key, note: note.kind, exitCode }, 'refused');
    }

    /** Looks at the job and bids, or waits for its turn. */
    async #lookForBid(job: BiddingJob, now: number): Promise<void> {
        const { parts, signal } = this.#context;
        // What was bid for takes room as long as the bid may win.
        if (this.#place.holds && !this.#mayBeOpen) this.#place.release();
        if (!this.#place.mayLook(job.biddingEnd)) {
            this.#lack ??= new PassError('too-late', NOT_LOOKED_AT);
            const leftMs = Math.max(0, job.biddingEnd - now) * 1000;
            await this.#place.turn(Math.min(leftMs, WAITING_POLLS * parts.chain.pollMs), signal);
            this.#again = true;
            return;
        }
        if (!this.#lacksRoom && !this.#patience.waits) this.#lack = undefined;
        const before = this.#signed;
        const onSigning = () => {
            this.#signed = true;
            this.#answer = undefined;
        };
        const place = this.#place;
        try {
            await makeBid(this.#context, { job, now, place, after: this.#after, onSigning });
            this.#bid = true;
            this.#lack = undefined;
            this.#patience.end();
        } catch (error) {
            const untaken = error instanceof PassError || error instanceof ActionLostError;
            if (untaken) this.#signed = before;
            if (!(error instanceof PassError)) throw error;
            if (WANTS.has(error.reason)) return this.#waitForRoom(error);
            if (!this.#waitForBlobs(error)) throw error;
        }
    }

    /** @returns false where nothing is waited for */
    #waitForBlobs(lack: PassError): boolean {
        const ms = this.#mayBeOpen ? undefined : this.#patience.next(lack);
        if (ms === undefined) return false;
        const told = this.#lack?.reason === lack.reason;
        this.#lack = lack;
        this.#again = true;
        if (!told) this.#context.tell({ kind: 'waits', lacks: 'blobs', detail: lack.message });
        this.#place.defer(ms);
        return true;
    }

    #waitForRoom(lack: PassError): void {
        const { message: detail, why } = lack;
        const { parts, key } = this.#context;
        const told = this.#lacksRoom;
        this.#lack = lack;
        this.#again = true;
        // All that it names is here.
        this.#patience.end();
        // A bid that may win is counted without another one.
        if (this.#mayBeOpen) this.#counted = false;
        else parts.capacity.drop(key);
        if (!told) this.#context.tell({ kind: 'waits', lacks: 'room', detail });
        this.#place.back('neededMs' in why && why.neededMs !== undefined ? 'time' : 'room');
    }

    /** Counts the work of a bid that may win, or has won. */
    async #count(
        { terms }: Pick<JobView, 'terms'>,
        times: Pick<Work, 'readyAt' | 'dueAt'>,
    ): Promise<void> {
        if (this.#counted) return;
        try {
            await promiseWork(this.#context, { terms }, times);
        } catch (error) {
            if (!(error instanceof PassError)) throw error;
            // What cannot be had cannot be worked on; who has won it tries again, or gives it back.
            const { parts, key } = this.#context;
            parts.logger.warn({ job: key, err: error }, 'work that was bid for is not counted');
        }
        this.#counted = true;
        this.#place.settle();
    }

    /** @throws EndpointLiesError for other terms than those that were bid for */
    async #checkTerms(job: JobView): Promise<void> {
        const { parts, target, signal } = this.#context;
        const terms = this.#context.record?.terms;
        if (terms === undefined || terms === termsHash(job)) return;
        throw await distrustOtherTerms(parts.chain, { ...target, terms }, { signal });
    }

    /** Executes and commits, or gives the job back in time. @returns whether the run is over */
    async #work(job: AssignedJob, now: number): Promise<boolean> {
        const context = this.#context;
        const told = this.#won || context.record?.result !== undefined;
        this.#won = true;
        this.#lack = undefined;
        if (!told) context.tell({ kind: 'won', price: job.bid.price });
        // Others are bid for as soon as it is known what this one takes.
        if (this.#place.unsettled) {
            await this.#count(job, { readyAt: now, dueAt: job.commitDeadline });
        }
        const result = await doWork(context, job, now);
        if (result === undefined) return true;
        await commit(context, job, result);
        this.#rests();
        context.tell({ kind: 'committed' });
        return false;
    }

    #rests(): void {
        if (this.#committed) return;
        this.#committed = true;
        this.#place.leave();
        this.#context.parts.capacity.drop(this.#context.key);
    }

    /** Ends the run without a bid. */
    #pass({ reason, why, message: detail }: PassError): true {
        this.#context.tell({ kind: 'passed', reason, why, detail });
        return true;
    }

    #lose(job: JobView): true {
        if (this.#lack !== undefined) return this.#pass(this.#lack);
        const { bids } = this.#context.known;
        const { price } = this.#context.facts;
        const best = 'bid' in job ? job.bid : undefined;
        this.#context.tell(explainLoss(best, { bids, answer: this.#answer }, price));
        return true;
    }

    #miss(): true {
        const detail = 'The job was not open for bids any more.';
        return this.#pass(this.#lack ?? new PassError('over', detail));
    }

    #forfeit(job: AssignedJob): true {
        const deadline = new Date(job.commitDeadline * 1000).toISOString();
        const lock = gram(job.bid.lock);
        const detail = `No results were committed by ${deadline}: the lock of ${lock} is lost.`;
        this.#context.tell({ kind: 'missed', detail });
        return true;
    }

    #close({ outcome, paid }: JobClosing): void {
        const { known, parts, target } = this.#context;
        const taken = this.#best?.stake.equals(parts.stake) === true;
        // That its client took it back says more.
        if (this.#lack !== undefined && outcome !== 'cancelled' && !taken) {
            return void this.#pass(this.#lack);
        }
        // Somebody else may have done it between two looks.
        if (
            !UNSOLD.has(outcome) &&
            (known.bids === 0 || this.#best?.stake.equals(parts.stake) === false)
        ) {
            const own = { bids: known.bids, answer: this.#answer };
            return this.#context.tell(explainLoss(this.#best, own, this.#context.facts.price));
        }
        const { result, items = 0, protocolFee = 0 } = known;
        const earned = paid - (paid * BigInt(protocolFee)) / 10_000n;
        const detail = explainClosing(outcome, { all: items, faulty: result?.faulty ?? 0 });
        parts.shelf.end(target);
        this.#context.tell({ kind: 'closed', outcome, paid, earned, detail });
    }

    /** The job has ended, and what was heard of its Escrow does not tell how. */
    async #vanish(): Promise<void> {
        const { parts, target, record, signal } = this.#context;
        const { chain } = parts;
        // The news may have been those of another history, which an endpoint told for a while.
        const whole = { ...target, chain, since: record?.since, signal };
        const { closing } = await readJobHistory(whole);
        if (closing !== undefined) return this.#close(closing);
        parts.shelf.end(target);
        const error = new TypeError('The job has ended, and its Escrow does not tell how.');
        this.#context.tell({ kind: 'failed', error });
    }

    /** Keeps what was signed, in case the job is listed again; forgets jobs without a bid. */
    #rest(): void {
        const { record, parts, target } = this.#context;
        if (record === undefined) return;
        if (record.bids === 0) parts.state.jobs.remove(target.escrow, target.jobId);
        else parts.state.jobs.put({ ...record, idleSince: parts.now() });
    }
}
