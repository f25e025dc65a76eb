import { type GovernorState, MODE_SENTENCES } from '../governor';
import type { ProviderStatus } from '../status';
import { type IdleReason, whyIdle } from './why-idle';

/**
 * A node as its owner's page shows it: what of its status does not change by itself each second.
 * Amounts nanoGRAM, times milliseconds since 1970 unless said otherwise.
 */
export interface OwnerView extends Pick<
    ProviderStatus,
    'version' | 'startedAt' | 'url' | 'market' | 'stake' | 'models' | 'quarantine' | 'today'
> {
    readonly format: 'cocoon.page/1';
    readonly now: NowView;
    readonly work: Pick<ProviderStatus['work'], 'processes' | 'maxJobs' | 'jobs'>;
    readonly totals: ProviderStatus['totals'];
    readonly chain: { readonly failures: number; readonly lastError: string | undefined };
    readonly disk: ProviderStatus['disk'];
    /** What it checks of others; undefined where it does not. */
    readonly checks: unknown;
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

export function ownerView(
    status: ProviderStatus,
    governor: GovernorState | undefined,
    checks?: unknown,
): OwnerView {
    const { version, startedAt, url, market, stake, models, quarantine, today, totals } = status;
    const { processes, maxJobs, jobs } = status.work;
    const { failures, lastError } = status.chain;
    return {
        format: 'cocoon.page/1',
        ...{ version, startedAt, url, market, stake, models, quarantine, today, totals },
        now: nowView(status, governor),
        work: { processes, maxJobs, jobs },
        chain: { failures, lastError },
        disk: status.disk,
        checks,
    };
}

function nowView(status: ProviderStatus, governor: GovernorState | undefined): NowView {
    const reasons = whyIdle(status.reasons, governor?.suspensions ?? []);
    const suspended = (governor?.suspensions.length ?? 0) > 0;
    const working = status.work.jobs.filter(({ phase }) => phase === 'working').length;
    const busy = status.work.jobs.some(({ phase }) => BUSY.has(phase));
    const begun =
        governor !== undefined && (suspended || governor.mode === 'hurried') && governor.duties > 0
            ? MODE_SENTENCES[governor.mode]
            : undefined;
    return {
        kind: reasons.length > 0 ? 'idle' : busy ? 'works' : 'waits',
        sentence: sentenceOf(working, busy, reasons.length > 0),
        reasons,
        suspendedSince: suspended ? governor?.since : undefined,
        begun,
        share: governor?.share ?? 1,
        processes: governor?.processes ?? status.work.processes,
    };
}

function sentenceOf(working: number, busy: boolean, idle: boolean): string {
    const jobs = working === 1 ? 'one job' : `${working} jobs`;
    if (idle) return working > 0 ? `Takes no new jobs; has ${jobs} begun.` : 'Takes no jobs.';
    if (working > 0) return `Works on ${jobs}.`;
    return busy ? 'Bids for a job.' : 'Ready; waits for jobs.';
}
