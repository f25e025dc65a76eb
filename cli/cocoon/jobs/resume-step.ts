import { join } from 'node:path';
import {
    decodeTicket,
    type JobResult,
    type JobTicket,
    type PreparedJob,
    resumeJob,
    sealingOf,
} from '../../../sdk';
import { NeverPostedError, SubmissionEndedError } from './errors';
import { jobTeller } from './job-progress';
import { PortTakenError } from './offer-errors';
import { type Serving, serveInputs } from './offer-inputs';
import { collecting, nodesFor, type Posting, postStep, type StepPlace } from './post-step';
import { StepRecord } from './step-record';
import { readStoredJob } from './stored-job';
import { readStep, type Step, stepFolder } from './submission';

/** How a step is posted that the chain has not, or has no more. */
export interface Repost {
    /** Most that may leave the wallet for it, nanoGRAM. */
    readonly cap: bigint;
    /** Replaces what was offered before. */
    readonly terms: Partial<Pick<Step['terms'], 'ceiling' | 'take'>>;
}

/**
 * Goes on with a step whose ticket is kept, from wherever it is.
 *
 * @param repost - post it where the chain has not seen it
 * @throws NeverPostedError, SubmissionEndedError, JobRecordError, and as `payStep`
 */
export async function resumeStep(place: StepPlace, repost: Repost | undefined): Promise<JobResult> {
    const { client, submission, number } = place;
    const { network, context } = client;
    const step = readStep(submission, number);
    if (step === undefined) throw new NeverPostedError(submission.id);
    const folder = stepFolder(submission, number);
    const job = await readStoredJob(folder);
    const serving = await servingAgain(place, step);
    const record = new StepRecord(place);
    const tell = jobTeller(context.terminal, place.label, place.submission.terms.accept);
    try {
        const postAnew = async (cap: bigint, ticket: JobTicket | undefined) =>
            postStep(place, {
                ...(await withSecrets(place, job)),
                endpoints: await nodesFor(client, submission.nodes),
                cap,
                ticket,
                step: {
                    ...step,
                    terms: { ...step.terms, ...repost?.terms },
                    state: 'planned',
                    committed: false,
                    end: undefined,
                },
            });
        // Nothing was sent, or it ended without a result and its money is back.
        if (step.state === 'planned' || step.state === 'ended') {
            if (repost !== undefined) return await postAnew(repost.cap, undefined);
            if (step.state === 'planned') throw new NeverPostedError(submission.id);
        }
        const ticket = decodeTicket(step.ticket);
        const resumed = await resumeJob({
            ...collecting(place),
            chain: network.chain,
            ticket,
            job,
            onEvent: (event) => {
                tell(event);
                record.note(event);
            },
        });
        if (resumed.posted) return resumed;
        const unseen = resumed.reason === 'unseen';
        if (!unseen) record.refused();
        if (repost !== undefined) return await postAnew(repost.cap, unseen ? ticket : undefined);
        if (unseen) throw new NeverPostedError(submission.id);
        throw new SubmissionEndedError(
            submission.id,
            'its posting was refused, and its money came back.',
            `"cocoon submit --resume ${submission.id}" posts it anew.`,
        );
    } finally {
        await serving?.close();
    }
}

/** The keys of a sealed job, which are in no file but its ticket. */
async function withSecrets(
    { client }: StepPlace,
    job: PreparedJob,
): Promise<Pick<Posting, 'job' | 'seed'>> {
    const { privacy } = job.spec;
    if (privacy.mode !== 'sealed') return { job };
    const { salt, handover } = privacy;
    const { contentKey, seedOf } = sealingOf(await client.sealingSecret(), salt, handover);
    return { job: { ...job, contentKey }, seed: seedOf };
}

/** Serves the inputs again where the spec says that they are served from here. */
async function servingAgain(
    { client, submission, number }: StepPlace,
    step: Step,
): Promise<Serving | undefined> {
    if (step.inputs.kind !== 'here' || step.committed || step.state === 'settled') return undefined;
    const { host, port } = step.inputs;
    const blobs = join(stepFolder(submission, number), 'blobs');
    try {
        const plan = { kind: 'here', host, port, publicUrl: undefined } as const;
        return await serveInputs(blobs, plan, []);
    } catch (error) {
        if (!(error instanceof PortTakenError)) throw error;
        client.context.terminal.warn(
            `${error.message} A winner that has none yet gives the job back.`,
        );
        return undefined;
    }
}
