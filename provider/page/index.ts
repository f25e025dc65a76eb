/** The page on which the owner of a node sees what it does and says what it may do. */

export { createLogTail, type LogEntry, type LogTail } from './log-tail';
export { ownerPage, type OwnerPageOptions, type PageOptions } from './owner-page';
export { type NodeRole, nowView, ownerView, type OwnerView } from './owner-view';
export { type PreferencesStore } from './preferences-desk';
