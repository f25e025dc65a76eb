import { type Address, Cell } from '@ton/core';
import * as z from 'zod';
import { account, amount, count, hash, instant } from '../../provider/state/codecs';
import { jobKey } from '../../provider/state';
import type { Table } from '../../provider/state/table';

const cell = z.codec(z.string(), z.instanceof(Cell), {
    decode: (text, context) => {
        try {
            return Cell.fromBase64(text);
        } catch {
            context.issues.push({ code: 'custom', message: 'is no cell', input: text });
            return z.NEVER;
        }
    },
    encode: (value) => value.toBoc().toString('base64'),
});

/** One attempt to get what a provider owes; together they show what was tried. */
export const attemptSchema = z.object({
    /** The committed leaf, or the key of a sealed job. */
    what: z.enum(['leaf', 'key']).default('leaf'),
    /** Of all sources in turn, from 0. */
    round: count,
    /** UNIX seconds of the chain. */
    at: count,
    source: z.string(),
    /** What the source gave or said. */
    said: z.string(),
});

/** How a claim goes: each step is on disk before the message that makes it true is sent. */
export const STEPS = [
    /** The claim is about to be sent, or was. */
    'claiming',
    /** The Escrow has it: the best one, or a seat. */
    'claimed',
    /** What was found is about to be sealed, or was. */
    'sealing',
    'sealed',
    /** It is about to be revealed, or was. */
    'revealing',
    'revealed',
    /** The claim never stood, or another one did better: nothing is at stake any more. */
    'outdone',
    /** The bond came back, perhaps with pay. */
    'returned',
    /** The bond is gone. */
    'lost',
] as const;

const VERDICTS = ['sketch', 'broken-binding', 'missing-data'] as const;

const claimSchema = z.object({
    role: z.enum(['verifier', 'juror']),
    /** The round of a check, or the stage of a jury. */
    turn: count,
    step: z.enum(STEPS),
    /** Claims that were sent. */
    sent: count,
    bond: amount,
    /** What it is paid with when it was right. */
    fee: amount,
    ticket: amount,
    /** What was sealed, or is about to be. */
    sealed: cell.optional(),
    /** What a verifier reveals. */
    verdict: z.enum(VERDICTS).optional(),
    attempts: z.array(attemptSchema).default([]),
    earned: amount.optional(),
    executedMs: z.number().min(0).optional(),
});

const newsSchema = z.object({
    at: instant,
    kind: z.string(),
    text: z.string(),
    /** Of a check that is not claimed: `AbstainReason`. */
    reason: z.string().optional(),
});

export const checkRecordSchema = z.object({
    escrow: account,
    client: account,
    index: count,
    jobId: count,
    seenAt: instant,
    /** UNIX time of the chain in seconds. */
    listedAt: count,
    /** Of the listings that were seen, so that the parameters of the job are known for genuine. */
    parametersTag: amount,
    /** The Escrow's last transaction before the first claim: what came later may be about it. */
    since: z.object({ lt: amount, hash: z.string() }).optional(),
    model: hash.optional(),
    modelName: z.string().optional(),
    claims: z.array(claimSchema),
    /** All that came of it in the end. */
    outcome: z.string().optional(),
    /** What the Stake of a convicted provider paid is booked. */
    caught: z.boolean().optional(),
    earned: amount.optional(),
    fees: amount.optional(),
    /** The latest sentences for the operator, oldest first. */
    news: z.array(newsSchema),
    /** Nothing is to be done, unless the job is listed again. */
    idleSince: instant.optional(),
});

export type DataAttempt = z.output<typeof attemptSchema>;
export type ClaimStep = (typeof STEPS)[number];
export type RevealVerdict = (typeof VERDICTS)[number];
export type ClaimRecord = z.output<typeof claimSchema>;
export type CheckNews = z.output<typeof newsSchema>;
/** What a node must not forget about the check of one job. */
export type CheckRecord = z.output<typeof checkRecordSchema>;

/** What a node can do for a check: verify in a round, or sit in the jury of a stage. */
export interface Duty {
    readonly role: 'verifier' | 'juror';
    /** The round of a check, or the stage of a jury. */
    readonly turn: number;
}

/** Whether a claim has a bond with the Escrow, as far as the node knows. */
export function isAtStake({ step }: ClaimRecord): boolean {
    return !['outdone', 'returned', 'lost'].includes(step);
}

export interface CheckRecords {
    get(escrow: Address, jobId: number): CheckRecord | undefined;
    /** Checks that were not over when the node ended. */
    open(): CheckRecord[];
    /** The newest first. */
    latest(limit: number): CheckRecord[];
    /** Keeps a record; it is on disk when this returns, so that what it says may be signed. */
    put(record: CheckRecord): void;
    remove(escrow: Address, jobId: number): void;
    /** Bonds that may be with an Escrow, nanoGRAM. */
    bondsAtStake(): bigint;
    /** Forgets idle ones whose jobs must have ended since. */
    prune(idleBefore: number): void;
}

export function createCheckRecords(table: Table<string, CheckRecord>): CheckRecords {
    const all = () => [...table.entries()].map(({ value }) => value);
    const open = () => all().filter(({ idleSince }) => idleSince === undefined);
    return {
        get: (escrow, jobId) => table.get(jobKey(escrow, jobId)),
        open,
        latest: (limit) =>
            all()
                .sort((a, b) => b.seenAt - a.seenAt)
                .slice(0, limit),
        put: (record) => table.put(jobKey(record.escrow, record.jobId), record),
        remove: (escrow, jobId) => table.remove(jobKey(escrow, jobId)),
        bondsAtStake: () =>
            open()
                .flatMap(({ claims }) => claims)
                .filter(isAtStake)
                .reduce((sum, { bond }) => sum + bond, 0n),
        prune: (idleBefore) => {
            for (const { escrow, jobId, idleSince = Infinity } of all()) {
                if (idleSince < idleBefore) table.remove(jobKey(escrow, jobId));
            }
        },
    };
}
