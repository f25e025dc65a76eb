import { fromTypedArray, type Item } from '../../protocol';
import type { RgbPicture } from './picture';

/** Longest side that the detector sees, pixels; larger pictures are scaled down to it. */
export const DETECTOR_LIMIT_SIDE = 960;
/** The detector halves its input five times. */
const SIDE_MULTIPLE = 32;

/*
 * NormalizeImage and DetResizeForTest of PaddleOCR (ppocr/data/imaug/operators.py): ImageNet's means
 * and deviations by the place of the channel. PaddleOCR reads pictures as blue, green, red, so
 * that the numbers of red are applied to blue; the model was trained so.
 */
const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;

/** Width and height of a picture as the detector sees it. */
export function detectorSize(
    { width, height }: Pick<RgbPicture, 'width' | 'height'>,
    limitSide = DETECTOR_LIMIT_SIDE,
): { width: number; height: number } {
    const scale = Math.min(1, limitSide / Math.max(width, height));
    const fitted = (side: number) => {
        const multiple = Math.round((side * scale) / SIDE_MULTIPLE) * SIDE_MULTIPLE;
        return Math.max(SIDE_MULTIPLE, multiple);
    };
    return { width: fitted(width), height: fitted(height) };
}

/** The picture as the item of the detector: `x` float32 [1, 3, height, width]. */
export function detectorItem(
    picture: RgbPicture,
    size: { readonly width: number; readonly height: number },
): Item {
    const { width, height } = size;
    const rgb = resized(picture, width, height);
    const area = width * height;
    const x = new Float32Array(3 * area);
    for (let channel = 0; channel < 3; channel++) {
        const mean = MEAN[channel] as number;
        const deviation = DEVIATION[channel] as number;
        for (let i = 0; i < area; i++) {
            const value = (rgb[3 * i + 2 - channel] as number) / 255;
            x[channel * area + i] = (value - mean) / deviation;
        }
    }
    return new Map([['x', fromTypedArray('float32', x, [1, 3, height, width])]]);
}

/** Source places of one target place along an axis, with their weights, whose sum is 1. */
interface Taps {
    readonly first: number;
    readonly weights: readonly number[];
}

/**
 * Scales a picture: what shrinks is averaged over the area of each pixel, so that thin strokes
 * do not fall between the samples; what grows is interpolated.
 */
function resized(picture: RgbPicture, width: number, height: number): Float32Array {
    const across = tapsOf(picture.width, width);
    const narrowed = new Float32Array(width * picture.height * 3);
    for (let y = 0, to = 0; y < picture.height; y++) {
        const row = y * picture.width;
        for (const { first, weights } of across) {
            for (let c = 0; c < 3; c++, to++) {
                let sum = 0;
                for (let k = 0; k < weights.length; k++) {
                    const value = picture.rgb[3 * (row + first + k) + c] as number;
                    sum += value * (weights[k] as number);
                }
                narrowed[to] = sum;
            }
        }
    }
    const result = new Float32Array(width * height * 3);
    for (const [y, { first, weights }] of tapsOf(picture.height, height).entries()) {
        const to = y * width * 3;
        for (const [k, weight] of weights.entries()) {
            const from = (first + k) * width * 3;
            for (let i = 0; i < width * 3; i++) {
                result[to + i] =
                    (result[to + i] as number) + (narrowed[from + i] as number) * weight;
            }
        }
    }
    return result;
}

function tapsOf(from: number, to: number): Taps[] {
    const step = from / to;
    return Array.from({ length: to }, (_, i) => {
        return step > 1
            ? areaTaps(i * step, (i + 1) * step, from)
            : linearTaps((i + 0.5) * step, from);
    });
}

function areaTaps(begin: number, end: number, length: number): Taps {
    const first = Math.floor(begin);
    const last = Math.min(length, Math.ceil(end - 1e-9));
    const weights: number[] = [];
    for (let i = first; i < last; i++) {
        weights.push((Math.min(end, i + 1) - Math.max(begin, i)) / (end - begin));
    }
    return { first, weights };
}

function linearTaps(middle: number, length: number): Taps {
    const place = Math.min(Math.max(middle - 0.5, 0), length - 1);
    const first = Math.floor(place);
    const share = place - first;
    return share === 0 ? { first, weights: [1] } : { first, weights: [1 - share, share] };
}
