import { join } from 'node:path';
import {
    encodeTicket,
    InsufficientFundsError,
    type ItemResult,
    type JobResult,
    type JobTicket,
    PostRefusedError,
    type PreparedJob,
    runJob,
    type RunJobRequest,
    SurplusError,
} from '../../../sdk';
import { createBlobStore, createFolderOutputStore } from '../../../sdk/node';
import type { Client } from '../client';
import { CapExceededError, NoNodesError } from './errors';
import { jobTeller } from './job-progress';
import { takeLock } from './lock';
import { StepRecord } from './step-record';
import { readStep, type Step, stepFolder, type StoredSubmission, writeStep } from './submission';

/** Which step of which submission, and for whom. */
export interface StepPlace {
    readonly client: Client;
    readonly submission: StoredSubmission;
    readonly number: number;
    /** What the step is, for progress; empty for the only one. */
    readonly label: string;
    readonly onItem?: (item: ItemResult) => void | Promise<void>;
}

/** A job that is ready to be posted. */
export interface Posting {
    readonly job: PreparedJob;
    readonly endpoints: readonly string[];
    readonly cap: bigint;
    /** Of an earlier posting whose fate is unknown. */
    readonly ticket: JobTicket | undefined;
    /** Of a sealed job: how the client's secret follows from the job's id. */
    readonly seed?: RunJobRequest['seed'];
    readonly step: Omit<Step, 'ticket' | 'escrow' | 'jobId'>;
}

/**
 * Posts a job, follows it and collects its results; its ticket is kept before anything is sent.
 *
 * @throws CapExceededError, NoNodesError, BusyError and what `runJob` throws
 */
export async function postStep(place: StepPlace, posting: Posting): Promise<JobResult> {
    const { client, submission, number } = place;
    const { network, context } = client;
    const { terminal, signal } = context;
    const { payUnverified, keep, fromDeposit } = submission.terms;
    const payer = fromDeposit
        ? { postingKey: await client.postingKey() }
        : { sender: await client.wallet() };
    const lock = await takeLock(client.postingLock, {
        what: 'posts from the same wallet',
        waitMs: POSTING_WAIT_MS,
        onWait: () => terminal.progress('Waiting for another command that posts…'),
        signal,
    });
    const record = new StepRecord(place);
    const tell = jobTeller(terminal, place.label, submission.terms.accept);
    let value = 0n;
    try {
        const { terms } = posting.step;
        return await runJob({
            ...collecting(place),
            chain: network.chain,
            deployment: network.deployment,
            ...payer,
            client: client.address,
            payUnverified,
            keep,
            job: posting.job,
            ceiling: terms.ceiling,
            takePrice: terms.take,
            bidWindowSeconds: terms.bidWindowSeconds,
            commitWindowSeconds: terms.commitWindowSeconds,
            endpoints: posting.endpoints,
            ticket: posting.ticket,
            seed: posting.seed,
            onTicket: (ticket) => {
                writeStep(submission, number, {
                    ...posting.step,
                    state: 'sending',
                    ticket: encodeTicket(ticket),
                    escrow: ticket.escrow.toString(),
                    jobId: ticket.jobId,
                    terms: { ...terms, value },
                });
            },
            onEvent: (event) => {
                if (event.kind === 'estimated') {
                    const { surplus } = event.estimate;
                    value = fromDeposit ? surplus.needed : event.estimate.value;
                    if (value > posting.cap) throw new CapExceededError(value, posting.cap);
                } else if (event.kind === 'announced' && event.reached.length === 0) {
                    throw new NoNodesError(
                        'NODES_UNREACHABLE',
                        event.failed.map(({ endpoint, reason }) => `${endpoint} (${reason})`),
                    );
                }
                tell(event);
                record.note(event);
                if (event.kind === 'posted') {
                    void lock.release();
                    tellPosted(place);
                }
            },
        });
    } catch (error) {
        // Surely not on the chain: the next attempt may begin anew.
        const unsent =
            error instanceof InsufficientFundsError ||
            error instanceof PostRefusedError ||
            error instanceof SurplusError;
        if (unsent) record.refused();
        throw error;
    } finally {
        await lock.release();
    }
}

function tellPosted({ client, submission, number }: StepPlace): void {
    const step = readStep(submission, number);
    if (step === undefined) return;
    client.context.terminal.note(
        `Posted as job ${step.jobId} of the Escrow ${step.escrow}. ` +
            `"cocoon result ${submission.id}" goes on with it should this command end.`,
    );
}

/** Waits this long for another command that posts from the same wallet. */
const POSTING_WAIT_MS = 180_000;

/**
 * Nodes that shall hear of a job: those that the user named, or those that the chain shows.
 *
 * @throws NoNodesError
 */
export async function nodesFor(client: Client, named: readonly string[]): Promise<string[]> {
    if (named.length > 0) return [...named];
    client.context.terminal.progress('Looking for nodes…');
    const found = await client.discover();
    if (found.length > 0) return [...found];
    throw new NoNodesError('NODES_UNKNOWN');
}

/** What collecting results needs, the same for new and resumed jobs. */
export function collecting({ client, submission, number, onItem }: StepPlace) {
    const folder = join(stepFolder(submission, number), 'outputs');
    const blobs = createBlobStore({ folder, maxBytes: Number.MAX_SAFE_INTEGER });
    return {
        signal: client.context.signal,
        fetch: client.fetch,
        store: createFolderOutputStore(blobs),
        accept: submission.terms.accept,
        ...(onItem && { onItem }),
    };
}
