import type { JobTerms } from '../../wrappers';
import type { Effect, JobEvent, JobRecord } from '../wire';
import type { JobFact } from './job-events';

/** Whose job it is. */
export interface JobPlace {
    readonly escrow: string;
    readonly client: string;
    readonly index: number;
}

/** Most bids that are told of one job; each takes a step of a percent, so that there are few. */
const MOST_BIDS = 64;

/**
 * A job after one more transaction of its Escrow: the same transactions in their order give the same
 * record, whoever computes it.
 *
 * @param protocolFee - basis points by the parameters that the Escrow had; undefined: unknown
 * @returns undefined while nothing was posted under the id
 */
export function applyFact(
    record: JobRecord | undefined,
    fact: JobFact,
    place: JobPlace,
    protocolFee: number | undefined,
): JobRecord | undefined {
    const { event, posting } = fact;
    if (record === undefined) {
        if (posting === undefined) return undefined;
        const fresh = blankJob(place, fact.jobId, posting.terms, protocolFee, event);
        return applyEvent({ ...fresh, ceiling: event.amount ?? '0' }, fact);
    }
    return applyEvent(record, fact);
}

/** A job of which nothing is known but its terms. */
export function blankJob(
    place: JobPlace,
    jobId: number,
    terms: JobTerms,
    protocolFee: number | undefined,
    first: Pick<JobEvent, 'at' | 'lt'>,
    complete = true,
): JobRecord {
    return {
        ...place,
        jobId,
        complete,
        model: hex(terms.model),
        spec: hex(terms.spec),
        items: terms.items,
        takePrice: terms.takePrice.toString(),
        checkRate: terms.checkRate,
        payUnverified: terms.payUnverified,
        keep: terms.keep,
        bidWindow: terms.bidWindowSeconds,
        commitWindow: terms.commitWindowSeconds,
        ...(protocolFee !== undefined && { protocolFee }),
        postedAt: first.at,
        postedLt: first.lt,
        stage: 'open',
        bids: [],
        checked: false,
        juries: 0,
        burnt: '0',
        networkFees: '0',
        events: 0,
        refusals: 0,
        lastAt: first.at,
        lastLt: first.lt,
    };
}

function applyEvent(before: JobRecord, fact: JobFact): JobRecord {
    const { event } = fact;
    const counted = {
        ...before,
        networkFees: sum(before.networkFees, event.fee),
        events: before.events + 1,
        lastAt: event.at,
        lastLt: event.lt,
    };
    if (event.refused !== undefined) return { ...counted, refusals: before.refusals + 1 };
    return event.effects.reduce(
        (job, effect) => applyEffect(job, effect, event),
        applyStep(counted, fact),
    );
}

function applyStep(job: JobRecord, { event, commit }: JobFact): JobRecord {
    const { kind, at, lt, amount } = event;
    if (kind === 'raise-ceiling') return { ...job, ceiling: amount ?? job.ceiling };
    if (kind === 'bid') return withBid(job, event);
    if (kind === 'decline') {
        const rest = { ...job };
        delete rest.winner;
        return { ...rest, stage: 'open', bids: standing(job.bids, 'declined') };
    }
    if (kind === 'commit' && commit !== undefined) {
        const { root, faulty } = commit;
        return { ...job, stage: 'committed', commit: { root: hex(root), faulty, at, lt } };
    }
    if (kind === 'accept') return { ...job, acceptedAt: at };
    if (kind === 'dispute') return { ...job, stage: 'jury' };
    // Without a closing a good check, and a verdict, may still be disputed.
    const judged = kind === 'tick' && event.effects.some((effect) => effect.kind === 'found');
    const revealed = kind === 'reveal' || kind === 'joint-reveal';
    if (revealed || judged) return { ...job, stage: 'appeal' };
    return job;
}

function withBid(job: JobRecord, event: JobEvent): JobRecord {
    const { by: stake, amount: price } = event;
    if (stake === undefined || price === undefined) return job;
    const bid = { stake, price, at: event.at, lt: event.lt, standing: 'best' as const };
    return {
        ...job,
        stage: 'sold',
        bids: [...standing(job.bids, 'outbid'), bid].slice(-MOST_BIDS),
        winner: { stake, price },
    };
}

/** What becomes of the bid that stood until now. */
function standing(bids: JobRecord['bids'], now: 'outbid' | 'declined'): JobRecord['bids'] {
    return bids.map((bid) => (bid.standing === 'best' ? { ...bid, standing: now } : bid));
}

function applyEffect(job: JobRecord, effect: Effect, event: JobEvent): JobRecord {
    switch (effect.kind) {
        case 'listed':
            if (effect.stage === 'bids') return job;
            if (effect.stage === 'check') return { ...job, stage: 'checking', checked: true };
            return { ...job, stage: 'jury', juries: effect.stage === 'jury' ? 1 : 2 };
        case 'held':
            return { ...job, stage: 'jury' };
        case 'found':
            return { ...job, finding: effect.finding };
        case 'burnt':
            return { ...job, burnt: sum(job.burnt, effect.amount) };
        case 'closed':
            // A posting under an id that is taken was sent back; the job itself goes on.
            return effect.outcome === 'refused' ? job : closed(job, effect, event);
        case 'paid':
        case 'penalty':
        case 'released':
        case 'reward':
            return job;
    }
}

function closed(
    job: JobRecord,
    { outcome, paid, refund }: Extract<Effect, { kind: 'closed' }>,
    { at, lt }: JobEvent,
): JobRecord {
    // As in escrow.tact: rounded down.
    const fee = (BigInt(paid) * BigInt(job.protocolFee ?? 0)) / 10_000n;
    const closing = { outcome, paid, refund, fee: fee.toString(), at, lt };
    return { ...job, stage: 'ended', closing };
}

/** The sum of two amounts. */
export function sum(a: string, b: string): string {
    return (BigInt(a) + BigInt(b)).toString();
}

/** A 256-bit number as 64 digits. */
export function hex(value: bigint): string {
    return value.toString(16).padStart(64, '0');
}
