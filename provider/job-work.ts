import { hashFromBigInt, hashFromHex, hashToBigInt, hashToHex } from '../protocol';
import {
    type AssignedJob,
    type CheckedJob,
    type CommittedJob,
    leafContext,
    untilAborted,
} from '../sdk';
import type { JobView } from '../wrappers';
import type { Work } from './capacity';
import { PassError } from './errors';
import { sendToEscrow } from './escrow-messages';
import { isEndpointTrouble } from './guarded-chain';
import type { JobContext } from './job-context';
import { bytesPerItem } from './job-materials';
import { MESSAGE_MS, withinMs } from './prepare-bid';
import type { SignedResult } from './state';

/**
 * Does the work of a job that this node has won, or gives it back in time.
 *
 * @returns what to commit; undefined where the job was given back
 * @throws what keeps the node from either
 */
export async function doWork(
    context: JobContext,
    job: AssignedJob,
    now: number,
): Promise<SignedResult | undefined> {
    const { parts, signal } = context;
    const kept = context.record?.result;
    if (kept !== undefined && parts.blobs.has(kept.document)) return kept;
    try {
        // Results that are gone are made again, and then have to give the same root.
        return await execute(context, job, now);
    } catch (error) {
        signal.throwIfAborted();
        if (isEndpointTrouble(error) || kept !== undefined) throw error;
        if ((await context.chainTime()) >= job.declineDeadline) throw error;
        await decline(context, error);
        return undefined;
    }
}

/**
 * Counts a job that was bid for before the node was started again.
 *
 * @throws PassError
 */
export async function promiseWork(
    { parts, materials, key }: JobContext,
    { terms }: Pick<JobView, 'terms'>,
    times: Pick<Work, 'readyAt' | 'dueAt'>,
): Promise<void> {
    const { spec } = await materials.documents(terms);
    const coreMsPerItem = () =>
        parts.costs.coreMsPerItem(spec.model, bytesPerItem(spec)) ?? spec.limits.msPerItem;
    parts.capacity.promise(key, { ...times, items: terms.items, coreMsPerItem });
}

async function execute(context: JobContext, job: AssignedJob, now: number): Promise<SignedResult> {
    const { parts, key, target } = context;
    const { capacity } = parts;
    const { commitDeadline, declineDeadline } = job;
    const atMs = (chainTime: number) => parts.now() + (chainTime - now) * 1000;
    const giveBackUntilMs = now < declineDeadline ? atMs(declineDeadline) : undefined;
    const duty = parts.governor?.begin({
        name: `job ${target.jobId}`,
        dueMs: atMs(commitDeadline),
        giveBackUntilMs,
        leftCoreMs: () => capacity.leftCoreMs(key),
        onChange: (paused, detail) => {
            context.tell({ kind: paused ? 'paused' : 'continued', detail });
        },
    });
    if (duty === undefined) return gatherAndExecute(context, job, now);
    try {
        const work = gatherAndExecute(context, job, now, duty.signal);
        return await Promise.race([work, aborted(duty.signal)]);
    } finally {
        duty.end();
    }
}

/** Rejects with the reason of a signal. A model that loads cannot be called off, but left alone. */
function aborted(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
        const end = () => reject(signal.reason as Error);
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
    });
}

