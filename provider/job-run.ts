import type { Address, Transaction } from '@ton/core';
import {
    type AssignedJob,
    EndpointsDisagreeError,
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
    readOpenJob,
} from '../sdk';
import { hashFromBigInt, hashToHex } from '../protocol';
import { checkFee, jobCommitment, type JobView } from '../wrappers';
import { explainClosing, explainLoss } from './bookkeeping';
import { type BiddingJob, gram } from './decide-bid';
import { ActionLostError, ActionRefusedError, PassError, RootConflictError } from './errors';
import { biddingFacts, confirmJob, distrustOtherTerms, termsHash } from './cross-check';
import { AT_STAKE_DELAY_MS, backOff, isEndpointTrouble } from './guarded-chain';
import { CheckDuty } from './job-check';
import { JobContext, type JobRunParts, type JobTarget, type RunningJob } from './job-context';
import { MAX_BIDS } from './job-keys';
import { bytesPerItem } from './job-materials';
import { commit, doWork, promiseWork } from './job-work';
import { UNSOLD } from './outcomes/job-trail';
import { stakeReason } from './outcomes/reasons';
import { MESSAGE_MS, prepareBid } from './prepare-bid';
import { StateUnwritableError } from './state';
import { whenWritable } from './when-writable';

/** A listing may be seen before its Escrow has taken the job, seconds. */
const LISTING_GRACE_SECONDS = 30;
/** What fails for no known reason is tried again so often. */
const ATTEMPTS = 3;

/**
 * One job of a node from its listing to its end. All that happens is decided by the state on
 * chain, so that a run may start at any point of the job's life, and again after any trouble.
 */
export class JobRun {
    readonly #context: JobContext;
    readonly #check: CheckDuty;
    /** What the Escrow did up to here has been dealt with. */
    #after: TransactionCursor | undefined;
    /** The Stake has sent the bid on. */
    #bid = false;
    /** The Escrow has answered the bid; its exit code. */
    #answer: number | undefined;
    /** Whose bid is the best of those that the Escrow took; its Stake and price. */
    #best: { readonly stake: Address; readonly price: bigint } | undefined;
    #won = false;
    /** The root is on chain. */
    #committed = false;
    #troubles = 0;

