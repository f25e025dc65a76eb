import * as z from 'zod';

/*
 * What the index keeps and answers: JSON, with amounts as decimal text in nanoGRAM, accounts in
 * their user-friendly form, times in UNIX seconds of the chain. The page reads with the same
 * schemas what any node gives it.
 */

const nano = z.string().regex(/^-?\d{1,30}$/);
const account = z.string().max(80);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const lt = z.string().regex(/^\d{1,20}$/);
const count = z.number().int().min(0);
const time = count;

const outcome = z.enum([
    'accepted',
    'cancelled',
    'refused',
    'no-bid',
    'not-committed',
    'passed',
    'passed-silent',
    'convicted',
    'void',
    'void-paid',
    'conceded',
    'provider-convicted',
    'false-error',
]);

const finding = z.enum([
    'passed',
    'right',
    'wrong',
    'false-error',
    'not-opened',
    'void',
    'conceded',
]);

export const effectSchema = z.discriminatedUnion('kind', [
    z.object({
        kind: z.literal('listed'),
        stage: z.enum(['bids', 'check', 'jury', 'appeal-jury']),
        round: count,
    }),
    z.object({ kind: z.literal('found'), stage: count, finding }),
    z.object({ kind: z.literal('burnt'), amount: nano }),
    z.object({ kind: z.literal('released'), stake: account }),
    /** The Stake has to keep all that it has until the dispute ends. */
    z.object({ kind: z.literal('held'), stake: account }),
    z.object({ kind: z.literal('paid'), stake: account, value: nano }),
    z.object({
        kind: z.literal('reward'),
        to: account,
        reason: z.enum(['bond', 'check', 'jury', 'catch']),
        /** All that is sent, and how much of it had been put up. */
        value: nano,
        bond: nano,
    }),
    z.object({
        kind: z.literal('penalty'),
        stake: account,
        penalty: z.enum(['lock', 'fine', 'conviction']),
        catcher: account.optional(),
        reward: nano,
    }),
    z.object({ kind: z.literal('closed'), outcome, paid: nano, refund: nano }),
]);

/** What a transaction sent on about a job. */
export type Effect = z.output<typeof effectSchema>;

const stepKind = z.enum([
    'post',
    'post-signed',
    'raise-ceiling',
    'cancel',
    'bid',
    'decline',
    'commit',
    'accept',
    'tick',
    'claim',
    'seal',
    'open',
    'reveal',
    'joint-reveal',
    'equivocated',
    'juror-reveal',
    'dispute',
    'concede',
    'hold-acknowledged',
    'convicted',
    'other',
]);

export const jobEventSchema = z.object({
    lt,
    hash,
    at: time,
    kind: stepKind,
    /** Exit code of the contract, where it refused. */
    refused: z.number().int().optional(),
    /** Who asked for it; absent for external messages. */
    by: account.optional(),
    amount: nano.optional(),
    detail: count.optional(),
    /** What the network took for this transaction. */
    fee: nano,
    effects: z.array(effectSchema),
});

/** One transaction in the life of a job. */
export type JobEvent = z.output<typeof jobEventSchema>;

export const jobSchema = z.object({
    escrow: account,
    jobId: count,
    client: account,
    index: count,
    /** Whether its posting was seen: not where the endpoint had forgotten it. */
    complete: z.boolean(),
    model: hash,
    spec: hash,
    items: count,
    ceiling: nano.optional(),
    takePrice: nano,
    checkRate: count,
    payUnverified: z.boolean(),
    keep: z.boolean(),
    bidWindow: count,
    commitWindow: count,
    /** Basis points of what is paid; absent where the parameters were not seen. */
    protocolFee: count.optional(),
    postedAt: time,
    postedLt: lt,
    stage: z.enum(['open', 'sold', 'committed', 'checking', 'appeal', 'jury', 'ended']),
    bids: z.array(
        z.object({
            stake: account,
            price: nano,
            at: time,
            lt,
            standing: z.enum(['best', 'outbid', 'declined']),
        }),
    ),
    winner: z.object({ stake: account, price: nano }).optional(),
    commit: z.object({ root: hash, faulty: count, at: time, lt }).optional(),
    acceptedAt: time.optional(),
    checked: z.boolean(),
    juries: count,
    finding: finding.optional(),
    closing: z.object({ outcome, paid: nano, refund: nano, fee: nano, at: time, lt }).optional(),
    burnt: nano,
    /** What the network took for all transactions of the Escrow about it. */
    networkFees: nano,
    events: count,
    /** Messages that the Escrow refused. */
    refusals: count,
    lastAt: time,
    lastLt: lt,
});

