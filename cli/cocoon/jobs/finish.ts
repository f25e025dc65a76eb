import { existsSync, mkdirSync } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { encodeItem } from '../../../protocol';
import { JobEndedError, type JobResult } from '../../../sdk';
import { type Execute, type PictureText, readPicture, type TaskOutcome } from '../../../tasks';
import { decodePicture } from '../../../tasks/node';
import { InterruptedError } from '../../terminal';
import type { Client } from '../client';
import { openModelShelf } from '../model-shelf';
import { sourceOf } from '../open-model';
import { createResultsWriter, RESULTS_FILE, writeWhole } from '../write-results';
import {
    JobInterruptedError,
    NeverBegunError,
    ResultsIncompleteError,
    SubmissionEndedError,
} from './errors';
import { keepOutcomes, readOutcomes } from './kept-outcomes';
import { takeLock } from './lock';
import { payStep, type StepWork } from './pay-step';
import type { StepPlace } from './post-step';
import { chosenPrice, measure, type Price, priceFromTime } from './price';
import { type Receipt, receiptOf } from './receipt';
import { type Repost, resumeStep } from './resume-step';
import { readStep, readSteps, stepFolder, type StoredSubmission, writeStep } from './submission';
import { nextSteps, unsoldStep, whyNoBid } from './why-no-bid';

/** A submission that is done. */
export interface Finished {
    readonly receipt: Receipt;
    /** Folder with the results. */
    readonly results: string;
    /** Items whose model gave no result; they were not paid. */
    readonly failed: number;
    /** What a picture says. */
    readonly text: PictureText | undefined;
}

export interface FinishOptions {
    readonly client: Client;
    readonly submission: StoredSubmission;
    /** What is to be paid, for a submission that begins now; by step. */
    readonly plan?: readonly PlannedStep[];
    /** Whether to post, and pay, what is not on the chain. */
    readonly post: boolean;
    /** Replaces what was offered before, for what is posted again. */
    readonly terms?: Repost['terms'];
}

export interface PlannedStep {
    readonly price: Price;
    readonly items: number;
    readonly work?: StepWork;
}

const TEXT_FILE = 'text.txt';

/** Folder for the results of a submission. */
export function resultsFolder({ out, folder }: StoredSubmission): string {
    return out ?? join(folder, 'results');
}

/** Whether all results of a submission are on this machine. */
export function hasResults(submission: StoredSubmission): boolean {
    const file = submission.what.kind === 'ocr' ? TEXT_FILE : RESULTS_FILE;
    return existsSync(join(resultsFolder(submission), file));
}

/**
 * Takes a submission to its end, from wherever it is, and writes its results.
 *
 * @throws BusyError where another command does the same; JobInterruptedError on Ctrl-C once
 * something may be posted; ResultsIncompleteError; what the steps throw
 */
export async function finishSubmission(options: FinishOptions): Promise<Finished> {
    const { client, submission } = options;
    const lock = await takeLock(join(submission.folder, 'lock'), {
        what: `works on job ${submission.id}`,
        signal: client.context.signal,
    });
    try {
        mkdirSync(resultsFolder(submission), { recursive: true });
        return submission.what.kind === 'ocr'
            ? await finishPicture(options)
            : await finishItems(options);
    } catch (error) {
        if (error instanceof JobEndedError) throw await endedFor(client, submission, error);
        if (!(error instanceof InterruptedError)) throw error;
        const begun = readSteps(submission).some(
            ({ state }) => state !== 'refused' && state !== 'planned',
        );
        throw begun ? new JobInterruptedError(submission.id, needsUs(submission)) : error;
    } finally {
        await lock.release();
    }
}

/** What to do after a job without a result depends on where it was submitted from. */
async function endedFor(
    { network, context }: Client,
    submission: StoredSubmission,
    { outcome, hint }: JobEndedError,
) {
    const { id } = submission;
    const unsold = outcome === 'no-bid' ? unsoldStep(submission) : undefined;
    const why = unsold && (await whyNoBid(network, unsold, context.signal));
    if (why !== undefined && why.advice.length > 0) {
        const reason = `${outcome}; its money came back. ${why.sentence}`;
        return new SubmissionEndedError(id, reason, nextSteps(why, id).join(' '));
    }
    const again = `"cocoon submit --resume ${id}" tries again, with --price for another price.`;
    const said = why === undefined ? '' : ` ${why.sentence}`;
    const reason = `${outcome}; its money came back.${said}`;
    return new SubmissionEndedError(id, reason, `${hint} ${again}`);
}

/** Whether the winner may still need something of this machine. */
function needsUs(submission: StoredSubmission): 'inputs' | 'key' | undefined {
    const last = readSteps(submission).at(-1);
    if (last === undefined || last.committed || last.state === 'ended') return undefined;
    if (last.inputs.kind === 'here') return 'inputs';
    return submission.terms.sealed === 'award' ? 'key' : undefined;
}

async function finishItems(options: FinishOptions): Promise<Finished> {
    const { client, submission, plan } = options;
    const { what } = submission;
    if (what.kind !== 'items') throw new TypeError('Not a job of items.');
    const folder = resultsFolder(submission);
    const writer = createResultsWriter(folder);
    const place: StepPlace = {
        client,
        submission,
        number: 0,
        label: '',
        onItem: (item) => {
            const name = what.names?.[item.index] ?? String(item.index);
            return writer.write(
                item.index,
                item.status === 'done'
                    ? { status: 'done', name, output: item.output }
                    : { status: 'failed', name, error: item.name },
            );
        },
    };
    const work = plan?.[0]?.work;
    const result = await payOrResume(place, options, () => work);
    if (result.missing.length > 0) {
        throw new ResultsIncompleteError(submission.id, result.missing.length, what.items, folder);
    }
    await writer.finish();
    await dropTransfers(submission, 0);
    return {
        receipt: receiptOf(submission),
        results: resolve(folder),
        failed: writer.failed,
        text: undefined,
    };
}

