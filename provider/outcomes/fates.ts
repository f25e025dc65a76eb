import type { Address } from '@ton/core';
import type { Logger } from 'pino';
import { hashFromBigInt, hashToHex } from '../../protocol';
import { type Chain, cursorBefore, sleep } from '../../sdk';
import { readForfeits } from '../../wrappers';
import type { ProviderEvent } from '../events';
import { isEndpointTrouble } from '../guarded-chain';
import { jobKey, type LedgerEntry, type LedgerJob, type NodeState } from '../state';
import { concludeTrail, followTrail, type JobTrail, UNSOLD } from './job-trail';

export interface FatesOptions {
    readonly chain: Chain;
    readonly stake: Address;
    readonly state: Pick<NodeState, 'ledger' | 'jobs'>;
    /** Whether a run still follows the job. */
    readonly runs: (key: string) => boolean;
    readonly tell: (event: ProviderEvent) => void;
    readonly now: () => number;
    readonly logger: Logger;
    readonly signal: AbortSignal;
    /** The first look, milliseconds after the node let the job go; 60,000 unless set. */
    readonly firstLookMs?: number | undefined;
}

/**
 * Finds out what became of the jobs that this node did not do, or no longer follows: who won them,
 * at what price, and how they ended. One look asks for the account of an Escrow, and for a page of
 * its transactions where there are new ones; it serves all jobs of that client at once.
 */
export interface Fates {
    hear(event: ProviderEvent): void;
    /** Looks until the signal ends. */
    run(): Promise<void>;
}

interface Pending {
    readonly job: LedgerJob;
    dueAt: number;
    looks: number;
}

interface Followed {
    /** Up to here its transactions have been read. */
    after: { readonly lt: bigint } | undefined;
    readonly trails: Map<number, JobTrail>;
}

const FIRST_LOOK_MS = 60_000;
const LONGEST_MS = 3_600_000;
/** No job lives longer: then what is known has to do. */
const GIVE_UP_MS = 3 * 86_400_000;
/** Escrows that are asked in one round. */
const A_ROUND = 4;
/** Jobs whose fate is not known; the oldest are let go. */
const MOST = 5_000;
const PAGE = 50;
const MOST_TRANSACTIONS = 300;
/** A node that was off hears of jobs an hour late; and clocks differ. */
const SLACK_MS = 3_720_000;
/** A posting that is not found by then lies too deep in the history of its Escrow. */
const MOST_LOOKS = 12;

const ENDINGS: ReadonlySet<ProviderEvent['kind']> = new Set([
    'passed',
    'outbid',
    'declined',
    'missed',
    'failed',
    'closed',
]);

