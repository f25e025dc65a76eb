import { CocoonError, type HashHex } from '../../protocol';

/** Why a store does not take a blob. */
export class BlobStoreError extends CocoonError {
    override readonly name = 'BlobStoreError';

    constructor(
        readonly code:
            'BLOB_HASH_MISMATCH' | 'BLOB_TOO_LARGE' | 'BLOB_STORE_FULL' | 'BLOB_NOT_ADOPTED',
        readonly sha256: HashHex | undefined,
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** No room, no room for this user, or over the largest file that the process may write. */
const DISK_FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export function isDiskFull(error: unknown): boolean {
    return DISK_FULL.has((error as NodeJS.ErrnoException).code);
}

export function diskFull(sha256: HashHex, cause: unknown): BlobStoreError {
    return new BlobStoreError(
        'BLOB_STORE_FULL',
        sha256,
        'The disk of the blob store is full.',
        'Make room on the disk; nothing of the blob was kept.',
        cause,
    );
}

export function notAdopted(sha256: HashHex): BlobStoreError {
    return new BlobStoreError(
        'BLOB_NOT_ADOPTED',
        sha256,
        'There is no plain file to adopt.',
        'Write the file into the folder that the store staged, and adopt it once.',
    );
}

export function tooLarge(sha256: HashHex, limit: number): BlobStoreError {
    return new BlobStoreError(
        'BLOB_TOO_LARGE',
        sha256,
        `The blob is over ${limit} bytes.`,
        'Split it over several blobs.',
    );
}

export function otherHash(sha256: HashHex): BlobStoreError {
    return new BlobStoreError(
        'BLOB_HASH_MISMATCH',
        sha256,
        'The bytes have another hash than their name.',
        'Name a blob by the SHA-256 of its bytes.',
    );
}

export function storeFull(): BlobStoreError {
    return new BlobStoreError(
        'BLOB_STORE_FULL',
        undefined,
        'The blob store is full of blobs that open jobs need.',
        'Try again later, or raise maxBytes.',
    );
}
