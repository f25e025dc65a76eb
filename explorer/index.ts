/** The index of a market, made from its chain, and how it is served. */

export * from './errors';
export { EXPLORER_PATH, startExplorer, type Explorer, type ExplorerOptions } from './explorer';
export { createIndexer, type Indexer, type IndexerOptions } from './follow/indexer';
export {
    createViews,
    type JobFilter,
    type JobPageRequest,
    type StakeOrder,
    type Views,
} from './http/views';
export { openStore, type IndexStore, type StoreOptions } from './store/store';