/** A job as the history of its Escrow tells it. */
export type JobRecord = z.output<typeof jobSchema>;

const liveState = z.enum([
    'bidding',
    'unsold',
    'assigned',
    'overdue',
    'committed',
    'checking',
    'appeal',
    'jury',
    'ended',
    'unknown',
]);

export const jobRowSchema = jobSchema.omit({ bids: true }).extend({
    /** What time has made of it. */
    state: liveState,
    /** Of a check or a jury: what it waits for. */
    phase: z.string().max(20).optional(),
    /** When the state ends. */
    deadline: time.optional(),
    bidCount: count,
    modelName: z.string().max(200).optional(),
});
export type JobRow = z.output<typeof jobRowSchema>;

export const jobViewSchema = jobRowSchema.extend({
    bids: jobSchema.shape.bids,
    timeline: z.array(jobEventSchema),
});
export type JobDetail = z.output<typeof jobViewSchema>;

export const jobPageSchema = z.object({
    jobs: z.array(jobRowSchema),
    /** For `before` of the next page; absent on the last one. */
    next: z.string().max(200).optional(),
    /** How many there are; absent where that would take reading them all. */
    total: count.optional(),
});
export type JobPage = z.output<typeof jobPageSchema>;

export const stakeSchema = z.object({
    stake: account,
    operator: account.optional(),
    openedAt: time.optional(),
    /** First and last transaction that concerns it. */
    firstAt: time,
    lastAt: time,
    /** When the node last signed something, and on how many days it did. */
    signedAt: time.optional(),
    signedDays: count,
    /** Days since 1970 of the latest of these. */
    latestDays: z.array(count),
    bids: count,
    delivered: count,
    missed: count,
    declined: count,
    paidJobs: count,
    earned: nano,
    checksPassed: count,
    claims: count,
    checksDone: count,
    jurySeats: count,
    catches: count,
    rewards: nano,
    fines: count,
    convictions: count,
    convictedAt: time.optional(),
    forfeited: nano,
    burnt: nano,
});
export type StakeRecord = z.output<typeof stakeSchema>;

export const stakeStateSchema = z.object({
    /** The last transaction of the Stake that this is the state after. */
    lt,
    asOf: time,
    operator: account,
    reserve: nano,
    collateral: nano,
    locked: nano,
    unbonding: nano,
    dailyLimit: nano,
    paused: z.boolean(),
    convicted: z.boolean(),
    /** Passed checks in thousandths, which fade with time. */
    record: count,
    /** Basis points. */
    checkRate: count,
    heldUntil: time,
    nodeKey: hash,
    endpoint: z.string().max(200).optional(),
});
export type StakeState = z.output<typeof stakeStateSchema>;

/** Clients whose fastest job is remembered. */
export const MOST_TIMED = 8;

export const timedJobSchema = z.object({
    client: account,
    escrow: account,
    jobId: count,
    /** From its posting to its results on chain, for each item that has one, nanoseconds. */
    itemNs: count,
});
/** A job whose results came that fast, and were found right by a stranger. */
export type TimedJob = z.output<typeof timedJobSchema>;

export const hardwareClassSchema = z.object({
    /** A power of two: its computer is at least as fast as so many reference cores. */
    cores: z.number().positive(),
    /** Clients whose probes showed as much; at most `MOST_TIMED`. */
    clients: count,
    /** The fastest of these probes. */
    probe: timedJobSchema.extend({ model: hash }),
});
/** What probes have proven of the computer of a Stake. */
export type HardwareClass = z.output<typeof hardwareClassSchema>;

export const stakeRowSchema = stakeSchema.extend({
    state: stakeStateSchema.optional(),
    hardware: hardwareClassSchema.optional(),
});
export type StakeRow = z.output<typeof stakeRowSchema>;

export const stakeEventSchema = z.object({
    lt,
    hash,
    at: time,
    kind: z.string().max(20),
    refused: z.number().int().optional(),
    by: account.optional(),
    amount: nano.optional(),
    forfeited: nano.optional(),
    burnt: nano.optional(),
    fee: nano,
});
export type StakeEvent = z.output<typeof stakeEventSchema>;

