import { type ExecutedJob, executeJob } from '../provider/execute-job';
import { meterModel } from '../provider/metered-model';
import { createTurns } from '../provider/turns';
import type { LoadedModel } from '../runtime';
import type { BlobStore } from '../sdk/node';
import type { WorkloadJob } from './workload-job';

export interface ExecutedWorkload {
    /** From the first execution to the root, on the clock. */
    readonly ms: number;
    readonly executed: ExecutedJob;
    readonly coreMsPerItem: number | undefined;
}

/**
 * As a node does it for a job that it won: the model takes turns with others, and is measured;
 * results are hashed and stored, and their root is made.
 *
 * @throws Error when an item fails
 */
export async function executeWorkload(
    loaded: LoadedModel,
    { context, inputs }: WorkloadJob,
    blobs: BlobStore,
    coreMsPerItem: number | undefined,
): Promise<ExecutedWorkload> {
    const { signal } = new AbortController();
    const turn = createTurns().enter(0);
    const metered = meterModel(loaded, { turn, coreMsPerItem, onItem: () => undefined });
    const { model } = metered;
    const startedAt = performance.now();
    const executed = await executeJob({ context, inputs, model, blobs, signal });
    const ms = performance.now() - startedAt;
    turn.leave();
    if (executed.faulty > 0) throw new Error(`${executed.faulty} items failed.`);
    return { ms, executed, coreMsPerItem: metered.coreMsPerItem() };
}
