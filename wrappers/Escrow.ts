import {
    type Address,
    Cell,
    type ContractProvider,
    Dictionary,
    type DictionaryValue,
    type Sender,
} from '@ton/core';
import {
    Escrow as GeneratedEscrow,
    type EscrowView,
    OutcomeAccepted,
    OutcomeCancelled,
    OutcomeNoBid,
    OutcomeNotCommitted,
    OutcomeRefused,
    OutcomeSilentClient,
} from '../build/Escrow/Escrow_Escrow';
import { type Deployment, escrowInit } from './deployment';
import { decodeJob, type JobView } from './job';

/** How a job ended, as `JobClosed` tells the client. */
export type JobOutcome =
    'accepted' | 'silent-client' | 'cancelled' | 'refused' | 'no-bid' | 'not-committed';

const outcomes = new Map<bigint, JobOutcome>([
    [OutcomeAccepted, 'accepted'],
    [OutcomeSilentClient, 'silent-client'],
    [OutcomeCancelled, 'cancelled'],
    [OutcomeRefused, 'refused'],
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

    /** `assurance` is what is prepaid in addition, to match the new ceiling. */
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
            .loadDict(Dictionary.Keys.Uint(32), inLeaf);
        return jobs.keys().map((id) => decodeJob(id, jobs.get(id) ?? Cell.EMPTY, now));
    }
}

/** Values that stand in the leaf itself, as the contract writes them. */
const inLeaf: DictionaryValue<Cell> = {
    serialize: (cell, builder) => builder.storeSlice(cell.asSlice()),
    parse: (slice) => slice.asCell(),
};

/** @throws RangeError for an outcome that this version does not know */
export function outcomeName(code: bigint): JobOutcome {
    const name = outcomes.get(code);
    if (name === undefined) throw new RangeError(`Outcome ${code} is unknown to this version.`);
    return name;
}

export type { EscrowView };
