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
    createBlobStore,
    type BlobStore,
    type BlobStoreOptions,
    type StagingFolder,
} from './blob-store';
export { BlobStoreError } from './blob-store-errors';
export { hashFromLatin1, nativeSha256, nativeSuite } from './native-sealing';
export { createFolderShelf } from './folder-shelf';
export { createFolderOutputStore } from './output-store';
export { createWallet, type Wallet, type WalletOptions } from './wallet';
