import type { Address } from '@ton/core';
import type { Logger } from 'pino';
import type { Chain } from '../sdk';
import type { NodeAction } from '../wrappers';
import type { PassError } from './errors';
import type { JobName, ProviderEvent, ProviderNews } from './events';
import type { Governor } from './governor';
import type { OnDisagree } from './cross-check';
import type { AwaitedBlobs } from './awaited-blobs';
import type { JobKeys } from './job-keys';
import { JobMaterials, type JobMaterialsOptions } from './job-materials';
import type { ActionTarget, NodeActions, SendOptions } from './node-actions';
import type { PrepareBidOptions } from './prepare-bid';
import type { ResultShelf } from './result-shelf';
import type { Room } from './room';
import { jobKey, type JobRecord, type KeptSeal, type NodeState } from './state';

/** The parts of a node that its jobs share. */
export interface JobRunParts
    extends
        Omit<JobMaterialsOptions, 'signal' | 'capacity'>,
        Pick<
            PrepareBidOptions,
            | 'capacity'
            | 'pricing'
            | 'rules'
            | 'limits'
            | 'messageFees'
            | 'parametersTag'
            | 'prefetchBytes'
        > {
    readonly chain: Chain;
    readonly stake: Address;
    readonly actions: NodeActions;
    readonly jobKeys: JobKeys;
    readonly state: NodeState;
    readonly shelf: ResultShelf;
    /** Whether the owner lets the node work now; it always does without. */
    readonly governor?: Pick<Governor, 'checkBid' | 'checkMemory' | 'begin'> | undefined;
    readonly logger: Logger;
    readonly now: () => number;
    /** From 0 to under 1. */
    readonly random: () => number;
    readonly tell: (event: ProviderEvent) => void;
    readonly onDisagree: OnDisagree;
    readonly room: Room;
    /** Jobs that wait for what could not be had. */
    readonly awaited: AwaitedBlobs;
    /** What keeps the node from taking jobs, whatever they are; undefined: nothing. */
    readonly obstacle: () => PassError | undefined;
}

/** Which job to run. */
export interface JobTarget extends JobName, ActionTarget {
    /** UNIX time of the chain in seconds. */
    readonly listedAt: number;
    /** A bid of it was signed before the node was started. */
    readonly mayHaveBid?: boolean;
}

/**
 * What a job that runs is at: `waiting` for its look, for room or for its blobs, and `checking` until its check,
 * and what follows, has ended.
 */
export type JobPhase = 'waiting' | 'looking' | 'bid' | 'working' | 'committed' | 'checking';

/** A job that runs, for the operator. */
export interface RunningJob {
    readonly escrow: string;
    readonly jobId: number;
    readonly phase: JobPhase;
    readonly model: string | undefined;
    readonly items: number | undefined;
    readonly finished: number;
    readonly price: bigint | undefined;
    /** When its state ends by time alone, UNIX seconds: bids, results, acceptance, or a check. */
    readonly dueAt: number | undefined;
}

/** What all steps of a job share: what is known of it, and how the node speaks about it. */
export class JobContext {
    readonly key: string;
    readonly materials: JobMaterials;
    /** For the operator. */
    #facts: Pick<RunningJob, 'model' | 'items' | 'price' | 'finished' | 'dueAt'> = {
        model: undefined,
        items: undefined,
        price: undefined,
        finished: 0,
        dueAt: undefined,
    };
    readonly #accounts: Promise<void>[] = [];

    constructor(
        readonly parts: JobRunParts,
        readonly target: JobTarget,
        readonly signal: AbortSignal,
    ) {
        this.key = jobKey(target.escrow, target.jobId);
        this.materials = new JobMaterials({ ...parts, signal });
    }

    /** What the state holds of the job. */
    get record(): JobRecord | undefined {
        return this.parts.state.jobs.get(this.target.escrow, this.target.jobId);
    }

    /** The record of the job, or a new one. */
    get known(): JobRecord {
        const { escrow, client, index, jobId, listedAt } = this.target;
        const seenAt = this.parts.now();
        return this.record ?? { escrow, client, index, jobId, listedAt, seenAt, bids: 0 };
    }

    get facts(): Omit<RunningJob, 'phase'> {
        const { escrow, jobId } = this.target;
        return { ...this.#facts, escrow: escrow.toString(), jobId };
    }

    /** The seal of a claim that was answered. */
    sealOf({ round, ticket }: Pick<KeptSeal, 'round' | 'ticket'>): KeptSeal | undefined {
        return this.record?.seals?.find((one) => one.round === round && one.ticket === ticket);
    }

    /** Keeps a seal that is about to be answered; it is on disk when this returns. */
    keepSeal(seal: KeptSeal): void {
        const { known } = this;
        this.parts.state.jobs.put({ ...known, seals: [...(known.seals ?? []), seal] });
    }

    /** Has the Stake say something to the Escrow; throws as `NodeActions.send`. */
    async act(action: NodeAction, recheck?: SendOptions['recheck']): Promise<void> {
        const { client, index, escrow } = this.target;
        const call = { signal: this.signal };
        const target = { client, index, escrow };
        const sent = await this.parts.actions.send(target, action, { ...call, recheck });
        const account = sent.spent(call).then((nano) => {
            if (nano !== undefined) this.tell({ kind: 'spent', action: action.kind, nano });
        });
        // What it cost is for the books alone.
        this.#accounts.push(account.catch(() => undefined));
    }

    /** Resolves when all that was spent is in the books. */
    async settle(): Promise<void> {
        await Promise.all(this.#accounts);
    }

    /** Notes when the present state of the job ends by time alone, UNIX seconds. */
    expect(dueAt: number): void {
        this.#facts = { ...this.#facts, dueAt };
    }

    async chainTime(): Promise<number> {
        const call = { signal: this.signal };
        return (await this.parts.chain.account(this.target.escrow, call)).chainTime;
    }

    tell(news: ProviderNews): void {
        const { escrow, jobId } = this.target;
        const facts = this.#facts;
        if (news.kind === 'described') {
            this.#facts = { ...facts, model: news.name, items: news.items };
        } else if (news.kind === 'bidding') {
            this.#facts = { ...facts, price: news.price };
        } else if (news.kind === 'progress') {
            this.#facts = { ...facts, finished: news.finished };
        }
        this.parts.tell({ escrow, jobId, ...news });
    }
}
