import { Address, type Transaction } from '@ton/core';
import { hashFromBigInt } from '../protocol';
import { type CallOptions, type Chain, openJobOf, type TransactionCursor } from '../sdk';
import { type Deployment, escrowInit } from '../wrappers';
import { readJobFacts } from './facts/job-events';
import { applyFact } from './facts/job-record';
import type { JobDetail, JobEvent, JobRecord } from './wire';

export interface VerifyJobRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** What an index says of the job. */
    readonly claimed: JobDetail;
    /** Transactions that are read at most; 3,000 unless set. */
    readonly depth?: number;
    readonly onProgress?: (transactions: number) => void;
}

/** How what an index says of a job compares with the chain. */
export interface JobVerification {
    /** Whether nothing differs. */
    readonly agrees: boolean;
    /** What does, by the names of the fields; `transaction <hash>` for one that is not there. */
    readonly differences: readonly string[];
    /** Transactions of the Escrow that were read, linked by their hashes up to its state. */
    readonly transactions: number;
    /** Steps of the job that happened after what the index says. */
    readonly newer: number;
    /** State by the Escrow's data; undefined: it is open no more. */
    readonly state: string | undefined;
    /** UNIX seconds of the chain. */
    readonly asOf: number;
    /** Whether the job's posting was too far back to be read. */
    readonly tooFarBack: boolean;
}

const DEPTH = 3_000;
const PAGE = 50;
/** What follows from parameters that came with an earlier job, and what is compared otherwise. */
const NOT_COMPARED = new Set<string>([
    'protocolFee',
    'complete',
    'refusals',
    'networkFees',
    'events',
]);

/**
 * Reads a job from the chain itself: the Escrow's address has to follow from its client, its
 * transactions have to be linked by their hashes up to the account's state, and the same rules as
 * those of the index make a record of them, which is compared field by field.
 *
 * @throws what the chain throws, or the reason of the signal
 */
export async function verifyJob(request: VerifyJobRequest): Promise<JobVerification> {
    const { chain, deployment, claimed, signal } = request;
    const escrow = Address.parse(claimed.escrow);
    const differences: string[] = [];
    const client = Address.parse(claimed.client);
    if (!escrowInit(deployment, client, claimed.index).address.equals(escrow)) {
        differences.push('escrow');
    }
    const account = await chain.account(escrow, { signal });
    const { last, chainTime } = account;
    const read = await readBack(request, escrow, last);
    const { record, timeline } = replay(read.transactions, claimed);
    const upTo = BigInt(claimed.lastLt);
    const older = timeline.filter(({ lt }) => BigInt(lt) <= upTo);
    if (!read.tooFarBack) differences.push(...compareTimelines(claimed.timeline, older));
    if (record !== undefined && !read.tooFarBack && older.length === timeline.length) {
        differences.push(...compareRecords(claimed, record));
    }
    const job = openJobOf(account, claimed.jobId);
    const newer = timeline.length - older.length;
    const isOver = claimed.closing !== undefined;
    if (newer === 0 && isOver !== (job === undefined)) differences.push('state');
    return {
        agrees: differences.length === 0,
        differences,
        transactions: read.transactions.length,
        newer,
        state: job?.state,
        asOf: chainTime,
        tooFarBack: read.tooFarBack,
    };
}

/** From the newest transaction back to the job's posting; the result oldest first. */
async function readBack(
    { chain, claimed, signal, depth = DEPTH, onProgress }: VerifyJobRequest,
    escrow: Address,
    last: TransactionCursor | undefined,
): Promise<{ transactions: Transaction[]; tooFarBack: boolean }> {
    const found: Transaction[] = [];
    const end = BigInt(claimed.postedLt);
    let next = last;
    while (next !== undefined && next.lt >= end) {
        if (found.length >= depth) return { transactions: found.reverse(), tooFarBack: true };
        const page = await chain.transactions(escrow, { limit: PAGE, from: next, signal });
        if (page.length === 0) return { transactions: found.reverse(), tooFarBack: true };
        for (const transaction of page) {
            if (next === undefined || next.lt < end) break;
            const hash = transaction.hash().toString('base64');
            if (transaction.lt !== next.lt || hash !== next.hash) {
                // Not linked: what follows is nobody's history.
                return { transactions: found.reverse(), tooFarBack: true };
            }
            found.push(transaction);
            const { prevTransactionLt: lt, prevTransactionHash } = transaction;
            next =
                lt === 0n ? undefined : { lt, hash: base64(hashFromBigInt(prevTransactionHash)) };
        }
        onProgress?.(found.length);
    }
    return { transactions: found.reverse(), tooFarBack: false };
}

function replay(
    transactions: readonly Transaction[],
    claimed: JobDetail,
): { record: JobRecord | undefined; timeline: JobEvent[] } {
    const { escrow, client, index, jobId, protocolFee } = claimed;
    let record: JobRecord | undefined;
    const timeline: JobEvent[] = [];
    for (const transaction of transactions) {
        for (const fact of readJobFacts(transaction)) {
            if (fact.jobId !== jobId) continue;
            record = applyFact(record, fact, { escrow, client, index }, protocolFee);
            if (record !== undefined) timeline.push(fact.event);
        }
    }
    return { record, timeline };
}

function compareTimelines(claimed: readonly JobEvent[], read: readonly JobEvent[]): string[] {
    const theirs = new Map(claimed.map((event) => [event.hash, canonical(event)]));
    const ours = new Map(read.map((event) => [event.hash, canonical(event)]));
    const made = [...theirs.keys()].filter((hash) => theirs.get(hash) !== ours.get(hash));
    // Refused messages beyond a number are not kept by any index.
    const kept = read.filter(({ refused }) => refused === undefined);
    const hidden = kept.map(({ hash }) => hash).filter((hash) => !theirs.has(hash));
    return [...made, ...hidden].map((hash) => `transaction ${hash}`);
}

function compareRecords(claimed: JobDetail, read: JobRecord): string[] {
    const theirs = claimed as unknown as Record<string, unknown>;
    return Object.entries(read)
        .filter(([name]) => !NOT_COMPARED.has(name))
        .filter(([name, value]) => canonical(value) !== canonical(theirs[name]))
        .map(([name]) => name);
}

/** JSON whose keys are in order, whatever order they came in. */
function canonical(value: unknown): string {
    return JSON.stringify(value, (_key, part: unknown) =>
        typeof part === 'object' && part !== null && !Array.isArray(part)
            ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
            : part,
    );
}

function base64(bytes: Uint8Array): string {
    return btoa(String.fromCharCode(...bytes));
}
