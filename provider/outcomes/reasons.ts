import * as z from 'zod';
import type { JobOutcome } from '../../wrappers';
import { account, amount, count, instant } from '../state/codecs';

/*
 * Why a job that was seen brought nothing, or what it brought: a code, with the figures that decided
 * it. What a code means to an owner is in `meanings.ts`.
 */

/** Which of the operator's lists decided. */
const rule = z.enum(['blocked', 'not-listed']);
const ms = z.number().min(0);
const figure = z.number();

const one = <C extends string, D extends z.ZodRawShape>(code: C, data: D) =>
    z.object({ code: z.literal(code), ...data });

/** Texts of strangers are kept so long at most, characters. */
const MAX_TEXT = 300;
/** Places that are named at most. */
const MAX_ATTEMPTS = 8;

const missing = {
    /** What could not be had: "The spec", "Batch 2 of 3 of the inputs". */
    what: z.string(),
    /** Each place that was tried, and what it said. */
    attempts: z.array(z.string()),
};

/** Why no bid is made, or a job that was won is given back. */
export const passReasonSchema = z.discriminatedUnion('code', [
    /** Blocked, or not one of the clients that the operator allows. */
    one('client-not-allowed', { rule }),
    /** Blocked, or not one of the models that the operator allows. */
    one('model-not-allowed', { rule }),
    /** The model's licence is blocked, or not one of those that the operator allows. */
    one('licence-not-allowed', { licence: z.string() }),
    /** The model cannot run on this machine; which rule of admission it breaks. */
    one('model-refused', { admission: z.string() }),
    /** Its processes kept crashing or being killed here, so it is left alone for a while. */
    one('model-quarantined', { until: instant, because: z.string() }),
    /** The job may take more of something than the operator gives. */
    one('over-limits', {
        limit: z.enum(['items', 'memory', 'outputs', 'inputs', 'model files', 'price', 'lock']),
        asked: amount,
        most: amount,
    }),
    /**
     * A check of the job could cost the node more than it brings: too few seconds to open a sketch,
     * too many basis points of unpaid checks, or a tolerance that is too small.
     */
    one('check-terms', {
        term: z.enum(['open-seconds', 'unpaid-check-rate', 'tolerance']),
        asked: figure,
        needed: figure,
    }),
    /** Spec or manifest break their format, or do not belong to the job on chain. */
    one('spec-mismatch', {}),
    /** The inputs are sealed, and their client has not given the key to this node. */
    one('sealed', {}),
    /** The client fetches results from public URLs alone, and the node has none. */
    one('client-without-peers', {}),
    /** The market lists jobs under other parameters by now. */
    one('old-parameters', { version: count }),
    /** A preference of the owner has suspended the node; which one. */
    one('suspended', { preference: z.string() }),

    /** The price of this node is over the ceiling. */
    one('over-ceiling', { asked: amount, offered: amount }),

    /** So many jobs run already, or what was promised leaves no room for it. */
    one('busy', {
        jobs: count,
        maxJobs: count.optional(),
        neededMs: ms.optional(),
        allowedMs: ms.optional(),
    }),
    /** The machine cannot do it before the deadline, even without other work. */
    one('too-slow', { neededMs: ms, allowedMs: ms }),
    /** The disk has no room for it. */
    one('no-room', {}),
    /** The node is about to stop. */
    one('closing', {}),
    /** Another node acts for the same stake with the same key. */
    one('runs-twice', {}),

    /** The lock of the bid needs more reserve behind it than the stake has. */
    one('reserve-too-small', { needed: amount, reserve: amount }),
    one('collateral-locked', {}),
    one('daily-limit', {}),
    one('operating-balance-low', {}),
    one('stake-paused', {}),
    one('stake-held', {}),
    one('stake-convicted', {}),
    /** The Stake does not back another bid, for a reason of its own; see `EXIT_CODES`. */
    one('stake-refused', { exitCode: z.number().optional() }),

    /** Nobody gave the node the spec, and no configured source has it. */
    one('spec-unavailable', missing),
    one('manifest-unavailable', missing),
    /** Inputs, or files of the model. */
    one('inputs-unavailable', missing),

    /** The Escrow refused the bid; see `EXIT_CODES`. */
    one('bid-refused', { exitCode: z.number() }),
    /** The time for bids ended before the node was ready, or before the bid arrived. */
    one('too-late', {}),
    /** The job was not open for bids any more when the node looked at it. */
    one('over', {}),
    /** The node has bid for the job as often as it may. */
    one('bids-used-up', { bids: count }),
    /** Somebody else bids better. Ranks are prices with the check that may be expected. */
    one('outbid', {
        winner: account.optional(),
        winnerPrice: amount.optional(),
        winnerRank: amount.optional(),
        /** What this node bid, or would have bid at least. */
        ownPrice: amount.optional(),
        ownRank: amount.optional(),
    }),

    /** Two endpoints contradict each other about the job. */
    one('endpoints-disagree', {}),
    /** The execution failed on this machine. */
    one('execution-failed', {}),
]);

