import type { MarketParameters } from '../../wrappers';

/** What kind of cheat a provider is, or none. */
export type Policy = 'honest' | 'every' | 'dear' | 'item';

/** A market of many nodes; shares are of nodes unless said otherwise. */
export interface MarketOptions {
    readonly parameters: MarketParameters;
    readonly nodes: number;
    /** Jobs that are posted in all, evenly over the days. */
    readonly jobs: number;
    readonly days: number;
    /** Providers that cheat; a third each wrong in every job, in dear jobs only, in one item only. */
    readonly cheats: number;
    /** Nodes that verify, as far as their stake is large enough. */
    readonly verifiers: number;
    /** Of verifying nodes: online for a check. */
    readonly online: number;
    /** Of verifying nodes. */
    readonly colluding: number;
    /** Of verifying nodes. */
    readonly lazy: number;
    /** The chance that an honest claimant keeps its word. */
    readonly reliability: number;
    /** Of jobs: the client neither accepts nor disputes. */
    readonly silent: number;
    /** Nodes that consider each job; those whose models, rules and limits fit. */
    readonly bidders: number;
}

/** The market of the comparison; sizes are set by the run. */
export const MARKET_DEFAULTS: Omit<MarketOptions, 'parameters' | 'nodes' | 'jobs'> = {
    days: 30,
    cheats: 0.1,
    verifiers: 0.5,
    online: 0.7,
    colluding: 0.1,
    lazy: 0.05,
    reliability: 0.97,
    silent: 0.03,
    bidders: 5,
};
