import type { Address } from '@ton/core';
import {
    exitCodeOf,
    type JobClosing,
    type JobCommit,
    type JobTerms,
    readClosings,
    readEscrowNote,
} from '../wrappers';
import { transactionsAfter } from './account-history';
import type { CallOptions, Chain, TransactionCursor } from './chain';

/** What the history of an Escrow tells of one job id; amounts nanoGRAM. */
export interface JobHistory {
    /** The terms under which the Escrow holds or held the job; undefined where it never took it. */
    readonly terms: JobTerms | undefined;
    /** Terms of postings under the id that the Escrow sent back. */
    readonly refused: readonly JobTerms[];
    /** The result, once one was committed. */
    readonly commit: CommittedResult | undefined;
    /** How it ended, where it did. */
    readonly closing: (JobClosing & { readonly at: number }) | undefined;
}

export interface CommittedResult {
    readonly stake: Address;
    readonly price: bigint;
    readonly commit: JobCommit;
}

export interface JobHistoryRequest extends CallOptions {
    readonly chain: Chain;
    readonly escrow: Address;
    readonly jobId: number;
    /** Where to start, from before the post; the beginning unless set. */
    readonly since?: TransactionCursor | undefined;
}

/**
 * Reads what happened to a job, also to one that has ended and is in no state any more.
 *
 * @throws what `connect` throws, or the reason of the signal
 */
export async function readJobHistory(request: JobHistoryRequest): Promise<JobHistory> {
    const { chain, escrow, jobId, since, signal } = request;
    const { last } = await chain.account(escrow, { signal });
    const transactions =
        last === undefined ? [] : await transactionsAfter(chain, escrow, since, last, { signal });
    let terms: JobTerms | undefined;
    const refused: JobTerms[] = [];
    let best: Pick<CommittedResult, 'stake' | 'price'> | undefined;
    let commit: CommittedResult | undefined;
    let closing: JobHistory['closing'];
    for (const transaction of transactions) {
        const ended = readClosings(transaction).find((one) => one.jobId === jobId);
        if (ended !== undefined && ended.outcome !== 'refused') {
            closing = { ...ended, at: transaction.now };
        }
        const note = readEscrowNote(transaction);
        if (note?.jobId !== jobId || exitCodeOf(transaction) !== 0) continue;
        if (note.kind === 'posted') {
            if (ended?.outcome === 'refused') refused.push(note.terms);
            else terms ??= note.terms;
        } else if (note.kind === 'bid') {
            // Only a better one is taken.
            best = { stake: note.stake, price: note.price };
        } else if (note.kind === 'decline') {
            best = undefined;
        } else if (note.kind === 'commit' && best !== undefined) {
            commit = { ...best, commit: note.commit };
        }
    }
    return { terms, refused, commit, closing };
}
