export type { ClientPeers } from './client-peers';
export { createCocoon, type Cocoon, type CocoonOptions, type SubmitRequest } from './create-cocoon';
export * from './errors';
export { createIndexedDbShelf } from './indexed-db-shelf';
export {
    tonConnectSender,
    type ClientSender,
    type TonConnectLike,
    type TonConnectSenderOptions,
} from './sender';
export { createMemoryShelf, type JobShelf, type KeptJob, type KeptTerms } from './shelf';
export type { Submission } from './submission';
