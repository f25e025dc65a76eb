import type { Seeded } from '../../calibration';
import type { RgbPicture } from '../../tasks/ocr/picture';

/** Deviation of the noise of a camera in little light, of 255. */
const MAX_NOISE = 14;

/**
 * The same picture as another camera would have taken it: brighter or darker, with more or less
 * contrast, with noise.
 */
export function relit({ width, height, rgb }: RgbPicture, random: Seeded): RgbPicture {
    const gain = 0.6 + 0.6 * random.next();
    const offset = 60 * (random.next() - 0.5);
    const noise = MAX_NOISE * random.next() ** 2;
    const changed = new Uint8ClampedArray(rgb.length);
    for (let i = 0; i < rgb.length; i++) {
        changed[i] = gain * (rgb[i] as number) + offset + noise * cheapNormal(random);
    }
    return { width, height, rgb: changed };
}

/** A part of the picture, from 40 % of its sides to all of them, anywhere in it. */
export function cropped({ width, height, rgb }: RgbPicture, random: Seeded): RgbPicture {
    const share = 0.4 + 0.6 * random.next();
    const [w, h] = [Math.floor(width * share), Math.floor(height * share)];
    const [x, y] = [random.below(width - w + 1), random.below(height - h + 1)];
    const part = new Uint8ClampedArray(3 * w * h);
    for (let row = 0; row < h; row++) {
        const from = 3 * ((y + row) * width + x);
        part.set(rgb.subarray(from, from + 3 * w), 3 * row * w);
    }
    return { width: w, height: h, rgb: part };
}

/** Nearly normal, with deviation 1: the sum of three uniform numbers. */
function cheapNormal(random: Seeded): number {
    return 2 * (random.next() + random.next() + random.next() - 1.5);
}