/** What a node was at when a job that it had won came to nothing. */
export const STEPS = ['bidding', 'inputs', 'execution', 'commit', 'check'] as const;
export type JobStep = (typeof STEPS)[number];
const step = z.enum(STEPS);

/** How a job ended that a bid was made for; what it was paid, or cost, stands beside it. */
export const endReasonSchema = z.discriminatedUnion('code', [
    one('paid-accepted', {}),
    one('paid-checked', {}),
    /** The client was silent, and the check passed. */
    one('paid-silent', {}),
    /** The check came to no finding, and the job pays all the same. */
    one('paid-unchecked', {}),
    one('void', {}),
    one('cancelled', {}),
    one('no-bid', {}),
    one('not-taken', {}),
    /** No results in time; how far they were. */
    one('not-committed', { step }),
    one('false-error', {}),
    one('conceded', {}),
    one('convicted', {}),
    one('provider-convicted', {}),
    /** The node gave the job up. */
    one('failed', { step }),
]);

export const reasonSchema = z.discriminatedUnion('code', [
    ...passReasonSchema.options,
    ...endReasonSchema.options,
]);

/** A code with the figures that decided it. Amounts nanoGRAM. */
export type OutcomeReason = z.output<typeof reasonSchema>;
export type ReasonCode = OutcomeReason['code'];

/** Why a node does not bid for a job, or gives it back. */
export type PassWhy = z.output<typeof passReasonSchema>;
export type PassReason = PassWhy['code'];
export type EndWhy = z.output<typeof endReasonSchema>;

/** Codes that say everything by themselves. */
export type PlainPassReason = Plain<PassWhy>;
type Plain<W> = W extends { readonly code: infer C }
    ? Exclude<keyof W, 'code'> extends never
        ? C
        : never
    : never;

/** Codes of what could not be fetched. */
export type MissingReason = Extract<PassWhy, { readonly attempts: unknown }>['code'];

/** What could not be had, and what each place said, as it may be kept. */
export function missingOf(
    code: MissingReason,
    what: string,
    attempts: readonly string[] = [],
): PassWhy {
    const shown = attempts.slice(0, MAX_ATTEMPTS).map((text) => text.slice(0, MAX_TEXT));
    return { code, what, attempts: shown };
}

const ENDS: Record<Exclude<JobOutcome, 'not-committed'>, EndWhy> = {
    accepted: { code: 'paid-accepted' },
    passed: { code: 'paid-checked' },
    'passed-silent': { code: 'paid-silent' },
    'void-paid': { code: 'paid-unchecked' },
    void: { code: 'void' },
    cancelled: { code: 'cancelled' },
    refused: { code: 'not-taken' },
    'no-bid': { code: 'no-bid' },
    'false-error': { code: 'false-error' },
    conceded: { code: 'conceded' },
    convicted: { code: 'convicted' },
    'provider-convicted': { code: 'provider-convicted' },
};

/** What the end of a job on chain means for the node that bid for it. */
export function endReason(outcome: JobOutcome, reached: JobStep): EndWhy {
    return outcome === 'not-committed' ? { code: 'not-committed', step: reached } : ENDS[outcome];
}

const STAKE_CODES: Readonly<Record<number, PlainPassReason>> = {
    383: 'stake-paused',
    384: 'daily-limit',
    385: 'collateral-locked',
    387: 'operating-balance-low',
    390: 'stake-convicted',
    391: 'stake-held',
};

/** Why a Stake did not send a bid on; exit codes as in wrappers/exit-codes.ts. */
export function stakeReason(exitCode: number | undefined): PassWhy {
    const code = exitCode === undefined ? undefined : STAKE_CODES[exitCode];
    return code === undefined ? { code: 'stake-refused', exitCode } : { code };
}

/** Exit codes of an Escrow for a bid that came after its time, and under a better one. */
const LATE = new Set([340, 341, 343]);
const NOT_BETTER = 349;

/** Why an Escrow did not take a bid. */
export function bidReason(exitCode: number, ownPrice: bigint | undefined): PassWhy {
    if (LATE.has(exitCode)) return { code: 'too-late' };
    if (exitCode === NOT_BETTER) return { code: 'outbid', ownPrice };
    return { code: 'bid-refused', exitCode };
}
