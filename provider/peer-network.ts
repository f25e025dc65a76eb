import { stat } from 'node:fs/promises';
import {
    type BlobShelf,
    createNetworkNode,
    type NetworkNode,
    type NetworkNodeOptions,
} from '../network';
import type { BlobStore } from '../sdk/node';

export interface PeerNetworkOptions extends Omit<NetworkNodeOptions, 'shelf'> {
    /** What is served: the blobs that `GET /blobs/<sha256>` gives too, and no others. */
    readonly blobs: BlobStore;
}

/**
 * The peer-to-peer side of a node. It stands by itself, so that a node without it loads none of
 * its packages.
 *
 * @throws what libp2p throws where it cannot listen
 */
export function createPeerNetwork({ blobs, ...rest }: PeerNetworkOptions): Promise<NetworkNode> {
    return createNetworkNode({ ...rest, shelf: shelfOf(blobs) });
}

function shelfOf(blobs: BlobStore): BlobShelf {
    return {
        async find(sha256) {
            if (!(await blobs.verify(sha256))) return undefined;
            const found = blobs.locate(sha256);
            const there = found && (await stat(found.path).catch(() => undefined));
            return found && there && { ...found, size: found.length };
        },
    };
}
