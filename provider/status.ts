import type { BlobStore } from '../sdk/node';
import type { Address } from '@ton/core';
import type { Capacity } from './capacity';
import type { Unreadiness } from './events';
import type { ChainHealth } from './guarded-chain';
import type { RunningJob } from './job-context';
import type { Readiness } from './readiness';
import type { ResultShelf } from './result-shelf';
import type { SharedParts } from './shared-parts';
import type { WarmModel } from './model-cache';
import type { Costs, LedgerDay, LedgerEntry, NodeState, QuarantinedModel } from './state';

/** A node as it is now. Amounts nanoGRAM, times milliseconds since 1970 unless said otherwise. */
export interface ProviderStatus {
    readonly version: string;
    readonly startedAt: number;
    readonly now: number;
    readonly url: string;
    readonly adminUrl: string | undefined;
    readonly market: string;
    readonly stake: StakeStatus;
    readonly ready: boolean;
    readonly reasons: readonly Unreadiness[];
    readonly chain: {
        readonly okAt: ChainHealth['okAt'];
        readonly failures: number;
        /** In words. */
        readonly lastError: string | undefined;
        /** UNIX seconds. */
        readonly time: number | undefined;
        readonly cursor: { readonly lt: bigint; readonly chainTime: number } | undefined;
    };
    readonly work: {
        readonly processes: number;
        readonly maxJobs: number;
        readonly promisedMs: Capacity['promisedMs'];
        readonly jobs: readonly RunningJob[];
    };
    readonly disk: {
        readonly blobBytes: number;
        readonly uploadBytes: number;
        readonly resultsServed: number;
    };
    readonly today: LedgerDay;
    /** Since the state was made. */
    readonly totals: LedgerDay;
    /** The newest first. */
    readonly recent: readonly RecentJob[];
    readonly costs: ReturnType<Costs['all']>;
    /** Models whose children run. */
    readonly models: readonly WarmModel[];
    /** Models that no jobs are taken for at present. */
    readonly quarantine: readonly QuarantinedModel[];
}

export interface StakeStatus {
    readonly address: string;
    /** Undefined until the Stake was seen. */
    readonly view:
        | {
              readonly operator: string;
              readonly reserve: bigint;
              readonly collateral: bigint;
              readonly locked: bigint;
              readonly withdrawable: bigint;
              readonly unbonding: bigint;
              /** When that is free, UNIX seconds; 0: nothing unbonds. */
              readonly unbondAt: number;
              /** For messages, without what rent keeps. */
              readonly operating: bigint;
              readonly dailyLimit: bigint;
              readonly lockedToday: bigint;
              readonly paused: boolean;
              /** Passed checks. */
              readonly record: number;
              /** At which its jobs are checked by its record alone, basis points. */
              readonly checkRate: number;
              /** A dispute holds the stake until then at the latest, UNIX seconds; 0: none. */
              readonly heldUntil: number;
              readonly convicted: boolean;
          }
        | undefined;
}

/** An entry of the ledger with its accounts as text. */
export type RecentJob = Omit<LedgerEntry, 'escrow' | 'client' | 'why' | 'fate'> & {
    readonly escrow: string;
    readonly client: string | undefined;
    /** Whose bid won, where it is known, and with which rank. */
    readonly winner: string | undefined;
    readonly winnerRank: bigint | undefined;
    /** How it ended for whoever did it, where that is known; see `JobOutcome`. */
    readonly ended: string | undefined;
};

/** What a status is read from. */
export interface StatusSources {
    readonly state: NodeState;
    readonly chain: { readonly health: ChainHealth };
    readonly capacity: Capacity;
    readonly desk: { readonly jobs: readonly RunningJob[] };
    readonly readiness: Readiness;
    readonly shelf: Pick<ResultShelf, 'size'>;
    readonly uploads: { readonly usedBytes: number };
    readonly shared: { readonly models: Pick<SharedParts['models'], 'warm'> };
}

/** Jobs that a status shows. */
const RECENT = 20;

export function readStatus(
    { state, chain, capacity, desk, readiness, shelf, uploads, shared }: StatusSources,
    options: {
        readonly stake: Address;
        readonly market: Address;
        readonly blobs: Pick<BlobStore, 'usedBytes'>;
        readonly maxJobs?: number;
        readonly version?: string;
    },
    at: Pick<ProviderStatus, 'startedAt' | 'now' | 'url' | 'adminUrl' | 'reasons'>,
): ProviderStatus {
    const { okAt, failures, lastError, chainTime } = chain.health;
    const { cursor } = state;
    return {
        ...at,
        version: options.version ?? 'unknown',
        market: options.market.toString(),
        stake: { address: options.stake.toString(), view: stakeStatus(readiness) },
        ready: at.reasons.length === 0,
        chain: {
            okAt,
            failures,
            lastError: failures === 0 ? undefined : lastError?.message,
            time: chainTime,
            cursor: cursor && { lt: cursor.lt, chainTime: cursor.chainTime },
        },
        work: {
            processes: capacity.processes,
            maxJobs: options.maxJobs ?? 4,
            promisedMs: capacity.promisedMs,
            jobs: desk.jobs,
        },
        disk: {
            blobBytes: options.blobs.usedBytes,
            uploadBytes: uploads.usedBytes,
            resultsServed: shelf.size,
        },
        today: state.ledger.today(),
        totals: state.ledger.totals(),
        recent: state.ledger.latest(RECENT).map(recentJob),
        costs: state.costs.all(),
        models: shared.models.warm,
        quarantine: state.quarantine.all(),
    };
}

/** A Stake as a status shows it. */
export function stakeStatus({
    stake,
    standing,
}: Pick<Readiness, 'stake' | 'standing'>): StakeStatus['view'] {
    if (stake === undefined) return undefined;
    const { operator, reserve, collateral, locked, withdrawable, unbonding } = stake;
    const { dailyLimit, lockedToday, paused } = stake;
    return {
        operator: operator.toString(),
        reserve,
        collateral,
        locked,
        withdrawable,
        unbonding,
        unbondAt: unbonding > 0n ? Number(stake.unbondAt) : 0,
        operating: stake.operating - stake.rent,
        dailyLimit,
        lockedToday,
        paused,
        record: Number(stake.record) / 1000,
        checkRate: Number(stake.checkRate),
        heldUntil: Number(standing?.heldUntil ?? 0n),
        convicted: standing?.convicted ?? false,
    };
}

function recentJob({ escrow, client, why, fate, ...entry }: LedgerEntry): RecentJob {
    const better = why?.code === 'outbid' ? why : undefined;
    const winner = fate?.winner ?? better?.winner;
    return {
        ...entry,
        escrow: escrow.toString(),
        client: client?.toString(),
        winner: winner?.toString(),
        winnerRank: better?.winnerRank,
        ended: fate?.outcome,
    };
}
