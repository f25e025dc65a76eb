import {
    type Address,
    beginCell,
    Cell,
    type ContractProvider,
    Dictionary,
    type Sender,
} from '@ton/core';
import {
    Escrow as GeneratedEscrow,
    type EscrowView,
    OutcomeAccepted,
    OutcomeCancelled,
    OutcomeNoBid,
    OutcomeNotCommitted,
    OutcomeNotListed,
    OutcomeSilentClient,
    OutcomeTermsRefused,
    storePost,
} from '../build/Escrow/Escrow_Escrow';
import { type Deployment, escrowInit } from './deployment';
import { decodeJob, encodeTerms, type JobTerms, type JobView } from './job';

/** A job to post; amounts nanoGRAM. */
export interface JobPosting {
    /** Must be the Escrow's next id: a repeated message is refused, never paid twice. */
    readonly jobId: number;
    readonly ceiling: bigint;
    /** Prepaid for one check, at least `checkFee(parameters, ceiling, items)`. */
    readonly assurance: bigint;
    readonly terms: JobTerms;
}

/** How a job ended, as `JobClosed` tells the client. */
export type JobOutcome =
    | 'accepted'
    | 'silent-client'
    | 'cancelled'
    | 'not-listed'
    | 'terms-refused'
    | 'no-bid'
    | 'not-committed';

const outcomes = new Map<bigint, JobOutcome>([
    [OutcomeAccepted, 'accepted'],
    [OutcomeSilentClient, 'silent-client'],
    [OutcomeCancelled, 'cancelled'],
    [OutcomeNotListed, 'not-listed'],
    [OutcomeTermsRefused, 'terms-refused'],
    [OutcomeNoBid, 'no-bid'],
    [OutcomeNotCommitted, 'not-committed'],
]);

/** The money and the state of a client's open jobs. */
export class Escrow extends GeneratedEscrow {
    static ofClient(deployment: Deployment, client: Address, index = 0): Escrow {
        const { address, init } = escrowInit(deployment, client, index);
        return new Escrow(address, init);
    }

    static override fromAddress(address: Address): Escrow {
        return new Escrow(address);
    }

    /** Posts a job; deploys the Escrow with the same message where it is not there yet. */
    async sendPost(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        posting: JobPosting,
    ): Promise<void> {
        await provider.internal(via, { value, bounce: true, body: encodePost(posting) });
    }

    async sendRaiseCeiling(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        raised: { readonly jobId: number; readonly ceiling: bigint; readonly assurance: bigint },
    ): Promise<void> {
        const message = {
            $$type: 'RaiseCeiling',
            ...raised,
            jobId: BigInt(raised.jobId),
        } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    async sendCancel(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        jobId: number,
    ): Promise<void> {
        const message = { $$type: 'Cancel', jobId: BigInt(jobId) } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    /**
     * Accepts the committed result by revealing the client's seed, which nobody else knows: an
     * external message, paid from the job's gas, that needs no wallet. Waives recourse.
     */
    async sendAccept(
        provider: ContractProvider,
        acceptance: { readonly jobId: number; readonly seed: bigint },
    ): Promise<void> {
        await this.sendExternal(provider, {
            $$type: 'Accept',
            jobId: BigInt(acceptance.jobId),
            seed: acceptance.seed,
        });
    }

    async sendWithdrawSurplus(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
    ): Promise<void> {
        await this.send(provider, via, { value, bounce: true }, { $$type: 'WithdrawSurplus' });
    }

    async sendSweepFees(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
        await this.send(provider, via, { value, bounce: true }, { $$type: 'SweepFees' });
    }

    /** Asks, without any wallet, to carry out what time has decided. */
    async sendTick(provider: ContractProvider, jobId: number): Promise<void> {
        await this.sendExternal(provider, { $$type: 'Tick', jobId: BigInt(jobId) });
    }

    /**
     * An open job.
     *
     * @param now - Unix seconds of the chain
     * @returns undefined where no job of that id is open
     */
    async getOpenJob(
        provider: ContractProvider,
        jobId: number,
        now: number,
    ): Promise<JobView | undefined> {
        const cell = await this.getJob(provider, BigInt(jobId));
        return cell.equals(Cell.EMPTY) ? undefined : decodeJob(jobId, cell, now);
    }

    /** All open jobs by id. */
    async getOpenJobs(provider: ContractProvider, now: number): Promise<JobView[]> {
        const jobs = (await this.getJobs(provider))
            .beginParse()
            .loadDict(Dictionary.Keys.Uint(32), Dictionary.Values.Cell());
        return jobs.keys().map((id) => decodeJob(id, jobs.get(id) ?? Cell.EMPTY, now));
    }
}

/** The body of a Post. */
export function encodePost(posting: JobPosting): Cell {
    return beginCell()
        .store(
            storePost({
                $$type: 'Post',
                jobId: BigInt(posting.jobId),
                ceiling: posting.ceiling,
                assurance: posting.assurance,
                terms: encodeTerms(posting.terms),
            }),
        )
        .endCell();
}

/** @throws RangeError for an outcome that this version does not know */
export function outcomeName(code: bigint): JobOutcome {
    const name = outcomes.get(code);
    if (name === undefined) throw new RangeError(`Outcome ${code} is unknown to this version.`);
    return name;
}

export type { EscrowView };