export const stakePageSchema = z.object({ stakes: z.array(stakeRowSchema), total: count });
export type StakePage = z.output<typeof stakePageSchema>;

export const workSchema = z.object({
    model: hash,
    /** Jobs that it was paid for, and their items that have a result. */
    jobs: count,
    items: count,
    checksPassed: count,
    /**
     * The least time that an item took from the job's posting, before which only its client had the
     * inputs, to the results on chain, nanoseconds. No computer is slower than what it did.
     */
    fastestNs: count,
    /** The same of jobs whose check passed, of each client the fastest; the fastest first. */
    checked: z.array(timedJobSchema).max(MOST_TIMED),
    lastAt: time,
});
/** What a Stake has proven with one model. */
export type WorkRecord = z.output<typeof workSchema>;

export const workRowSchema = workSchema.extend({ name: z.string().max(200).optional() });
export type WorkRow = z.output<typeof workRowSchema>;

export const stakeViewSchema = stakeRowSchema.extend({
    history: z.array(stakeEventSchema),
    /** The latest of it. */
    work: z.array(workRowSchema).default([]),
});
export type StakeDetail = z.output<typeof stakeViewSchema>;

export const modelSchema = z.object({
    model: hash,
    jobs: count,
    paidJobs: count,
    items: count,
    paid: nano,
    firstAt: time,
    lastAt: time,
    /** Of the latest paid jobs, oldest first: time and what an item cost, in 10^-3 nanoGRAM. */
    latest: z.array(z.object({ lt, at: time, job: z.string(), perItem: nano })),
});
export type ModelRecord = z.output<typeof modelSchema>;

export const modelRowSchema = modelSchema.extend({
    name: z.string().max(200).optional(),
    licence: z.string().max(200).optional(),
    /** Of `latest`, in 10^-3 nanoGRAM an item. */
    quartiles: z.object({ low: nano, median: nano, high: nano }).optional(),
});
export type ModelRow = z.output<typeof modelRowSchema>;
export const modelPageSchema = z.object({ models: z.array(modelRowSchema) });

export const daySchema = z.object({
    /** Days since 1970, UTC. */
    day: count,
    posted: count,
    bids: count,
    ended: count,
    paidJobs: count,
    items: count,
    volume: nano,
    fees: nano,
    refunded: nano,
    checks: count,
    juries: count,
    missed: count,
    convictions: count,
    burnt: nano,
    networkFees: nano,
    stakesOpened: count,
});
export type DayRecord = z.output<typeof daySchema>;
export const dayPageSchema = z.object({ days: z.array(daySchema) });

export const parametersSchema = z.object({
    version: count,
    /** By name, as in wrappers/parameters.ts; amounts as decimal text. */
    values: z.record(z.string().max(40), z.union([z.number(), nano])),
    changes: z.array(
        z.object({
            lt,
            hash,
            at: time,
            kind: z.enum(['proposed', 'applied']),
            version: count,
            applyAt: time.optional(),
        }),
    ),
});
export type ParametersView = z.output<typeof parametersSchema>;

export const gapSchema = z.object({
    account,
    /** UNIX times between which transactions were not to be had; absent: from its beginning. */
    from: time.optional(),
    to: time,
});
export type Gap = z.output<typeof gapSchema>;

export const statusSchema = z.object({
    format: z.literal('cocoon.explorer/1'),
    version: z.string().max(40),
    network: z.string().max(40),
    networkId: z.number().int(),
    market: account,
    /** The Stake of the node that serves this; absent where it is no node. */
    stake: account.optional(),
    /** A JSON-RPC of toncenter v2 that browsers may check against; absent where none is known. */
    endpoint: z.string().max(300).optional(),
    chainTime: time,
    cursor: z.object({ lt, hash: z.string().max(100) }).optional(),
    /** Whether the last look found nothing that was not dealt with. */
    caughtUp: z.boolean(),
    /** Time of the earliest transaction that it has seen. */
    since: time.optional(),
    /** What endpoints did not have any more. */
    gaps: z.array(gapSchema),
    counts: z.object({
        jobs: count,
        live: count,
        stakes: count,
        escrows: count,
        models: count,
        transactions: count,
    }),
    /** Why the last look failed; absent where it did not. */
    trouble: z.string().max(500).optional(),
});
export type ExplorerStatus = z.output<typeof statusSchema>;
