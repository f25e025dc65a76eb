import sharp from 'sharp';
import { MAX_PICTURE_PIXELS, type Picture, PictureError } from '../ocr';

export interface DecodePictureOptions {
    /** Largest file, bytes; 64 MiB unless set. */
    readonly maxBytes?: number;
    /** Most pixels, which a small file can have too; 100 million unless set. */
    readonly maxPixels?: number;
    readonly signal?: AbortSignal;
}

const MAX_BYTES = 64 * 1024 ** 2;
const TIMEOUT_SECONDS = 60;
/** Formats of pixels; drawings and documents are programs for their reader, and not taken. */
const FORMATS: ReadonlySet<string> = new Set(['png', 'jpeg', 'webp', 'tiff', 'heif', 'gif']);

/**
 * Decodes a picture file: PNG, JPEG, WebP, TIFF, AVIF or GIF, of any depth; of several pages or
 * frames the first. It is turned as its EXIF orientation says, and what is not opaque lies on white.
 *
 * @throws PictureError `PICTURE_UNREADABLE`, `PICTURE_TOO_LARGE`, `PICTURE_TRUNCATED`; the reason of
 * the signal
 */
export async function decodePicture(
    file: Uint8Array,
    options: DecodePictureOptions = {},
): Promise<Picture> {
    const { maxBytes = MAX_BYTES, maxPixels = MAX_PICTURE_PIXELS, signal } = options;
    signal?.throwIfAborted();
    if (file.length > maxBytes) {
        throw new PictureError(
            'PICTURE_TOO_LARGE',
            `The picture file has ${file.length} bytes, over ${maxBytes}.`,
            'Scale the picture down, or save it as JPEG.',
        );
    }
    await checkHead(file, maxPixels);
    signal?.throwIfAborted();
    try {
        const { data, info } = await sharp(file, { failOn: 'error', limitInputPixels: maxPixels })
            .timeout({ seconds: TIMEOUT_SECONDS })
            .autoOrient()
            .flatten({ background: '#ffffff' })
            .toColourspace('srgb')
            .raw()
            .toBuffer({ resolveWithObject: true });
        signal?.throwIfAborted();
        return { width: info.width, height: info.height, data };
    } catch (cause) {
        signal?.throwIfAborted();
        throw new PictureError(
            'PICTURE_TRUNCATED',
            'The picture file is damaged, or a part of it is missing.',
            'Copy it again from where it comes from.',
            cause,
        );
    }
}

/** What the file says of itself, before anything is decoded. */
async function checkHead(file: Uint8Array, maxPixels: number): Promise<void> {
    let head: sharp.Metadata;
    try {
        head = await sharp(file, { limitInputPixels: false }).metadata();
    } catch (cause) {
        throw unreadable('The file is no picture of a known format.', cause);
    }
    const { format, width, height } = head;
    if (!FORMATS.has(format)) throw unreadable(`Pictures cannot be read from ${format} files.`);
    if (width * height > maxPixels) {
        throw new PictureError(
            'PICTURE_TOO_LARGE',
            `A picture of ${width} x ${height} has over ${maxPixels} pixels.`,
            'Scale the picture down, or cut it into parts.',
        );
    }
}

function unreadable(message: string, cause?: unknown): PictureError {
    const hint = 'Give a PNG, JPEG, WebP, TIFF, AVIF or GIF file.';
    return new PictureError('PICTURE_UNREADABLE', message, hint, cause);
}
