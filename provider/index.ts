/** The node that works for the jobs of a market. */

export type { BidLimits } from './decide-bid';
export {
    ActionLostError,
    ActionRefusedError,
    PassError,
    RootConflictError,
    type PassReason,
} from './errors';
export type { JobName, ProviderEvent, ProviderNews } from './events';
export { jobKey, openJournal, type Journal, type JobRecord, type SignedResult } from './journal';
export { priceOf, type Pricing } from './pricing';
export { createProvider, type Provider, type ProviderOptions } from './provider';
export { guardedFetch, isPrivateAddress, PrivateAddressError, publicFetch } from './public-fetch';
export { createSeeds, type Seeds } from './seeds';
