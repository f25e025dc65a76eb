import { type Picture, PictureError } from '../../tasks';

/** Longest side that is kept, pixels: enough for small print, and little enough for a phone. */
const MAX_SIDE = 4096;
/** Largest file, bytes. */
export const MAX_FILE_BYTES = 32 * 1024 ** 2;

/**
 * Decodes a picture as this browser can, in place of sharp: turned as its EXIF orientation says,
 * opaque on white, scaled down where it is very large.
 *
 * @throws PictureError `PICTURE_UNREADABLE`, `PICTURE_TOO_LARGE`
 */
export async function decodePicture(file: Blob): Promise<Picture> {
    if (file.size > MAX_FILE_BYTES) {
        throw new PictureError(
            'PICTURE_TOO_LARGE',
            `The picture file has ${file.size} bytes, over ${MAX_FILE_BYTES}.`,
            'Scale the picture down, or save it as JPEG.',
        );
    }
    const bitmap = await bitmapOf(file);
    try {
        const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
        const width = Math.max(1, Math.round(bitmap.width * scale));
        const height = Math.max(1, Math.round(bitmap.height * scale));
        const canvas = document.createElement('canvas');
        canvas.width = width;
        canvas.height = height;
        const context = canvas.getContext('2d', { willReadFrequently: true });
        if (context === null) throw unreadable();
        context.imageSmoothingQuality = 'high';
        context.fillStyle = '#ffffff';
        context.fillRect(0, 0, width, height);
        context.drawImage(bitmap, 0, 0, width, height);
        return { width, height, data: context.getImageData(0, 0, width, height).data };
    } finally {
        bitmap.close();
    }
}

async function bitmapOf(file: Blob): Promise<ImageBitmap> {
    try {
        return await createImageBitmap(file, { imageOrientation: 'from-image' });
    } catch (cause) {
        throw unreadable(cause);
    }
}

function unreadable(cause?: unknown): PictureError {
    const message = 'The browser cannot read this file as a picture.';
    return new PictureError('PICTURE_UNREADABLE', message, 'Give a PNG, JPEG or WebP file.', cause);
}
