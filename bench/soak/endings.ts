import type { Address } from '@ton/core';
import { type Chain, isTickDue, sleep, transactionsAfter } from '../../sdk';
import { tickJob } from '../../sdk/accept-result';
import { Escrow, exitCodeOf, type JobClosing, readClosings, readEscrowNote } from '../../wrappers';

/** Every job that an Escrow has taken, and how it ended. */
export interface EscrowRecord {
    readonly posted: ReadonlySet<number>;
    /** Endings of each job: one, or the contract is wrong. */
    readonly endings: ReadonlyMap<number, readonly JobClosing[]>;
}

/** Reads the whole history of an Escrow. */
export async function readRecord(chain: Chain, escrow: Address): Promise<EscrowRecord> {
    const { last } = await chain.account(escrow);
    const history =
        last === undefined ? [] : await transactionsAfter(chain, escrow, undefined, last);
    const posted = new Set<number>();
    const endings = new Map<number, JobClosing[]>();
    for (const transaction of history) {
        const closings = readClosings(transaction);
        const note = readEscrowNote(transaction);
        const refused = closings.some(({ outcome }) => outcome === 'refused');
        if (note?.kind === 'posted' && exitCodeOf(transaction) === 0 && !refused) {
            posted.add(note.jobId);
        }
        for (const closing of closings) {
            if (closing.outcome === 'refused') continue;
            endings.set(closing.jobId, [...(endings.get(closing.jobId) ?? []), closing]);
        }
    }
    return { posted, endings };
}

const LOOK_MS = 2_000;

/**
 * Waits until no Escrow has an open job, and carries out what time has decided, as anybody may.
 *
 * @returns open jobs by state, where the time is over before: none otherwise
 */
export async function untilEmpty(
    chain: Chain,
    escrows: readonly Address[],
    patienceMs: number,
    tell: (open: number) => void,
): Promise<ReadonlyMap<string, number>> {
    for (const end = Date.now() + patienceMs; ;) {
        const states = new Map<string, number>();
        let open = 0;
        for (const escrow of escrows) {
            const { active, chainTime } = await chain.account(escrow);
            if (!active) continue;
            for (const job of await chain.open(Escrow.fromAddress(escrow)).getOpenJobs(chainTime)) {
                states.set(job.state, (states.get(job.state) ?? 0) + 1);
                open++;
                if (!isTickDue(job, chainTime)) continue;
                await tickJob({ chain, ticket: { escrow, jobId: job.id } });
            }
        }
        tell(open);
        if (open === 0 || Date.now() > end) return states;
        await sleep(LOOK_MS);
    }
}
