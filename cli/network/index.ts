/** The network of a configuration, checked before anything is paid on it, and the wallets there. */

export {
    BalanceTooLowError,
    FaucetError,
    NotSeenError,
    walletText,
    WrongMarketError,
    WrongNetworkError,
} from './errors';
export { askFaucet, embeddedMarket } from './embedded-chain';
export { openChain, openNetwork, type Network } from './open-network';
export {
    openWallet,
    requireBalance,
    transferLink,
    untilSeen,
    walletAddress,
    type Transfer,
    type TransferLink,
    type WaitOptions,
} from './wallet';
export { createClientPeers, type ClientPeers } from './client-peers';
export { peersOfStakes, type StakedPeer } from './peers-of-stakes';
