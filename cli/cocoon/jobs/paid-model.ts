import type { HashHex, ModelManifest } from '../../../protocol';
import type { ModelBlob } from './offer-inputs';

/** A model that nodes can be given. */
export interface PaidModel {
    readonly name: string;
    readonly hash: HashHex;
    readonly manifest: ModelManifest;
    /** Its files on this machine. */
    readonly blobs: readonly ModelBlob[];
}