export function createFates(options: FatesOptions): Fates {
    const { chain, state, now, signal, logger, firstLookMs = FIRST_LOOK_MS } = options;
    const { ledger, jobs } = state;
    const pending = new Map<string, Pending>();
    const followed = new Map<string, Followed>();

    const add = (job: LedgerJob) => {
        const key = jobKey(job.escrow, job.jobId);
        pending.delete(key);
        pending.set(key, { job, dueAt: now() + firstLookMs, looks: 0 });
        const [oldest] = pending.keys();
        if (pending.size > MOST && oldest !== undefined) drop(oldest);
    };
    const drop = (key: string) => {
        const escrow = pending.get(key)?.job.escrow.toRawString();
        pending.delete(key);
        const left = [...pending.values()].some(({ job }) => job.escrow.toRawString() === escrow);
        if (escrow !== undefined && !left) followed.delete(escrow);
    };
    for (const entry of ledger.seenBetween(now() - GIVE_UP_MS, Infinity)) {
        if (isUnclear(entry)) add(entry);
    }

    /** Settles what is due of one Escrow. */
    const look = async (escrow: Address, due: readonly [string, Pending][]) => {
        const chainTime = await readNews(escrow, due);
        const trails = followed.get(escrow.toRawString())?.trails;
        for (const [key, one] of due) {
            const entry = ledger.at(one.job);
            const trail = trails?.get(one.job.jobId);
            if (entry === undefined || trail === undefined) {
                drop(key);
                continue;
            }
            await settle(key, one, entry, trail, chainTime);
        }
    };

    const settle = async (
        key: string,
        one: Pending,
        entry: LedgerEntry,
        trail: JobTrail,
        chainTime: number,
    ) => {
        const { job } = one;
        const mine = entry.wonAt !== undefined && entry.outcome !== 'declined';
        if (entry.fate === undefined) {
            const verdict = concludeTrail(trail, chainTime, { knownAt: now(), untilClosed: mine });
            if (!verdict.final) {
                const { lookAt } = verdict;
                const waitMs = lookAt === undefined ? undefined : (lookAt + 2 - chainTime) * 1000;
                return postpone(key, one, waitMs);
            }
            const { terms } = trail;
            const known = terms !== undefined && {
                model: hashToHex(hashFromBigInt(terms.model)),
                spec: hashToHex(hashFromBigInt(terms.spec)),
                items: terms.items,
            };
            ledger.note(job, { ...known, fate: verdict.fate });
            if (mine) closeLate(job, entry, trail);
        }
        const slashed = ledger.at(job);
        if (slashed === undefined || !isSlashed(slashed) || slashed.lost !== undefined) {
            return drop(key);
        }
        const nano = await readLoss(job);
        if (nano === undefined) return postpone(key, one, undefined);
        options.tell({ ...job, kind: 'slashed', nano });
        drop(key);
    };

    /** Books the end of a job of this node that no run has seen. */
    const closeLate = ({ escrow, jobId }: LedgerJob, entry: LedgerEntry, trail: JobTrail) => {
        const { closing, best } = trail;
        const open = entry.outcome === 'open' || entry.why?.code === 'failed';
        if (closing === undefined || !open || best?.stake.equals(options.stake) !== true) return;
        const { outcome, paid } = closing;
        const { protocolFee = 0 } = jobs.get(escrow, jobId) ?? {};
        const earned = paid - (paid * BigInt(protocolFee)) / 10_000n;
        const detail = 'It ended while this node did not follow it.';
        options.tell({ escrow, jobId, kind: 'closed', outcome, paid, earned, detail });
    };

    const postpone = (key: string, one: Pending, waitMs: number | undefined) => {
        one.looks++;
        const grown = Math.min(firstLookMs * 2 ** one.looks, LONGEST_MS);
        one.dueAt = now() + Math.max(waitMs ?? grown, firstLookMs / 4);
        const mine = ledger.at(one.job)?.wonAt !== undefined;
        const old = now() - one.job.seenAt > GIVE_UP_MS;
        if (old || (!mine && one.looks > MOST_LOOKS)) drop(key);
    };

    /** Reads what is new of an Escrow. @returns time of the chain, UNIX seconds */
    const readNews = async (escrow: Address, due: readonly [string, Pending][]) => {
        const name = escrow.toRawString();
        const begun: Followed = { after: undefined, trails: new Map() };
        const place = followed.get(name) ?? begun;
        const fresh = due.filter(([, { job }]) => !place.trails.has(job.jobId));
        // What came before the first look at a job has to be read again.
        if (fresh.length > 0) place.after = undefined;
        const oldest = Math.min(...due.map(([, { job }]) => job.seenAt)) - SLACK_MS;
        const { last, chainTime } = await chain.account(escrow, { signal });
        const found = [];
        let from = last;
        while (from !== undefined && found.length < MOST_TRANSACTIONS) {
            if (from.lt <= (place.after?.lt ?? 0n)) break;
            const some = await chain.transactions(escrow, { limit: PAGE, from, signal });
            const news = some.filter(({ lt }) => lt > (place.after?.lt ?? 0n));
            found.push(...news);
            const end = news.at(-1);
            if (end === undefined || news.length < some.length || end.now * 1000 < oldest) break;
            from = cursorBefore(end);
        }
        if (place.after === undefined) place.trails.clear();
        const wanted = [...pending.values()].filter(({ job }) => job.escrow.equals(escrow));
        for (const { job } of wanted) {
            const { jobId } = job;
            let trail = place.trails.get(jobId) ?? { jobId, bids: 0, committed: false };
            for (const transaction of found.toReversed()) trail = followTrail(trail, transaction);
            place.trails.set(job.jobId, trail);
        }
        if (last !== undefined) place.after = last;
        followed.set(name, place);
        return chainTime;
    };

    /** What a fault took, once the Stake has paid it; nanoGRAM. */
    const readLoss = async ({ escrow, jobId }: LedgerJob): Promise<bigint | undefined> => {
        const page = await chain.transactions(options.stake, { limit: PAGE, signal });
        for (const transaction of page) {
            const source = transaction.inMessage?.info.src;
            const forfeits = readForfeits(transaction);
            if (forfeits?.jobId !== jobId || source?.toString() !== escrow.toString()) continue;
            return forfeits.payments.reduce((sum, { value }) => sum + value, forfeits.burnt);
        }
        return undefined;
    };

    const round = async () => {
        const due = new Map<string, [string, Pending][]>();
        for (const [key, one] of pending) {
            if (one.dueAt > now()) continue;
            const escrow = one.job.escrow.toRawString();
            if (options.runs(key)) postpone(key, one, undefined);
            else if (due.has(escrow)) due.get(escrow)?.push([key, one]);
            else if (due.size < A_ROUND) due.set(escrow, [[key, one]]);
        }
        for (const jobsOfOne of due.values()) {
            const escrow = jobsOfOne[0]?.[1].job.escrow;
            if (escrow !== undefined) await look(escrow, jobsOfOne);
        }
    };

    return {
        hear({ kind, escrow, jobId }) {
            if (!ENDINGS.has(kind)) return;
            const seenAt = jobs.get(escrow, jobId)?.seenAt;
            const entry = seenAt === undefined ? undefined : ledger.at({ escrow, jobId, seenAt });
            if (entry !== undefined && isUnclear(entry)) add(entry);
        },
        async run() {
            for (;;) {
                await sleep(Math.min(firstLookMs, 5_000), signal);
                try {
                    await round();
                } catch (error) {
                    signal.throwIfAborted();
                    if (!isEndpointTrouble(error)) throw error;
                    logger.debug({ err: error }, 'what became of other jobs cannot be read now');
                }
            }
        },
    };
}

/** Whether the chain still has something to tell of a job that is over for the node. */
function isUnclear(entry: LedgerEntry): boolean {
    const { outcome, fate, lost } = entry;
    if (isSlashed(entry)) return fate === undefined || lost === undefined;
    if (outcome === 'open' || outcome === 'paid') return false;
    return fate === undefined && !isUnsoldCode(entry.why?.code);
}

function isSlashed({ outcome }: LedgerEntry): boolean {
    return outcome === 'forfeited' || outcome === 'convicted';
}

function isUnsoldCode(code: string | undefined): boolean {
    return code === 'not-taken' || UNSOLD.has(code as never);
}
