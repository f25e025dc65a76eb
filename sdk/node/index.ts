/** The parts of the SDK that need Node: wallets from keys, blobs on disk, blob servers. */

export {
    blobRoutes,
    createApp,
    listen,
    refuse,
    serveBlobs,
    type BlobRoutesOptions,
    type Listening,
} from './blob-server';
export {
    BlobStoreError,
    createBlobStore,
    type BlobStore,
    type BlobStoreOptions,
} from './blob-store';
export { createWallet, type Wallet, type WalletOptions } from './wallet';
