import type { Address, Transaction } from '@ton/core';
import {
    decodeTerms,
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
    const prices = new Map<string, bigint>();
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
            const posted = postedTerms(transaction);
            if (ended?.outcome === 'refused') refused.push(posted);
            else terms ??= posted;
        } else if (note.kind === 'bid') {
            prices.set(note.stake.toRawString(), note.price);
        } else if (note.kind === 'commit') {
            const price = prices.get(note.stake.toRawString()) ?? 0n;
            commit = { stake: note.stake, price, commit: committed(transaction) };
        }
    }
    return { terms, refused, commit, closing };
}

/** The terms in a `Posted`: they are its first reference, before the parameters. */
export function postedTerms(transaction: Transaction): JobTerms {
    return decodeTerms(bodyOf(transaction).loadRef());
}

/** The words of a `Commit` that the Escrow took. */
function committed(transaction: Transaction): JobCommit {
    const body = bodyOf(transaction);
    return {
        root: body.loadUintBig(256),
        providerSeed: body.loadUintBig(128),
        faulty: body.loadUint(32),
    };
}

/** The incoming message after its opcode and the job id. */
function bodyOf({ inMessage }: Transaction) {
    const body = inMessage?.body.beginParse();
    if (body === undefined) throw new TypeError('A transaction with a note has a message.');
    return body.skip(32 + 32);
}
