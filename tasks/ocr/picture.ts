import { PictureError } from './errors';

/** Pixels of a picture, row by row from the top left. */
export interface Picture {
    /** Pixels. */
    readonly width: number;
    /** Pixels. */
    readonly height: number;
    /** Red, green, blue, and perhaps opacity, of each pixel; a canvas gives it as `ImageData`. */
    readonly data: Uint8Array | Uint8ClampedArray;
}

/** A picture of red, green and blue alone. */
export interface RgbPicture {
    readonly width: number;
    readonly height: number;
    readonly rgb: Uint8Array | Uint8ClampedArray;
}

/** Most pixels that are taken: what a camera of 100 megapixels makes. */
export const MAX_PICTURE_PIXELS = 100_000_000;

/**
 * Checks a picture, and lays what is not opaque on white.
 *
 * @throws PictureError `PICTURE_EMPTY`, `PICTURE_TOO_LARGE`, `PICTURE_SIZE_MISMATCH`
 */
export function toRgb({ width, height, data }: Picture): RgbPicture {
    const whole = [width, height].every((side) => Number.isSafeInteger(side) && side > 0);
    if (!whole) {
        throw new PictureError(
            'PICTURE_EMPTY',
            `A picture of ${width} x ${height} has no pixels.`,
            'Give width and height in pixels, each at least 1.',
        );
    }
    if (width * height > MAX_PICTURE_PIXELS) throw tooManyPixels(width, height, MAX_PICTURE_PIXELS);
    const channels = data.length / (width * height);
    if (channels === 3) return { width, height, rgb: data };
    if (channels === 4) return { width, height, rgb: onWhite(data) };
    throw new PictureError(
        'PICTURE_SIZE_MISMATCH',
        `A picture of ${width} x ${height} pixels has ${data.length} bytes.`,
        'Give 3 bytes (RGB) or 4 (RGBA) for each pixel.',
    );
}

export function tooManyPixels(width: number, height: number, maxPixels: number): PictureError {
    return new PictureError(
        'PICTURE_TOO_LARGE',
        `A picture of ${width} x ${height} has over ${maxPixels} pixels.`,
        'Scale the picture down, or cut it into parts.',
    );
}

function onWhite(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
    const rgb = new Uint8Array((rgba.length / 4) * 3);
    for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
        const opacity = (rgba[from + 3] as number) / 255;
        for (let c = 0; c < 3; c++) {
            rgb[to + c] = Math.round(255 + ((rgba[from + c] as number) - 255) * opacity);
        }
    }
    return rgb;
}
