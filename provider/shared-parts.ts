import type { BlobFetcher } from './blob-fetcher';
import type { GuardedChain } from './guarded-chain';
import type { ModelCache } from './model-cache';
import type { NodeActions } from './node-actions';
import type { Costs } from './state';
import type { Turns } from './turns';

/**
 * What a provider and a verifier on one Stake have in common: one sequence number, one budget of
 * cores, one set of warm models.
 */
export interface SharedParts {
    readonly chain: GuardedChain;
    readonly actions: NodeActions;
    readonly models: ModelCache;
    readonly turns: Turns;
    readonly fetcher: BlobFetcher;
    /** What was measured. */
    readonly costs: Costs;
}