    /** @param onIdle - called when there is no work left but to wait for the client */
    constructor(
        parts: JobRunParts,
        target: JobTarget,
        signal: AbortSignal,
        private readonly onIdle: () => void,
    ) {
        this.#context = new JobContext(parts, target, signal);
        this.#check = new CheckDuty(this.#context);
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
            parts.capacity.drop(key);
        }
    }

    /** Whether there is work left: a committed job only waits for its client. */
    get busy(): boolean {
        return !this.#committed;
    }

    /** What the run is at. */
    get status(): RunningJob {
        const begun = this.#won ? 'working' : this.#bid ? 'bid' : 'looking';
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
            if (error instanceof PassError && !this.#won) {
                const { reason, why, message: detail } = error;
                this.#context.tell({ kind: 'passed', reason, why, detail });
                parts.logger.debug({ job: key, reason: error.reason, err: error }, 'job passed');
                return true;
            }
            const attempt = ++this.#troubles;
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
            if (!touched && account.chainTime < dueAt) continue;
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
        const context = this.#context;
        await this.#checkTerms(job);
        const mine = 'bid' in job && job.bid?.stake.equals(context.parts.stake) === true;
        switch (job.state) {
            case 'bidding':
                if (mine) return this.#wait(job);
                if (this.#bid) return this.#answer !== undefined && this.#lose(job);
                if (context.record?.declined) return true;
                await this.#makeBid(job, now);
                return false;
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

    /** The best bid is this node's own; after a restart its work is counted again. */
    async #wait({ terms, biddingEnd }: BiddingJob): Promise<false> {
        if (this.#bid) return false;
        this.#bid = true;
        const dueAt = biddingEnd + terms.commitWindowSeconds;
        await promiseWork(this.#context, { terms }, { readyAt: biddingEnd, dueAt });
        return false;
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

    async #makeBid(job: BiddingJob, now: number): Promise<void> {
        const context = this.#context;
        const { parts, target, key, materials, signal } = context;
        const { jobKeys, state } = parts;
        const { escrow, jobId } = target;
        if (context.known.bids >= MAX_BIDS) {
            throw new PassError(
                { code: 'bids-used-up', bids: MAX_BIDS },
                `This node has bid ${MAX_BIDS} times for the job.`,
            );
        }
        const bid = await prepareBid({
            ...parts,
            escrow,
            key,
            job,
            now,
            materials,
            signal,
            onDocuments: ({ spec, manifest: { name, licence } }) => {
                context.tell({
                    kind: 'described',
                    spec: hashToHex(hashFromBigInt(job.terms.spec)),
                    model: spec.model,
                    name,
                    licence,
                    items: spec.inputs.count,
                    bytesPerItem: bytesPerItem(spec),
                });
                parts.governor?.checkMemory(spec.limits.memoryBytes);
            },
        });
        await this.#confirmBid(job);
        this.#assertWished();
        const { price, lock, rank } = bid;
        const fee = checkFee(job.parameters, price, job.terms.items);
        const record = context.known;
        const commitment = jobCommitment(jobKeys.keyOf(escrow, jobId, record.bids));
        const { protocolFee } = job.parameters;
        const since = record.since ?? this.#after ?? { lt: 0n, hash: '' };
        const terms = termsHash(job);
        const facts = { since, terms, items: job.terms.items, protocolFee };
        state.jobs.put({ ...record, ...facts, bids: record.bids + 1 });
        const gas = await parts.messageFees();
        context.tell({ kind: 'bidding', price, lock, rank, checkFee: fee, gas });
        try {
            const { lockUntil } = bid;
            const action = { kind: 'bid', jobId, price, lock, lockUntil, commitment } as const;
            await context.act(action, () => this.#assertOpen());
        } catch (error) {
            if (!(error instanceof ActionRefusedError)) throw error;
            throw new PassError(stakeReason(error.exitCode), error.message, error);
        }
        this.#bid = true;
        context.tell({ kind: 'bid', price });
    }

    /** The owner may have changed their mind, or sat down, meanwhile. */
    #assertWished(): void {
        const { parts, key } = this.#context;
        try {
            parts.governor?.checkBid();
        } catch (error) {
            parts.capacity.drop(key);
            throw error;
        }
    }

    /** @throws PassError where the job was won, or is over, while other messages went before the bid */
    async #assertOpen(): Promise<void> {
        const { parts, target, key, signal } = this.#context;
        const { job, chainTime } = await readOpenJob(parts.chain, target, { signal });
        const leftMs = job?.state === 'bidding' ? (job.biddingEnd - chainTime) * 1000 : 0;
        if (leftMs > MESSAGE_MS) return;
        parts.capacity.drop(key);
        const detail = 'The time for bids was over before the messages of this node were sent.';
        throw new PassError('too-late', detail);
    }

    /** @throws PassError where endpoints contradict each other about what the bid rests on */
    async #confirmBid(job: BiddingJob): Promise<void> {
        const { parts, target, signal } = this.#context;
        const { chain, onDisagree } = parts;
        const facts = biddingFacts;
        try {
            await confirmJob({ ...target, chain, job, facts, onDisagree, signal });
        } catch (error) {
            if (!(error instanceof EndpointsDisagreeError)) throw error;
            throw new PassError('endpoints-disagree', error.message, error);
        }
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
        if (!told) context.tell({ kind: 'won', price: job.bid.price });
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
        this.#context.parts.capacity.drop(this.#context.key);
        this.onIdle();
    }

    #lose(job: JobView): true {
        const { bids } = this.#context.known;
        const { price } = this.#context.facts;
        const best = 'bid' in job ? job.bid : undefined;
        this.#context.tell(explainLoss(best, { bids, answer: this.#answer }, price));
        return true;
    }

    #miss(): true {
        const detail = 'The job was not open for bids any more.';
        this.#context.tell({ kind: 'passed', reason: 'over', why: { code: 'over' }, detail });
        return true;
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
