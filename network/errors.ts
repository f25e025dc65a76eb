import { CocoonError, type HashHex } from '../protocol';

/** A peer, or its address, is not what it has to be. */
export class PeerError extends CocoonError {
    override readonly name = 'PeerError';

    constructor(
        readonly code:
            | 'PEER_ID_MALFORMED'
            | 'PEER_ADDRESS_MALFORMED'
            | 'PEER_KEY_MISMATCH'
            | 'PEERS_UNREACHABLE'
            | 'WEBRTC_MISSING',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** No peer gave a blob. */
export class PeerBlobError extends CocoonError {
    override readonly name = 'PeerBlobError';

    constructor(
        readonly code: 'PEER_BLOB_UNAVAILABLE' | 'PEER_BLOB_TOO_LARGE' | 'PEER_BLOB_NO_ROOM',
        readonly sha256: HashHex,
        message: string,
        /** What each peer answered. */
        readonly attempts: readonly string[] = [],
    ) {
        super(message, { hint: HINTS[code] });
    }
}

const HINTS: Record<PeerBlobError['code'], string> = {
    PEER_BLOB_UNAVAILABLE: 'Check that a source has it and can be reached, then try again.',
    PEER_BLOB_TOO_LARGE: 'Raise the limit if the blob is wanted all the same.',
    PEER_BLOB_NO_ROOM: 'Wait for other transfers to end, or raise the quota of partial blobs.',
};

/** A peer breaks the blob protocol, or is too slow; the transfer goes on with others. */
export class SourceError extends CocoonError {
    override readonly name = 'SourceError';

    constructor(
        readonly code:
            | 'SOURCE_MALFORMED'
            | 'SOURCE_REFUSED'
            | 'SOURCE_BUSY'
            | 'SOURCE_SLOW'
            | 'SOURCE_LIED'
            | 'SOURCE_CLOSED'
            | 'SOURCE_SIZE',
        message: string,
        cause?: unknown,
    ) {
        super(message, { hint: 'Ask another source.', cause });
    }
}
