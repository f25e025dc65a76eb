import { type GovernorState, MODE_SENTENCES } from '../governor';
import type { Unreadiness } from '../events';
import type { ProviderStatus } from '../status';
import { type IdleReason, whyIdle } from './why-idle';

/** What a node does with its stake: jobs, or checks of those of others. */
export type NodeRole = 'provide' | 'verify';

/**
 * A node as its owner's page shows it: what of its status does not change by itself each second.
 * What belongs to a role is undefined where the node does not have it. Amounts nanoGRAM, times
 * milliseconds since 1970 unless said otherwise.
 */
export interface OwnerView
    extends
        Pick<
            ProviderStatus,
            'version' | 'startedAt' | 'market' | 'stake' | 'models' | 'quarantine'
        >,
        Partial<Pick<ProviderStatus, 'url' | 'today' | 'totals' | 'disk'>> {
    readonly format: 'cocoon.page/1';
    readonly roles: readonly NodeRole[];
    readonly now: NowView;
    readonly work?: Pick<ProviderStatus['work'], 'processes' | 'maxJobs' | 'jobs'>;
    readonly chain: { readonly failures: number; readonly lastError: string | undefined };
    /** What it checks of others; whoever verifies tells it. */
    readonly checks: object | undefined;
}

export interface NowView {
    readonly kind: 'works' | 'waits' | 'idle';
    readonly sentence: string;
    /** Why no new work is taken; empty where it is. */
    readonly reasons: readonly IdleReason[];
    /** Since when preferences suspend it; undefined where they do not. */
    readonly suspendedSince: number | undefined;
    /** What becomes of what was begun. */
    readonly begun: string | undefined;
    /** Part of the time in which children compute, 0 to 1, and how many there may be. */
    readonly share: number;
    readonly processes: number;
}

/** Phases in which a job has work left. */
const BUSY = new Set(['looking', 'bid', 'working']);

/** @param checks - what a verifier on the same stake tells */
export function ownerView(
    status: ProviderStatus,
    governor: GovernorState | undefined,
    checks?: object,
): OwnerView {
    const { version, startedAt, url, market, stake, models, quarantine, today, totals } = status;
    const { processes, maxJobs, jobs } = status.work;
    const { failures, lastError } = status.chain;
    const working = jobs.filter(({ phase }) => phase === 'working').length;
    const busy = jobs.some(({ phase }) => BUSY.has(phase));
    return {
        format: 'cocoon.page/1',
        roles: checks === undefined ? ['provide'] : ['provide', 'verify'],
        ...{ version, startedAt, url, market, stake, models, quarantine, today, totals },
        now: nowView(status.reasons, governor, {
            busy,
            processes,
            sentence: (idle) => sentenceOf(working, busy, idle),
        }),
        work: { processes, maxJobs, jobs },
        chain: { failures, lastError },
        disk: status.disk,
        checks,
    };
}

/** What a node does now, by why it takes nothing new and by what it has begun. */
export function nowView(
    unready: readonly Unreadiness[],
    governor: GovernorState | undefined,
    work: {
        readonly busy: boolean;
        readonly processes: number;
        /** In a sentence, by whether anything new is taken. */
        readonly sentence: (idle: boolean) => string;
    },
): NowView {
    const reasons = whyIdle(unready, governor?.suspensions ?? []);
    const idle = reasons.length > 0;
    const suspended = (governor?.suspensions.length ?? 0) > 0;
    const begun =
        governor !== undefined && (suspended || governor.mode === 'hurried') && governor.duties > 0
            ? MODE_SENTENCES[governor.mode]
            : undefined;
    return {
        kind: idle ? 'idle' : work.busy ? 'works' : 'waits',
        sentence: work.sentence(idle),
        reasons,
        suspendedSince: suspended ? governor?.since : undefined,
        begun,
        share: governor?.share ?? 1,
        processes: governor?.processes ?? work.processes,
    };
}

function sentenceOf(working: number, busy: boolean, idle: boolean): string {
    const jobs = working === 1 ? 'one job' : `${working} jobs`;
    if (idle) return working > 0 ? `Takes no new jobs; has ${jobs} begun.` : 'Takes no jobs.';
    if (working > 0) return `Works on ${jobs}.`;
    return busy ? 'Bids for a job.' : 'Ready; waits for jobs.';
}
