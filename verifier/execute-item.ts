import type { HashHex, ItemErrorName, JobSpec, ModelManifest } from '../protocol';
import type { ModelCache } from '../provider/model-cache';
import { bytesPerItem } from '../provider/job-materials';
import type { Governor } from '../provider';
import type { Costs } from '../provider/state';
import type { Turns } from '../provider/turns';
import { type ExecutionClass, ModelRefusedError } from '../runtime';
import { AbstainError } from './errors';

/** What became of one item on this machine. */
export type ItemOutcome =
    | { readonly status: 'done'; readonly output: Uint8Array; readonly elapsedMs: number }
    | {
          readonly status: 'failed';
          readonly code: ItemErrorName;
          /** For people. */
          readonly detail: string;
          readonly elapsedMs: number;
      };

/** A model whose files are in the blob store, as a job wants it executed. */
export interface ItemModel {
    readonly hash: HashHex;
    readonly manifest: ModelManifest;
    readonly spec: JobSpec;
}

export interface ExecuteItemOptions {
    /** When the result is needed, UNIX seconds of the chain: what is due first goes first. */
    readonly dueAt: number;
    readonly signal: AbortSignal;
}

/**
 * Executes one item in isolation.
 *
 * @throws AbstainError `rules` where the model does not run here, RuntimeStoppedError,
 * RuntimeDiskError, the reason of the signal
 */
export type ExecuteItem = (
    executionClass: ExecutionClass,
    model: ItemModel,
    item: Uint8Array,
    options: ExecuteItemOptions,
) => Promise<ItemOutcome>;

export interface ItemExecutorOptions {
    readonly models: ModelCache;
    readonly turns: Turns;
    /** Learns what native items take. */
    readonly costs: Costs;
    readonly governor?: Pick<Governor, 'begin'> | undefined;
}

/** Executes items beside the jobs of the same node, in turns with them. */
export function createItemExecutor(options: ItemExecutorOptions): ExecuteItem {
    const { models, turns, costs, governor } = options;
    return async (executionClass, { hash, manifest, spec }, item, { dueAt, signal }) => {
        // A bond is at stake or about to be, and an item is short: it does not wait for anything.
        const duty = governor?.begin({
            name: 'a check',
            dueMs: dueAt * 1000,
            leftCoreMs: () => costs.coreMsPerItem(spec.model, bytesPerItem(spec)) ?? 0,
            atOnce: true,
        });
        const lease = await models
            .acquire(hash, manifest, spec.limits, executionClass)
            .catch((error: unknown) => {
                duty?.end();
                if (!(error instanceof ModelRefusedError)) throw error;
                throw new AbstainError('rules', error.message, error);
            });
        const turn = turns.enter(dueAt);
        try {
            for await (const outcome of lease.model.run(turn.gate([item]), { signal })) {
                const elapsedMs = outcome.elapsedUs / 1000;
                if (outcome.status === 'failed') {
                    const { code, message: detail } = outcome.error;
                    return { status: 'failed', code, detail, elapsedMs };
                }
                if (outcome.status !== 'done') break;
                if (executionClass === 'native') {
                    costs.learnItem(spec.model, bytesPerItem(spec), elapsedMs);
                }
                return { status: 'done', output: outcome.output, elapsedMs };
            }
            throw new TypeError('The runtime gave no outcome.');
        } finally {
            duty?.end();
            turn.leave();
            lease.release();
        }
    };
}
