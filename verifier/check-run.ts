import type { Address, Transaction } from '@ton/core';
import {
    exitCodeOf,
    ExternalRefusedError,
    GetterFailedError,
    readClosings,
    mayConcern,
    readEscrowNote,
    sleep,
    transactionsAfter,
    type TransactionCursor,
    openJobOf,
    readOpenJob,
} from '../sdk';
import { ActionLostError, ActionRefusedError } from '../provider';
import { AT_STAKE_DELAY_MS, backOff, isEndpointTrouble } from '../provider/guarded-chain';
import { StateUnwritableError } from '../provider/state';
import { whenWritable } from '../provider/when-writable';
import { Escrow, type JobView, readPenalties, readRewards } from '../wrappers';
import { CheckContext, type CheckParts, type CheckTarget } from './check-context';
import { loseClaim, settleCatch, settleClosing, settleReward } from './books';
import { type CheckedJob, type CheckingJob, type JuryJob, seatsOf } from './eligibility';
import { AbstainError, SealConflictError } from './errors';
import type { ItemOutcome } from './execute-item';
import { revealSketches, sealSketches, seatDuty } from './juror-duty';
import { confirmClaim, type PreparedClaim, prepareClaim } from './prepare-claim';
import { readRunningCheck, type RunningCheck, type SeenJob, seenOf } from './running-check';
import { type ClaimRecord, type Duty, isAtStake } from './state';
import { dueTick, TICK_SPREAD_SECONDS, wants } from './ticks';
import { dutyOf, revealFinding, sealFinding } from './verify-duty';
import { feeOf } from './worth';

/** A listing may be seen before its Escrow has listed the job, seconds. */
const LISTING_GRACE_SECONDS = 30;
/** What fails for no known reason is tried again so often. */
const ATTEMPTS = 3;
/** Claims that are sent for one place at most. */
const MAX_CLAIMS = 2;
/** A node without a stake in a job looks at it less often. */
const SPECTATOR_LOOKS = 5;

/**
 * One job of a verifier from its listing to its end. All that happens is decided by the state on
 * chain, so that a run may start at any point of a check, and again after any trouble.
 */
export class CheckRun {
    readonly #context: CheckContext;
    /** What the Escrow did up to here has been dealt with. */
    #after: TransactionCursor | undefined;
    /** Places that are not claimed, or not any more. */
    readonly #declined = new Set<string>();
    /** Places that were claimed since the run began. */
    readonly #sent = new Set<string>();
    /** When ticks are sent, by what they carry out. */
    readonly #ticks = new Map<string, number>();
    /** What the item gave when it was measured before the claim. */
    #measured: ItemOutcome | undefined;
    /** It may claim a later round. */
    #hopes = true;
    #over = false;
    /** The Stake of the provider that this node has caught. */
    #convict: Address | undefined;
    #troubles = 0;
    #seen: SeenJob | undefined;

    constructor(parts: CheckParts, target: CheckTarget, signal: AbortSignal) {
        this.#context = new CheckContext(parts, target, signal);
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
            this.#over = true;
            await this.#context.settle();
            await whenWritable(() => this.#context.note({ idleSince: parts.now() }), about);
        } finally {
            materials.release();
        }
    }

    /** The job was listed again. @returns whether the run still looks at it */
    relist(): boolean {
        this.#hopes = true;
        return !this.#over;
    }

    /** Whether the node has a bond with the Escrow. */
    get atStake(): boolean {
        return this.#context.record.claims.some(isAtStake);
    }

    /** What the run is at, for the operator. */
    get status(): RunningCheck {
        return readRunningCheck(this.#context.record, this.#seen);
    }

    /** @returns whether the run is over; trouble that may pass is waited for */
    async #attempt(): Promise<boolean> {
        const { signal, key, parts } = this.#context;
        try {
            await this.#follow();
            return true;
        } catch (error) {
            signal.throwIfAborted();
            const attempt = ++this.#troubles;
            if (!this.#mayPass(error)) {
                this.#context.tell({ kind: 'failed', error });
                parts.logger.error({ job: key, err: error }, 'check failed');
                return true;
            }
            const detail = error instanceof Error ? error.message : String(error);
            this.#context.tell({ kind: 'trouble', error, detail, attempt });
            parts.logger.warn({ job: key, attempt, err: error }, 'trouble with a check');
            await backOff(attempt, signal, this.atStake ? AT_STAKE_DELAY_MS : undefined);
            return false;
        }
    }

