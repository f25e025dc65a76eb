/*
 * The engine of WebRTC. A release has it here as one file (sdk/bundle.mjs): by itself @libp2p/webrtc
 * brings 660 packages for React Native, which nobody here uses, and only node-datachannel is left to
 * be installed.
 */
export { webRTC, webRTCDirect } from '@libp2p/webrtc';
