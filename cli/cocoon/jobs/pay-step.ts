import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JobLimits } from '../../../protocol';
import {
    BLOBS_PATH,
    createSealing,
    endpointUrl,
    type JobResult,
    type JobSealing,
    leaveKeys,
    type PreparedJob,
    prepareJob,
} from '../../../sdk';
import { nativeSuite } from '../../../sdk/node';
import { KeyNotLeftError } from './offer-errors';
import { type OfferPlan, planOffer, pushInputs, serveInputs } from './offer-inputs';
import type { PaidModel } from './paid-model';
import { nodesFor, type Posting, postStep, type StepPlace } from './post-step';
import type { Price } from './price';
import { storeJob } from './stored-job';
import { type Step, stepFolder, writeStep } from './submission';

/** One paid job of a submission. */
export interface StepWork {
    readonly model: PaidModel;
    /** Encoded items. */
    readonly items: readonly Uint8Array[];
    readonly limits: Partial<JobLimits>;
    readonly price: Price;
    /** Most that may leave the wallet for it, nanoGRAM. */
    readonly cap: bigint;
}

/**
 * Has a step done for money: prepares and keeps the job, offers its inputs, posts it, follows it and
 * collects its results.
 *
 * @throws CapExceededError, NoNodesError, InputsUnofferedError and what `runJob` throws
 */
export async function payStep(place: StepPlace, work: StepWork): Promise<JobResult> {
    const { client, submission, number } = place;
    const folder = stepFolder(submission, number);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const endpoints = await nodesFor(client, submission.nodes);
    const sealing = await newSealing(place);
    const plan = planFor(place);
    if (plan.kind === 'here') {
        const serving = await serveInputs(join(folder, 'blobs'), plan, work.model.blobs);
        try {
            const job = prepare(work, [serving.source], sealing);
            for (const blob of job.blobs) await serving.write(blob);
            const inputs = { kind: 'here', host: plan.host, port: serving.port } as const;
            return await keepAndPost(place, work, { job, sealing, endpoints, inputs });
        } finally {
            await serving.close();
        }
    }
    const { blobs } = prepare(work, [], sealing);
    const { context, config } = client;
    const stores = await pushInputs({
        blobs,
        stores: [
            ...config.client.stores,
            ...endpoints.map((endpoint) => endpointUrl(endpoint, BLOBS_PATH)),
        ],
        signal: context.signal,
        onPush: (done, of, store) =>
            context.terminal.progress(`Giving inputs to ${new URL(store).host}: ${done} of ${of}…`),
    });
    const job = prepare(work, stores, sealing);
    if (sealing?.handover === 'before') await leaveKey(place, job, endpoints);
    return keepAndPost(place, work, { job, sealing, endpoints, inputs: { kind: 'stores' } });
}

function prepare(
    { model, items, limits }: StepWork,
    sources: readonly string[],
    sealing: JobSealing | undefined,
): PreparedJob {
    return prepareJob({
        manifest: model.manifest,
        items,
        sources,
        limits,
        sealing,
        suite: nativeSuite,
        delivery: { peers: true },
    });
}

async function newSealing({ client, submission }: StepPlace): Promise<JobSealing | undefined> {
    const { sealed: handover } = submission.terms;
    if (handover === undefined) return undefined;
    return createSealing({ secret: await client.sealingSecret(), handover });
}

/** Who goes away cannot serve the inputs from here. */
function planFor({ client, submission }: StepPlace): OfferPlan {
    return submission.terms.sealed === 'before' ? { kind: 'stores' } : planOffer(client.config);
}

/** @throws KeyNotLeftError where no node took it */
async function leaveKey(
    { client }: StepPlace,
    { spec: { privacy }, contentKey }: PreparedJob,
    endpoints: readonly string[],
): Promise<void> {
    if (privacy.mode !== 'sealed' || contentKey === undefined) return;
    const { network, context, fetch } = client;
    const { signal, terminal } = context;
    terminal.progress('Leaving the key with nodes…');
    const { keyHash } = privacy;
    const { chain } = network;
    const left = await leaveKeys({ chain, endpoints, keyHash, contentKey, fetch, signal });
    if (left.taken.length === 0) throw new KeyNotLeftError(left.refused);
    const count = `${left.taken.length} of ${endpoints.length} nodes`;
    terminal.note(`${count} have the key of this job now, and can read its inputs.`);
}

/** What is posted, and how it can be had. */
interface OfferedJob {
    readonly job: PreparedJob;
    readonly sealing: JobSealing | undefined;
    readonly endpoints: readonly string[];
    readonly inputs: Step['inputs'];
}

async function keepAndPost(
    place: StepPlace,
    work: StepWork,
    { job, sealing, endpoints, inputs }: OfferedJob,
): Promise<JobResult> {
    const { submission, number } = place;
    await storeJob(stepFolder(submission, number), job);
    const { model, items, price, cap } = work;
    const { bidWindowSeconds, commitWindowSeconds } = submission.terms;
    const posting: Posting = {
        job,
        endpoints,
        cap,
        ticket: undefined,
        seed: sealing?.seedOf,
        step: {
            format: 'cocoon.step/1',
            model: { name: model.name, hash: model.hash },
            items: items.length,
            terms: {
                ceiling: price.ceiling,
                take: price.take,
                value: 0n,
                bidWindowSeconds,
                commitWindowSeconds,
            },
            inputs,
            startedAt: new Date().toISOString(),
            state: 'planned',
            committed: false,
        },
    };
    const planned = { ...posting.step, ticket: '', escrow: '', jobId: 0 };
    writeStep(submission, number, planned);
    return postStep(place, posting);
}
