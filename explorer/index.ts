/** The index of a market, made from its chain, and how it is served. */

export * from './errors';
export { createIndexer, type Indexer, type IndexerOptions } from './follow/indexer';
export { openStore, type IndexStore, type StoreOptions } from './store/store';
