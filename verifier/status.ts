import type { Address } from '@ton/core';
import type { StakeStatus, Unreadiness } from '../provider';
import type { ChainHealth } from '../provider/guarded-chain';
import type { WarmModel } from '../provider/model-cache';
import type { CheckDesk } from './check-desk';
import type { RunningCheck } from './running-check';
import type { CheckRecord, ClaimRecord, VerifierState, VerifierTotals } from './state';

/** A verifier as it is now. Amounts nanoGRAM, times milliseconds since 1970 unless said otherwise. */
export interface VerifierStatus {
    readonly version: string;
    readonly startedAt: number;
    readonly now: number;
    readonly market: string;
    readonly stake: string;
    readonly chain: {
        readonly okAt: ChainHealth['okAt'];
        readonly failures: number;
        /** In words. */
        readonly lastError: string | undefined;
        /** UNIX seconds. */
        readonly time: number | undefined;
    };
    readonly running: number;
    /** Those that run. */
    readonly checks: readonly RunningCheck[];
    readonly bondsAtStake: bigint;
    readonly maxBonds: bigint;
    readonly maxChecks: number;
    /** Why nothing new is claimed; empty where it is, or where the provider of the stake tells. */
    readonly reasons: readonly Unreadiness[];
    /** The Stake as it was seen last; undefined before, or where the provider tells. */
    readonly stakeView: StakeStatus['view'];
    /** Models whose children run. */
    readonly models: readonly WarmModel[];
    /** Since the state was made. */
    readonly totals: VerifierTotals;
    /** The newest first. */
    readonly recent: readonly RecentCheck[];
}

/** What became of one check. */
export interface RecentCheck {
    readonly escrow: string;
    readonly jobId: number;
    readonly modelName: string | undefined;
    readonly seenAt: number;
    readonly open: boolean;
    readonly outcome: string | undefined;
    readonly earned: bigint;
    readonly claims: readonly Pick<ClaimRecord, 'role' | 'turn' | 'step' | 'bond' | 'attempts'>[];
    /** Sentences, oldest first. */
    readonly news: readonly { readonly at: number; readonly text: string }[];
}

/** Checks that a status shows. */
export const RECENT_CHECKS = 20;

export interface VerifierStatusSources {
    readonly state: VerifierState;
    readonly chain: { readonly health: ChainHealth };
    readonly desk: Pick<CheckDesk, 'running' | 'checks'>;
}

export function readVerifierStatus(
    { state, chain, desk }: VerifierStatusSources,
    options: { readonly market: Address; readonly stake: Address; readonly version?: string },
    at: Pick<
        VerifierStatus,
        'startedAt' | 'now' | 'maxBonds' | 'maxChecks' | 'reasons' | 'stakeView' | 'models'
    >,
): VerifierStatus {
    const { okAt, failures, lastError, chainTime: time } = chain.health;
    return {
        ...at,
        version: options.version ?? 'unknown',
        market: options.market.toString(),
        stake: options.stake.toString(),
        chain: { okAt, failures, lastError: failures === 0 ? undefined : lastError?.message, time },
        running: desk.running,
        checks: desk.checks,
        bondsAtStake: state.checks.bondsAtStake(),
        totals: state.totals,
        recent: state.checks.latest(RECENT_CHECKS).map(recentCheck),
    };
}

/** A record of the state for people. */
export function recentCheck(record: CheckRecord): RecentCheck {
    const { escrow, jobId, modelName, seenAt, idleSince, outcome, earned, claims, news } = record;
    return {
        escrow: escrow.toString(),
        jobId,
        modelName,
        seenAt,
        open: idleSince === undefined,
        outcome,
        earned: earned ?? 0n,
        claims: claims.map(({ role, turn, step, bond, attempts }) => {
            return { role, turn, step, bond, attempts };
        }),
        news: news.map(({ at, text }) => ({ at, text })),
    };
}
