import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isHashHex, type HashHex, MAX_JOB_ITEMS } from '../../../protocol';
import type { Home } from '../../config';
import { JobRecordError, JobUnknownError } from './errors';
import { readRecord, writeRecord } from './private-record';

/*
 * What a home keeps of what was submitted, so that a command that was killed at any instant can go
 * on: `<home>/client/jobs/<id>/`
 *
 *     submission.json      what was asked for
 *     picture              of a picture that is read
 *     steps/<n>/step.json  one paid job: its ticket before anything is sent, and how it ended
 *     steps/<n>/spec.json  its spec, and below blobs/ its manifest and inputs, and links to the model
 *     steps/<n>/outputs/   what was fetched of its results
 */

const nano = z
    .string()
    .regex(/^\d{1,30}$/)
    .transform(BigInt);
const hash = z.custom<HashHex>((value) => typeof value === 'string' && isHashHex(value));
const modelName = z.strictObject({ name: z.string(), hash });

const submissionSchema = z.strictObject({
    format: z.literal('cocoon.submission/1'),
    createdAt: z.string(),
    network: z.string(),
    market: z.string(),
    what: z.discriminatedUnion('kind', [
        z.strictObject({
            kind: z.literal('items'),
            model: modelName,
            items: z.number().int().min(1).max(MAX_JOB_ITEMS),
            /** Names of the items; undefined: their numbers. */
            names: z.array(z.string()).optional(),
        }),
        z.strictObject({
            kind: z.literal('ocr'),
            /** Name of the picture's file. */
            picture: z.string(),
            angles: z.boolean(),
        }),
    ]),
    /** Folder for the results; undefined: they are only printed. */
    out: z.string().optional(),
    terms: z.strictObject({
        /** Most that all steps may take from the wallet together. */
        cap: nano,
        /** Chosen ceiling of all steps together; undefined: measured. */
        price: nano.optional(),
        /** Chosen take price; undefined: half of the ceiling. */
        take: nano.optional(),
        coreHour: nano,
        bidWindowSeconds: z.number().int().min(1),
        commitWindowSeconds: z.number().int().min(1),
        msPerItem: z.number().int().min(1).optional(),
        memoryBytes: z.number().int().min(1).optional(),
        /** Whether a node is paid when a check ends without a finding. */
        payUnverified: z.boolean(),
        /** Whether complete results are accepted; what is not is checked for certain. */
        accept: z.boolean().default(true),
        /** Whether what is left of a job stays in the Escrow. */
        keep: z.boolean(),
        /** Whether jobs are posted from what was deposited there, and not from the wallet. */
        fromDeposit: z.boolean(),
        /** Whether inputs and results are sealed, and when the key is handed over. */
        sealed: z.enum(['award', 'before']).optional(),
    }),
    /** URLs of nodes that the user named; none: they are looked for. */
    nodes: z.array(z.string()),
});

const stepSchema = z.strictObject({
    format: z.literal('cocoon.step/1'),
    model: modelName,
    items: z.number().int().min(1),
    /** The ticket as the SDK encodes it; empty while the step is planned, as is what follows. */
    ticket: z.string(),
    escrow: z.string(),
    jobId: z.number().int().min(0),
    terms: z.strictObject({
        ceiling: nano,
        take: nano,
        /** What was sent along with the posting. */
        value: nano,
        bidWindowSeconds: z.number().int(),
        commitWindowSeconds: z.number().int(),
    }),
    /** Where the inputs are served from: this machine while a command runs, or stores. */
    inputs: z.discriminatedUnion('kind', [
        z.strictObject({
            kind: z.literal('here'),
            host: z.string(),
            port: z.number().int(),
        }),
        z.strictObject({ kind: z.literal('stores') }),
    ]),
    startedAt: z.string(),
    /**
     * `planned`: nothing was sent; `sending`: whether the chain has it is not known; `checking`: the
     * results are here, and a check decides about their payment.
     */
    state: z.enum(['planned', 'sending', 'posted', 'checking', 'settled', 'ended', 'refused']),
    /** Whether the inputs are needed no more. */
    committed: z.boolean(),
    /** Of a job that was drawn for a check. */
    check: z
        .strictObject({
            accepted: z.boolean(),
            winner: z.string().optional(),
            price: nano.optional(),
        })
        .optional(),
    end: z
        .strictObject({
            outcome: z.string(),
            paid: nano,
            refund: nano,
            winner: z.string().optional(),
            price: nano.optional(),
            failed: z.number().int().optional(),
            endedAt: z.string(),
        })
        .optional(),
});

export type Submission = z.infer<typeof submissionSchema>;
export type Step = z.infer<typeof stepSchema>;
export type StepEnd = NonNullable<Step['end']>;

/** A submission in its folder. */
export interface StoredSubmission extends Submission {
    /** Short id in this home, such as `7`. */
    readonly id: string;
    readonly folder: string;
}

/** Where a home keeps its jobs. */
export function jobsFolder(home: Home): string {
    return join(home.client.folder, 'jobs');
}

/** Keeps a new submission under the next free id. */
export function createSubmission(home: Home, submission: Submission): StoredSubmission {
    const root = jobsFolder(home);
    mkdirSync(root, { recursive: true, mode: 0o700 });
    for (let next = Number(submissionIds(home).at(-1) ?? 0) + 1; ; next++) {
        const id = String(next);
        const folder = join(root, id);
        try {
            mkdirSync(folder, { mode: 0o700 });
        } catch (error) {
            // Another command has just taken it.
            if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
            throw error;
        }
        const stored = { ...submission, id, folder };
        writeRecord(join(folder, 'submission.json'), plain(submission));
        return stored;
    }
}

/** Ids of all submissions, the oldest first. */
export function submissionIds(home: Home): string[] {
    try {
        const names = readdirSync(jobsFolder(home)).filter((name) => /^[1-9]\d{0,8}$/.test(name));
        return names.sort((a, b) => Number(a) - Number(b));
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
    }
}

/**
 * Reads a submission.
 *
 * @throws JobUnknownError, JobRecordError
 */
export function readSubmission(home: Home, id: string): StoredSubmission {
    const ids = submissionIds(home);
    if (!ids.includes(id)) throw new JobUnknownError(id, ids);
    const folder = join(jobsFolder(home), id);
    const path = join(folder, 'submission.json');
    const submission = readRecord(path, submissionSchema);
    if (submission === undefined) {
        // Killed before anything was written: nothing was sent either.
        throw new JobRecordError(path, 'was never written, so that nothing was paid for it');
    }
    return { ...submission, id, folder };
}

/** Folder of one step. */
export function stepFolder(submission: StoredSubmission, number: number): string {
    return join(submission.folder, 'steps', String(number));
}

/** @throws JobRecordError */
export function readStep(submission: StoredSubmission, number: number): Step | undefined {
    return readRecord(join(stepFolder(submission, number), 'step.json'), stepSchema);
}

/** All steps that were begun, in order. */
export function readSteps(submission: StoredSubmission): Step[] {
    const steps: Step[] = [];
    for (let number = 0; ; number++) {
        const step = readStep(submission, number);
        if (step === undefined) return steps;
        steps.push(step);
    }
}

/** On the disk when it returns. */
export function writeStep(submission: StoredSubmission, number: number, step: Step): void {
    writeRecord(join(stepFolder(submission, number), 'step.json'), plain(step));
}

/** Amounts as texts of digits. */
function plain(record: unknown): unknown {
    return JSON.parse(
        JSON.stringify(record, (_key, value: unknown) =>
            typeof value === 'bigint' ? value.toString() : value,
        ),
    );
}