async function finishPicture(options: FinishOptions): Promise<Finished> {
    const { client, submission } = options;
    const { what } = submission;
    if (what.kind !== 'ocr') throw new TypeError('Not a picture.');
    const { signal } = client.context;
    const bytes = await readFile(join(submission.folder, 'picture'));
    const text = await readPicture({
        picture: await decodePicture(bytes, { signal }),
        angles: what.angles,
        execute: paidExecute(options),
        signal,
    });
    const folder = resultsFolder(submission);
    await mkdir(folder, { recursive: true });
    await writeWhole(join(folder, 'lines.json'), `${JSON.stringify(text.lines, undefined, 2)}\n`);
    await writeWhole(join(folder, TEXT_FILE), text.text === '' ? '' : `${text.text}\n`);
    const failed = text.lines.filter(({ failure }) => failure !== undefined).length;
    return { receipt: receiptOf(submission), results: resolve(folder), failed, text };
}

/** Has the jobs of a task computed for money, each at most once. */
function paidExecute(options: FinishOptions): Execute {
    const { client, submission, plan } = options;
    const { context, config } = client;
    let next = 0;
    return async ({ model, items, limits }) => {
        const number = next++;
        const known = await readOutcomes(stepFolder(submission, number));
        if (known !== undefined) return known;
        const label = STEP_LABELS[model.name] ?? model.name;
        const place: StepPlace = { client, submission, number, label };
        const result = await payOrResume(place, options, async (): Promise<StepWork> => {
            const shelf = await openModelShelf(config, context);
            const paid = await shelf.obtain(model);
            const encoded = items.map((item) => encodeItem(item));
            const planned = plan?.[number];
            const price =
                planned?.items === items.length
                    ? planned.price
                    : await priceOfStep(
                          submission,
                          number,
                          sourceOf(paid),
                          encoded,
                          context.signal,
                      );
            const cap = submission.terms.cap - spentOf(submission);
            return { model: paid, items: encoded, limits, price, cap };
        });
        const outcomes = result.items.map((item): TaskOutcome => {
            const { index } = item;
            return item.status === 'done'
                ? { status: 'done', index, output: item.output }
                : { status: 'failed', index, name: item.name };
        });
        await keepOutcomes(stepFolder(submission, number), outcomes);
        await dropTransfers(submission, number);
        return outcomes;
    };
}

/** What the steps of reading a picture do, by their models. */
export const STEP_LABELS: Readonly<Record<string, string>> = {
    'ocr-detector': 'finding lines',
    'ocr-angle': 'turning lines',
    'ocr-recogniser': 'reading lines',
};

/** The price of a step of a picture: measured, or its share of what the user chose. */
export async function priceOfStep(
    { terms, what }: Pick<StoredSubmission, 'terms' | 'what'>,
    number: number,
    source: ReturnType<typeof sourceOf>,
    items: readonly Uint8Array[],
    signal: AbortSignal,
): Promise<Price> {
    const steps = what.kind === 'ocr' && what.angles ? 3 : 2;
    if (terms.price === undefined) {
        const { msPerItem } = await measure(source, items, {}, signal);
        const price = priceFromTime(msPerItem, items.length, terms.coreHour);
        if (terms.take === undefined) return price;
        const take = terms.take / BigInt(steps);
        return { ...price, take: take < price.ceiling ? take : price.ceiling };
    }
    // All lines together are more work than the search for them.
    const early = terms.price / 4n;
    const share = number < steps - 1 ? early : terms.price - early * BigInt(steps - 1);
    return chosenPrice(share, terms.take === undefined ? undefined : terms.take / BigInt(steps));
}

/** What earlier steps took from the wallet, nanoGRAM. */
function spentOf(submission: StoredSubmission): bigint {
    return readSteps(submission).reduce((sum, { terms, end, state }) => {
        if (state === 'refused' || state === 'planned') return sum;
        return sum + terms.value - (end?.refund ?? 0n);
    }, 0n);
}

async function payOrResume(
    place: StepPlace,
    { post, submission, terms = {} }: FinishOptions,
    begin: () => StepWork | undefined | Promise<StepWork>,
): Promise<JobResult> {
    const step = readStep(submission, place.number);
    let result: JobResult;
    if (step !== undefined) {
        const repost = post ? { cap: submission.terms.cap, terms } : undefined;
        result = await resumeStep(place, repost);
    } else {
        const work = post ? await begin() : undefined;
        if (work === undefined) throw new NeverBegunError(submission.id);
        result = await payStep(place, work);
    }
    const ended = readStep(submission, place.number);
    if (ended?.end !== undefined) {
        // Whoever comes back after the award has not seen it.
        const { winner, price } = result;
        const end = { ...ended.end, winner: winner.toString(), price };
        writeStep(submission, place.number, { ...ended, end });
    }
    return result;
}

/** Inputs and downloads of a step are needed no more once its results are written. */
async function dropTransfers(submission: StoredSubmission, number: number): Promise<void> {
    const folder = stepFolder(submission, number);
    await rm(join(folder, 'outputs'), { recursive: true, force: true });
    await rm(join(folder, 'blobs'), { recursive: true, force: true });
}

/** Copies results that are here to another folder. */
export async function copyResults(submission: StoredSubmission, to: string): Promise<void> {
    await cp(resultsFolder(submission), to, { recursive: true });
}
