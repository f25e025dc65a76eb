import { type GovernorState, nowView, type OwnerView } from '../provider';
import type { CheckRecord } from './state';
import type { RecentCheck, VerifierStatus } from './status';
import { recentCheck } from './status';
import { whyNot } from './check-books';

/** What an owner's page shows of a verifier; none of it changes by itself each second. */
export type ChecksView = Pick<
    VerifierStatus,
    'checks' | 'bondsAtStake' | 'maxBonds' | 'maxChecks' | 'totals'
>;

export function checksView(status: VerifierStatus): ChecksView {
    const { checks, bondsAtStake, maxBonds, maxChecks, totals } = status;
    return { checks, bondsAtStake, maxBonds, maxChecks, totals };
}

/** A node that only verifies, as its owner's page shows it. */
export function verifierView(
    status: VerifierStatus,
    governor: GovernorState | undefined,
    more: { readonly quarantine: OwnerView['quarantine']; readonly processes: number },
): OwnerView {
    const { version, startedAt, market, stake: address, stakeView: view, models } = status;
    const { failures, lastError } = status.chain;
    const claimed = status.checks.filter(({ claim }) => claim !== undefined).length;
    return {
        format: 'cocoon.page/1',
        roles: ['verify'],
        ...{ version, startedAt, market, models, quarantine: more.quarantine },
        stake: { address, view },
        now: nowView(status.reasons, governor, {
            busy: claimed > 0,
            processes: more.processes,
            sentence: (idle) => sentenceOf(claimed, idle),
        }),
        chain: { failures, lastError },
        checks: checksView(status),
    };
}

function sentenceOf(claimed: number, idle: boolean): string {
    const checks = claimed === 1 ? 'one check' : `${claimed} checks`;
    if (idle) return claimed > 0 ? `Claims no more; has ${checks} begun.` : 'Claims no checks.';
    return claimed > 0 ? `Works on ${checks}.` : 'Ready; waits for checks.';
}

/** A check in a list of those that are over, and of those that run. */
export interface CheckRow extends RecentCheck {
    readonly fees: bigint;
    /** Why it was not claimed; undefined for one that was. */
    readonly why: ReturnType<typeof whyNot>;
}

export function checkRow(record: CheckRecord): CheckRow {
    return { ...recentCheck(record), fees: record.fees ?? 0n, why: whyNot(record) };
}
