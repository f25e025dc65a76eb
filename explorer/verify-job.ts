import { Address, type Transaction } from '@ton/core';
import { hashFromBigInt } from '../protocol';
import { type CallOptions, type Chain, openJobOf, type TransactionCursor } from '../sdk';
import { type Deployment, escrowInit, Market, parametersTag } from '../wrappers';
import { type JobFact, readJobFacts } from './facts/job-events';
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
    /** Whether the job's posting was too far back to be read, by this or by the index. */
    readonly tooFarBack: boolean;
    /**
     * Whether the protocol fee was compared, too: not where the market has other parameters by now,
     * and those of the job came with one that is too far back.
     */
    readonly feeCompared: boolean;
}

const DEPTH = 3_000;
const PAGE = 50;
/** What depends on how much of the history an index has. */
const NOT_COMPARED = new Set<string>(['complete', 'refusals', 'networkFees', 'events']);

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
    const job = openJobOf(account, claimed.jobId);
    const walk = linkedBack(request, escrow, last);
    const read = await readBack(walk, BigInt(claimed.postedLt));
    const tooFarBack = read.tooFarBack || !claimed.complete;
    const facts = read.transactions
        .flatMap(readJobFacts)
        .filter(({ jobId }) => jobId === claimed.jobId);
    const fee = tooFarBack
        ? undefined
        : (job?.parameters.protocolFee ?? (await feeOf(request, facts, walk)));
    const { record, timeline } = replay(facts, claimed, feeFor(claimed, fee));
    const upTo = BigInt(claimed.lastLt);
    const older = timeline.filter(({ lt }) => BigInt(lt) <= upTo);
    if (!tooFarBack) differences.push(...compareTimelines(claimed.timeline, older));
    if (record !== undefined && !tooFarBack && older.length === timeline.length) {
        differences.push(...compareRecords(claimed, record));
    }
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
        tooFarBack,
        feeCompared: fee !== undefined && claimed.protocolFee !== undefined,
    };
}

type Walk = AsyncGenerator<Transaction, boolean, void>;

/**
 * Transactions from the newest one back, each the one that the next is linked to.
 *
 * @returns whether there are no more; false where the endpoint gives none that is linked
 */
async function* linkedBack(
    { chain, signal, depth = DEPTH, onProgress }: VerifyJobRequest,
    escrow: Address,
    last: TransactionCursor | undefined,
): Walk {
    let next = last;
    let count = 0;
    while (next !== undefined) {
        const page = await chain.transactions(escrow, { limit: PAGE, from: next, signal });
        if (page.length === 0) return false;
        for (const transaction of page) {
            if (next === undefined) return true;
            if (count >= depth) return false;
            const hash = transaction.hash().toString('base64');
            // What is not linked is nobody's history.
            if (transaction.lt !== next.lt || hash !== next.hash) return false;
            const { prevTransactionLt: lt, prevTransactionHash } = transaction;
            next =
                lt === 0n ? undefined : { lt, hash: base64(hashFromBigInt(prevTransactionHash)) };
            count++;
            yield transaction;
        }
        onProgress?.(count);
    }
    return true;
}

/** From the newest transaction back to the job's posting; the result oldest first. */
async function readBack(
    walk: Walk,
    end: bigint,
): Promise<{ transactions: Transaction[]; tooFarBack: boolean }> {
    const found: Transaction[] = [];
    for (;;) {
        const { value, done } = await walk.next();
        if (done === true) return { transactions: found.reverse(), tooFarBack: !value };
        found.push(value);
        if (value.lt <= end) return { transactions: found.reverse(), tooFarBack: false };
    }
}

/**
 * Basis points by the parameters that a job was posted under: those that its posting brought, those
 * of the market now, or those that came with an earlier job.
 *
 * @param walk - goes on behind the posting
 * @returns undefined where they are too far back
 */
async function feeOf(
    { chain, deployment, signal }: VerifyJobRequest,
    facts: readonly JobFact[],
    walk: Walk,
): Promise<number | undefined> {
    const posted = facts.find(({ posting }) => posting !== undefined);
    if (posted?.posting === undefined) return undefined;
    if (posted.parameters !== undefined) return posted.parameters.protocolFee;
    const market = chain.open(Market.fromAddress(deployment.market), { signal });
    const now = await market.getMarketParameters();
    if (parametersTag(now) === posted.posting.parametersTag) return now.protocolFee;
    for await (const transaction of walk) {
        for (const { parameters } of readJobFacts(transaction)) {
            if (parameters !== undefined) return parameters.protocolFee;
        }
    }
    return undefined;
}

/** Where it is not known, what the index says; nothing where that says nothing of it. */
function feeFor({ protocolFee }: JobDetail, known: number | undefined): number | undefined {
    return protocolFee === undefined ? undefined : (known ?? protocolFee);
}

function replay(
    facts: readonly JobFact[],
    { escrow, client, index }: JobDetail,
    protocolFee: number | undefined,
): { record: JobRecord | undefined; timeline: JobEvent[] } {
    let record: JobRecord | undefined;
    const timeline: JobEvent[] = [];
    for (const fact of facts) {
        record = applyFact(record, fact, { escrow, client, index }, protocolFee);
        if (record !== undefined) timeline.push(fact.event);
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
