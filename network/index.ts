/** The peer-to-peer network: identity, connections, blobs between peers, hints of jobs. */

export type { BlobShelf, HeldBlob } from './blobs/blob-trees';
export type { FetchFromPeersRequest, PeerBlobs } from './blobs/peer-blobs';
export { PeerBlobError, PeerError, SourceError } from './errors';
export { hasKey, keyOfPeer, peerOfKey } from './identity';
export { DEFAULT_NETWORK_LIMITS, type NetworkLimits, type RelayLimits } from './limits';
export {
    createNetworkNode,
    type NetworkNode,
    type NetworkNodeOptions,
    type PeerHttp,
} from './network-node';
export { groupByPeer, parsePeerAddress, type PeerAddress } from './peer-address';
export type { PeerRate } from './peer-budget';
export { isForBrowsers, withWebRtc } from './webrtc/addresses';
export type { CertificateStore, WebRtcCertificate } from './webrtc/certificate';
export { loadWebRtc, type WebRtcOptions } from './webrtc/transports';
