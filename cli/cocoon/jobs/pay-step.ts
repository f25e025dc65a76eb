import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JobLimits } from '../../../protocol';
import {
    BLOBS_PATH,
    endpointUrl,
    type JobResult,
    type PreparedJob,
    prepareJob,
} from '../../../sdk';
import { planOffer, pushInputs, serveInputs } from './offer-inputs';
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
    const plan = planOffer(client.config);
    if (plan.kind === 'here') {
        const serving = await serveInputs(join(folder, 'blobs'), plan, work.model.blobs);
        try {
            const job = prepare(work, [serving.source]);
            for (const blob of job.blobs) await serving.write(blob);
            const inputs = { kind: 'here', host: plan.host, port: serving.port } as const;
            return await keepAndPost(place, work, job, endpoints, inputs);
        } finally {
            await serving.close();
        }
    }
    const { blobs } = prepare(work, []);
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
    const job = prepare(work, stores);
    return keepAndPost(place, work, job, endpoints, { kind: 'stores' });
}

function prepare({ model, items, limits }: StepWork, sources: readonly string[]): PreparedJob {
    const delivery = { peers: true };
    return prepareJob({ manifest: model.manifest, items, sources, limits, delivery });
}

async function keepAndPost(
    place: StepPlace,
    work: StepWork,
    job: PreparedJob,
    endpoints: readonly string[],
    inputs: Step['inputs'],
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
