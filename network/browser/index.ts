/** The peer-to-peer network for pages in browsers: `cocoon/peers`. */

export type { KnownPeer, PeersOptions } from './options';
export type { PeerStorage } from './peer-memory';
export { createPeers, type WebPeers } from './peers';
