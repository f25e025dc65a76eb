import { CocoonError } from '../../protocol';

/** A picture that cannot be read. */
export class PictureError extends CocoonError {
    override readonly name = 'PictureError';

    constructor(
        readonly code:
            | 'PICTURE_EMPTY'
            | 'PICTURE_SIZE_MISMATCH'
            | 'PICTURE_TOO_LARGE'
            | 'PICTURE_UNREADABLE'
            | 'PICTURE_TRUNCATED',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** The search for text in a picture has no result, so that nothing can be read. */
export class TextSearchError extends CocoonError {
    override readonly name = 'TextSearchError';
    readonly code = 'TEXT_SEARCH_FAILED';

    constructor(
        /** Name of the item's error, or `OUTPUT_UNEXPECTED`. */
        readonly reason: string,
        cause?: unknown,
    ) {
        super(`The search for text in the picture failed: ${reason}.`, {
            hint: 'Try again; if it fails again, use a smaller picture.',
            cause,
        });
    }
}