async function gatherAndExecute(
    context: JobContext,
    job: AssignedJob,
    now: number,
    until?: AbortSignal,
): Promise<SignedResult> {
    const { parts, materials, target, key } = context;
    const { capacity } = parts;
    const { terms, commitDeadline: dueAt } = job;
    const leftMs = (job.declineDeadline - now) * 1000 - MESSAGE_MS;
    const gathering = promiseWork(context, job, { readyAt: now, dueAt }).then(() =>
        materials.inputs(terms),
    );
    const inputs = await (leftMs > 0 ? withinMs(gathering, leftMs) : gathering);
    // The client gives the key of a sealed job once it sees who has won it.
    const leftForKeyMs = (job.declineDeadline - (await context.chainTime())) * 1000 - MESSAGE_MS;
    const seals = materials.seals(terms, leafContext(target.escrow, target.jobId));
    await (leftForKeyMs > 0 ? keyWithinMs(seals, leftForKeyMs) : seals);
    const items = inputs.hashes.length;
    until?.throwIfAborted();
    context.tell({ kind: 'gathered', items });
    const startedAt = performance.now();
    const result = await materials.execute(terms, {
        context: leafContext(target.escrow, target.jobId),
        dueAt,
        onProgress: (finished) => {
            capacity.progress(key, finished);
            context.tell({ kind: 'progress', finished, items });
        },
        ...(until !== undefined && { signal: until }),
    });
    const elapsedMs = performance.now() - startedAt;
    capacity.progress(key, items);
    context.tell({ kind: 'executed', items, faulty: result.faulty, elapsedMs });
    return result;
}

/** @throws PassError `sealed` when nobody gives the key in time */
async function keyWithinMs<T>(key: Promise<T>, ms: number): Promise<T> {
    const timeout = AbortSignal.timeout(ms);
    try {
        return await untilAborted(key, timeout);
    } catch (error) {
        if (!timeout.aborted) throw error;
        const detail = `The client has not given the key of the sealed inputs in ${ms} ms.`;
        throw new PassError('sealed', detail);
    }
}

async function decline(context: JobContext, cause: unknown): Promise<void> {
    const { parts, target } = context;
    const message = cause instanceof Error ? cause.message : String(cause);
    const { reason, why } =
        cause instanceof PassError ? cause : new PassError('execution-failed', message, cause);
    parts.logger.warn({ job: context.key, reason, err: cause }, 'job given back');
    parts.state.jobs.put({ ...context.known, declined: true });
    await context.act({ kind: 'decline', jobId: target.jobId });
    context.tell({ kind: 'declined', reason, why, detail: message });
}

/**
 * Commits to results.
 *
 * @throws RootConflictError where the node has signed another root before
 */
export async function commit(
    context: JobContext,
    job: AssignedJob,
    result: SignedResult,
): Promise<void> {
    const { jobKeys, state, chain } = context.parts;
    const { escrow, jobId } = context.target;
    const key = jobKeys.find(escrow, jobId, job.bid.commitment);
    if (key === undefined) throw new TypeError('The bid was not made with this secret.');
    // On disk before it is signed: never two roots for one job.
    state.jobs.put({ ...context.known, result });
    await publish(context, job, result);
    const { faulty } = result;
    const root = hashToBigInt(hashFromHex(result.root));
    const message = {
        what: 'commit',
        escrow,
        jobId,
        send: (contract) => contract.sendCommit({ jobId, root, faulty }, key),
        taken: (now) => now !== undefined && now.state !== 'assigned' && now.state !== 'overdue',
    } satisfies Parameters<typeof sendToEscrow>[1];
    await sendToEscrow(chain, message, { signal: context.signal });
}

/** Serves the results of a committed job, and what they were made of, as long as it is open. */
export async function serve(context: JobContext, job: CommittedJob | CheckedJob): Promise<void> {
    const signed = context.record?.result;
    if (signed?.root === hashToHex(hashFromBigInt(job.commit.root))) {
        return publish(context, job, signed);
    }
    const { logger } = context.parts;
    logger.error({ job: context.key }, 'the chain has a root that this state does not know');
}

async function publish(
    { parts, target, materials }: JobContext,
    { terms }: Pick<JobView, 'terms'>,
    result: SignedResult,
): Promise<void> {
    const { escrow, jobId } = target;
    const { shelf } = parts;
    const served = shelf.find(escrow, jobId);
    // What was served before is kept with all that belongs to it.
    const kept = served?.materials ?? (await materials.served(terms));
    await shelf.publish({ escrow, jobId, items: terms.items, ...result, materials: kept });
}
