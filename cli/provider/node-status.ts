import { existsSync } from 'node:fs';
import { z } from 'zod';
import { openState, StateInUseError } from '../../provider';
import type { Config } from '../config';
import { checkFactsSchema, type CheckFacts, storedChecks } from './check-status';
import { type Setup, stateFolder } from './setup';

const amount = z.union([
    z.bigint(),
    z
        .string()
        .regex(/^-?\d+$/)
        .transform(BigInt),
]);
const job = z.object({
    escrow: z.string(),
    jobId: z.number(),
    modelName: z.string().optional(),
    outcome: z.string(),
    reason: z.string().optional(),
    detail: z.string().optional(),
    price: amount.optional(),
    earned: amount.optional(),
    seenAt: z.number(),
    closedAt: z.number().optional(),
});
const day = z.object({
    seen: z.number(),
    bids: z.number(),
    won: z.number(),
    earned: amount,
    fees: amount,
});
/** What the owner's preferences do to the node now. */
export const governorSchema = z.object({
    suspensions: z.array(
        z.object({ code: z.string(), scope: z.string(), detail: z.string(), hint: z.string() }),
    ),
    since: z.number(),
    mode: z.enum(['wished', 'paused', 'owed', 'hurried']),
    share: z.number(),
    processes: z.number(),
    inUse: z.boolean().optional(),
    memoryBytes: z.number().optional(),
    duties: z.number(),
    sensors: z.array(
        z.object({
            sensor: z.string(),
            source: z.string().optional(),
            value: z.string().optional(),
            tried: z.array(z.object({ name: z.string(), why: z.string() })),
            mend: z.string().optional(),
        }),
    ),
});
export type GovernorFacts = z.output<typeof governorSchema>;

const adminReply = z.object({
    stake: z.object({ address: z.string() }),
    url: z.string(),
    startedAt: z.number(),
    ready: z.boolean(),
    reasons: z.array(z.object({ code: z.string(), detail: z.string() })),
    work: z.object({
        jobs: z.array(
            z.object({
                escrow: z.string(),
                jobId: z.number(),
                phase: z.string(),
                model: z.string().optional(),
                items: z.number().optional(),
                finished: z.number(),
                price: amount.optional(),
            }),
        ),
    }),
    today: day,
    totals: day,
    days: z.record(z.string(), day).optional(),
    recent: z.array(job),
    governor: governorSchema.optional(),
    verifier: checkFactsSchema.optional(),
});
/** A node that only verifies. */
const verifierReply = z.object({
    verifier: checkFactsSchema.extend({ stake: z.string() }),
    governor: governorSchema.optional(),
});

export type LoggedJob = z.output<typeof job>;
export type Sums = z.output<typeof day>;
export type RunningNode = Pick<
    z.output<typeof adminReply>,
    'url' | 'startedAt' | 'ready' | 'reasons'
> & { readonly jobs: z.output<typeof adminReply>['work']['jobs'] };

/** What the node of this home does and has done. */
export interface NodeFacts {
    /** `silent`: there is one, which does not answer on its admin port. */
    readonly state: 'running' | 'stopped' | 'silent';
    readonly running: RunningNode | undefined;
    readonly today: Sums | undefined;
    /** Of the last seven days; undefined where it is not known. */
    readonly week: bigint | undefined;
    readonly totals: Sums | undefined;
    /** The newest first. */
    readonly recent: readonly LoggedJob[];
    /** What it checks and has checked; undefined where it never did, or does not tell. */
    readonly checks: CheckFacts | undefined;
    /** What the preferences of its owner do to it; undefined where it does not run. */
    readonly governor: GovernorFacts | undefined;
}

const TIMEOUT_MS = 3_000;
const RECENT = 50;
const DAY_MS = 86_400_000;
const NOTHING: Sums = { seen: 0, bids: 0, won: 0, earned: 0n, fees: 0n };

/** Asks the node where it runs, and reads its books where it does not. */
export async function nodeFacts(config: Config, setup: Setup): Promise<NodeFacts> {
    const reply = await askNode(config.provider.http.adminPort, setup);
    if (reply !== undefined && 'verifying' in reply) {
        const nothing = { today: undefined, week: undefined, totals: undefined, recent: [] };
        const { verifying: checks, governor } = reply;
        return { state: 'running', running: undefined, ...nothing, checks, governor };
    }
    if (reply !== undefined) {
        const { url, startedAt, ready, reasons, work, today, totals, days, recent } = reply;
        return {
            state: 'running',
            running: { url, startedAt, ready, reasons, jobs: work.jobs },
            today,
            week: days && weekOf(new Map(Object.entries(days))),
            totals,
            recent,
            checks: reply.verifier ?? (await storedChecks(config, setup)),
            governor: reply.governor,
        };
    }
    try {
        const checks = await storedChecks(config, setup);
        return { ...(await storedFacts(config, setup)), checks, governor: undefined };
    } catch (error) {
        if (!(error instanceof StateInUseError)) throw error;
        const unknown = {
            running: undefined,
            today: undefined,
            week: undefined,
            totals: undefined,
        };
        return { state: 'silent', ...unknown, recent: [], checks: undefined, governor: undefined };
    }
}

type NodeReply =
    | z.output<typeof adminReply>
    | { readonly verifying: CheckFacts; readonly governor: GovernorFacts | undefined };

async function askNode(port: number, setup: Setup): Promise<NodeReply | undefined> {
    try {
        const response = await fetch(`http://127.0.0.1:${port}/status`, {
            signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const answer: unknown = await response.json();
        const alone = verifierReply.safeParse(answer);
        if (alone.success && !adminReply.safeParse(answer).success) {
            const { verifier, governor } = alone.data;
            const mine = verifier.stake === setup.stake.toString();
            return mine ? { verifying: verifier, governor } : undefined;
        }
        const reply = adminReply.safeParse(answer);
        const mine = reply.data?.stake.address === setup.stake.toString();
        return mine ? reply.data : undefined;
    } catch {
        // Nobody listens there, or somebody else.
        return undefined;
    }
}

/** @throws StateInUseError, StateDamagedError, StateForeignError */
async function storedFacts(
    { home }: Config,
    setup: Setup,
): Promise<Omit<NodeFacts, 'checks' | 'governor'>> {
    const folder = stateFolder(home, setup.stake);
    const stopped = { state: 'stopped', running: undefined } as const;
    if (!existsSync(folder)) {
        return { ...stopped, today: NOTHING, week: 0n, totals: NOTHING, recent: [] };
    }
    const state = await openState({ folder, stake: setup.stake, market: setup.market });
    try {
        const days = state.ledger.days();
        return {
            ...stopped,
            today: days.get(dateOf(Date.now())) ?? NOTHING,
            week: weekOf(days),
            totals: state.ledger.totals(),
            recent: state.ledger.latest(RECENT).map((entry) => {
                return job.parse({ ...entry, escrow: entry.escrow.toString() });
            }),
        };
    } finally {
        await state.close();
    }
}

function weekOf(days: ReadonlyMap<string, Sums>): bigint {
    const first = dateOf(Date.now() - 6 * DAY_MS);
    return [...days]
        .filter(([date]) => date >= first)
        .reduce((sum, [, { earned }]) => sum + earned, 0n);
}

function dateOf(ms: number): string {
    return new Date(ms).toISOString().slice(0, 10);
}
