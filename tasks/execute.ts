import type { CatalogueModel } from '../models';
import type { Item, JobLimits } from '../protocol';

/** Items of one shape for one model: what a task asks to have computed. */
export interface TaskJob {
    readonly model: CatalogueModel;
    /** At least one. */
    readonly items: readonly Item[];
    /** What one item needs at most; the rest is for whoever executes to choose. */
    readonly limits: Partial<JobLimits>;
    readonly signal?: AbortSignal | undefined;
}

/** What became of one item. */
export type TaskOutcome =
    | { readonly status: 'done'; readonly index: number; readonly output: Item }
    | {
          readonly status: 'failed';
          readonly index: number;
          /** Name of the error, as `itemErrorName` gives it. */
          readonly name: string;
      };

/**
 * Has a job computed, on this machine or by others for money: a task does not know which.
 *
 * @returns one outcome for each item
 */
export type Execute = (job: TaskJob) => Promise<readonly TaskOutcome[]>;
