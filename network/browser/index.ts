/** The peer-to-peer network for pages in browsers: `cocoon/peers`. */

export type { KnownPeer, PeersOptions } from './options';
export { createPeers, type WebPeers } from './peers';