    #mayPass(error: unknown): boolean {
        if (error instanceof StateUnwritableError) return true;
        if (error instanceof SealConflictError) return false;
        // Nothing is at stake before a claim: patience is for bonds.
        if (!this.atStake && this.#troubles > ATTEMPTS) return false;
        const known =
            isEndpointTrouble(error) ||
            error instanceof GetterFailedError ||
            error instanceof ActionLostError ||
            error instanceof ActionRefusedError ||
            error instanceof ExternalRefusedError ||
            error instanceof AbstainError;
        return known || this.#troubles <= ATTEMPTS;
    }

    async #follow(): Promise<void> {
        const { parts, target, signal } = this.#context;
        const { escrow: address, jobId, listedAt } = target;
        const { chain } = parts;
        this.#after ??=
            this.#context.record.since ?? (await chain.account(address, { signal })).last;
        for (let dueAt = 0; ; await sleep(this.#patience(), signal)) {
            const account = await chain.account(address, { signal });
            const { last, chainTime } = account;
            const moved = last !== undefined && last.lt > (this.#after?.lt ?? 0n);
            if (!moved && chainTime < dueAt) continue;
            const transactions = moved
                ? await transactionsAfter(chain, address, this.#after, last, { signal })
                : [];
            for (const transaction of transactions) this.#hear(transaction);
            const closing = transactions
                .flatMap(readClosings)
                .find((end) => end.jobId === jobId && end.outcome !== 'refused');
            if (closing !== undefined) {
                const convict = this.#convict;
                if (convict !== undefined) await settleCatch(this.#context, convict);
                return settleClosing(this.#context, closing.outcome);
            }
            const touched = transactions.some((one) => mayConcern(one, jobId));
            if (!touched && chainTime < dueAt) {
                this.#after = last ?? this.#after;
                continue;
            }
            const job = openJobOf(account, jobId);
            if (job === undefined) {
                if (chainTime <= listedAt + LISTING_GRACE_SECONDS && !this.atStake) continue;
                return settleClosing(this.#context, undefined);
            }
            const next = await this.#step(job, chainTime);
            if (next === 'over') return;
            this.#troubles = 0;
            this.#after = last ?? this.#after;
            dueAt = next;
        }
    }

    #patience(): number {
        const { pollMs } = this.#context.parts.chain;
        return this.atStake ? pollMs : pollMs * SPECTATOR_LOOKS;
    }

    /** Notes what the Escrow has answered and paid. */
    #hear(transaction: Transaction): void {
        const context = this.#context;
        const { stake } = context.parts;
        const { jobId } = context.target;
        const note = readEscrowNote(transaction);
        if (note?.kind === 'claim' && note.jobId === jobId && note.stake.equals(stake)) {
            const exitCode = exitCodeOf(transaction) ?? -1;
            const pending = context.record.claims.find(({ step }) => step === 'claiming');
            if (pending !== undefined) {
                if (exitCode === 0) this.#claimed(pending);
                else this.#outdone(pending, `The Escrow refused the claim (${exitCode}).`);
            }
        }
        const caught = readPenalties(transaction).find(
            (penalty) => penalty.jobId === jobId && penalty.catcher?.equals(stake) === true,
        );
        this.#convict = caught?.stake ?? this.#convict;
        for (const reward of readRewards(transaction)) {
            if (reward.jobId !== jobId || !reward.account.equals(stake)) continue;
            settleReward(context, reward, caught !== undefined);
        }
    }

    /** Does what the state of the job asks for. @returns when to look again, at the latest */
    async #step(job: JobView, now: number): Promise<number | 'over'> {
        if ('phaseEnd' in job) this.#seen = seenOf(job);
        switch (job.state) {
            case 'checking':
                await this.#check(job, now);
                break;
            case 'jury':
                await this.#sit(job, now);
                break;
            case 'appeal':
                this.#hopes = false;
                break;
            case 'bidding':
            case 'unsold':
            case 'assigned':
            case 'overdue':
            case 'committed':
                // The listing came before the state that it tells of was read.
                return now > this.#context.target.listedAt + LISTING_GRACE_SECONDS
                    ? 'over'
                    : now + 1;
        }
        if (!this.atStake && !this.#hopes) return 'over';
        return this.#tick(job, now);
    }

    async #check(job: CheckingJob, now: number): Promise<void> {
        const context = this.#context;
        const duty = dutyOf(job);
        const mine = job.verifier?.stake.equals(context.parts.stake) === true;
        this.#loseFormer(job, mine);
        if (job.phase === 'claim') {
            if (mine && job.verifier) this.#recover(job, duty, job.verifier);
            else await this.#consider(job, duty, now);
            return;
        }
        if (!mine) {
            const claim = context.claimOf(duty);
            if (claim !== undefined && isAtStake(claim)) {
                this.#outdone(claim, 'Another verifier holds the lower ticket.');
            }
            return;
        }
        if (job.verifier !== undefined) this.#recover(job, duty, job.verifier);
        if (now >= job.phaseEnd) return;
        if (job.phase === 'seal') {
            await this.#send(() => sealFinding(context, job, this.#measured));
            return;
        }
        this.#sealed(duty);
        if (job.phase === 'reveal') await this.#send(() => revealFinding(context, job));
    }

    async #sit(job: JuryJob, now: number): Promise<void> {
        const context = this.#context;
        const { stake } = context.parts;
        const duty = seatDuty(job);
        const seat = job.jury.jurors.find((juror) => juror.stake.equals(stake));
        if (job.phase === 'seed') return;
        if (job.phase === 'claim') {
            if (seat !== undefined) this.#recover(job, duty, seat);
            else await this.#consider(job, duty, now);
            return;
        }
        this.#hopes = false;
        if (seat === undefined) {
            const claim = context.claimOf(duty);
            if (claim !== undefined && isAtStake(claim)) {
                this.#outdone(claim, 'All seats are held by lower tickets.');
            }
            return;
        }
        this.#recover(job, duty, seat);
        if (job.jury.jurors.length < seatsOf(job)) return;
        const revealing = job.jury.sealed === job.jury.jurors.length || job.phase === 'reveal';
        if (seat.verdict === 'none' && job.phase === 'seal') {
            await this.#send(() => sealSketches(context, job, seat.ticket));
        } else if (seat.verdict === 'sealed') {
            this.#sealed(duty);
            if (revealing && job.phase !== 'over') {
                await this.#send(() => revealSketches(context, job, seat));
            }
        }
    }

    /** Claims a place, unless something speaks against it. */
    async #consider(job: CheckingJob | JuryJob, duty: Duty, now: number): Promise<void> {
        const context = this.#context;
        const place = `${duty.role}/${duty.turn}`;
        const claim = context.claimOf(duty);
        if (this.#declined.has(place) || this.#sent.has(place)) return;
        if (claim !== undefined && (!isAtStake(claim) || claim.sent >= MAX_CLAIMS)) return;
        try {
            const prepared = await prepareClaim(context, job, now);
            await confirmClaim(context, job);
            await this.#claim(prepared);
        } catch (error) {
            if (!(error instanceof AbstainError)) throw error;
            this.#declined.add(place);
            this.#hopes = error.reason === 'ticket' && duty.role === 'verifier';
            const { reason, message: detail } = error;
            context.tell({ kind: 'abstained', reason, detail });
        }
    }

    async #claim(prepared: PreparedClaim): Promise<void> {
        const context = this.#context;
        const { parts, target } = context;
        const { duty, bond, fee, ticket, settled, outcome } = prepared;
        // Without waiting in between: two runs must not count on the same room for bonds.
        if (context.claimOf(duty) === undefined) prepared.assertBond();
        const sent = (context.claimOf(duty)?.sent ?? 0) + 1;
        const since = context.record.since ?? this.#after ?? { lt: 0n, hash: '' };
        context.note({ since });
        context.noteClaim(duty, { step: 'claiming', bond, fee, ticket, sent });
        context.tell({ kind: 'claiming', duty, bond });
        this.#measured = outcome ?? this.#measured;
        this.#sent.add(`${duty.role}/${duty.turn}`);
        const { publicKey } = parts.secrets.key(context.claimName(duty));
        const key = BigInt(`0x${publicKey.toString('hex')}`);
        try {
            const action = { kind: 'claim', jobId: target.jobId, bond, key, settled } as const;
            await context.act(action, () => this.#assertClaimable(duty, ticket));
        } catch (error) {
            if (!(error instanceof ActionRefusedError || error instanceof AbstainError))
                throw error;
            const claim = context.claimOf(duty);
            if (claim !== undefined) this.#outdone(claim, error.message);
        }
    }

    /** @throws AbstainError where the place went while other messages were sent before the claim */
    async #assertClaimable(duty: Duty, ticket: bigint): Promise<void> {
        const { parts, target, signal } = this.#context;
        const { job, chainTime } = await readOpenJob(parts.chain, target, { signal });
        const open = job?.state === 'checking' || job?.state === 'jury' ? job : undefined;
        const same = open?.phase === 'claim' && chainTime < open.phaseEnd;
        const best = open?.state === 'checking' ? open.verifier?.ticket : undefined;
        const turn = open?.state === 'checking' ? open.round : open?.jury.stage;
        if (same && turn === duty.turn && (best === undefined || ticket < best)) return;
        throw new AbstainError('over', 'The place was gone before the claim was sent.');
    }

    /** The chain has this claim, whether or not the state knows it. */
    #recover(
        job: CheckedJob,
        duty: Duty,
        { bond, ticket }: { readonly bond: bigint; readonly ticket: bigint },
    ): void {
        const claim = this.#context.claimOf(duty);
        if (claim === undefined) {
            const facts = { bond, ticket, fee: feeOf(job), sent: 1 };
            this.#context.noteClaim(duty, { step: 'claiming', ...facts });
        }
        const known = this.#context.claimOf(duty);
        if (known?.step === 'claiming') this.#claimed(known);
    }

    #claimed(claim: ClaimRecord): void {
        const { bond } = claim;
        const { state } = this.#context.parts;
        state.atomically(() => {
            this.#context.noteClaim(claim, { step: 'claimed' });
            state.count({ claims: 1 });
        });
        this.#context.tell({ kind: 'claimed', duty: dutyFrom(claim), bond });
    }

    #sealed(duty: Duty): void {
        const step = this.#context.claimOf(duty)?.step;
        if (step !== 'sealing' && step !== 'claimed') return;
        this.#context.noteClaim(duty, { step: 'sealed' });
        this.#context.tell({ kind: 'sealed', duty });
    }

    #outdone(claim: ClaimRecord, detail: string): void {
        this.#context.noteClaim(claim, { step: 'outdone' });
        this.#context.tell({ kind: 'outdone', duty: dutyFrom(claim), detail });
    }

    /** Claims of earlier rounds whose bond did not come back are lost. */
    #loseFormer({ round }: CheckingJob, mine: boolean): void {
        const context = this.#context;
        for (const claim of context.record.claims) {
            if (claim.role !== 'verifier' || claim.turn >= round || !isAtStake(claim)) continue;
            if (mine && context.claimOf({ role: 'verifier', turn: round }) === undefined) {
                this.#outdone(claim, 'It came after its round, and counts for this one.');
                continue;
            }
            const what = claim.step === 'sealed' ? 'revealed' : 'sealed';
            loseClaim(context, claim);
            const detail = `Nothing was ${what} before the end of its time.`;
            context.tell({ kind: 'lost', duty: dutyFrom(claim), bond: claim.bond, detail });
        }
    }

    /** Sends a message to the Escrow; one that is refused is judged by the next look. */
    async #send(work: () => Promise<void>): Promise<void> {
        try {
            await work();
        } catch (error) {
            if (!(error instanceof ExternalRefusedError)) throw error;
            const { key, parts } = this.#context;
            parts.logger.info({ job: key, exitCode: error.exitCode }, 'refused for now');
        }
    }

    /** Has time's decisions carried out where that is in the node's interest. */
    async #tick(job: CheckedJob, now: number): Promise<number> {
        const { parts, target, signal } = this.#context;
        const due = dueTick(job);
        const later = job.phaseEnd > now ? job.phaseEnd : now + 1;
        const interest = { atStake: this.atStake, mayClaim: this.#hopes };
        if (due === undefined || !wants(due, interest)) return later;
        const turn = job.state === 'checking' ? job.round : `${job.state}-${stageOf(job)}`;
        const key = `${due.what}/${turn}`;
        const at =
            this.#ticks.get(key) ??
            Math.max(due.from, now) + Math.floor(parts.random() * TICK_SPREAD_SECONDS);
        this.#ticks.set(key, at);
        if (now < at || now < due.from) return Math.min(at, Math.max(later, now + 1));
        try {
            const escrow = parts.chain.open(Escrow.fromAddress(target.escrow), { signal });
            await escrow.sendTick(target.jobId);
            this.#context.tell({ kind: 'ticked', what: due.what });
        } catch (error) {
            // Somebody else was faster, or the last block is older than the deadline.
            if (!(error instanceof ExternalRefusedError)) throw error;
        }
        return now + 1;
    }
}

function stageOf(job: CheckedJob): number {
    return 'jury' in job && job.jury !== undefined ? job.jury.stage : 0;
}

function dutyFrom({ role, turn }: ClaimRecord): Duty {
    return { role, turn };
}
