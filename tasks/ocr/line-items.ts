import { fromTypedArray, type Item } from '../../protocol';
import { pointIn, type Rectangle, turnedLeft } from './geometry';
import type { RgbPicture } from './picture';

/*
 * Lines of text as the recogniser and the angle classifier take them: TextRecognizer and
 * TextClassifier of PaddleOCR (tools/infer/predict_rec.py, predict_cls.py). 48 pixels high, blue,
 * green and red from -1 to 1, and 0 to the right of the line.
 */

const HEIGHT = 48;
/** The angle classifier takes one width; what is longer is squeezed. */
const ANGLE_WIDTH = 192;
const MIN_WIDTH = 320;
/** A longer line is squeezed: over 120 letters. */
const MAX_WIDTH = 2400;
const WIDTH_MULTIPLE = 32;
/** A strip this much higher than wide holds text that runs downwards. */
const UPRIGHT_RATIO = 1.5;
const MAX_SAMPLES = 8;

/** The strip of a line with its text upright, if it runs to the right or downwards. */
export function uprightStrip(rectangle: Rectangle): Rectangle {
    const isTall = rectangle.height >= UPRIGHT_RATIO * rectangle.width;
    return isTall ? turnedLeft(rectangle) : rectangle;
}

/** The one width that all lines of a job have, pixels; nodes bid on items of equal cost. */
export function commonWidth(strips: readonly Rectangle[]): number {
    const widest = strips.reduce((max, strip) => Math.max(max, naturalWidth(strip)), MIN_WIDTH);
    return Math.min(MAX_WIDTH, Math.ceil(widest / WIDTH_MULTIPLE) * WIDTH_MULTIPLE);
}

/** An item of the recogniser: `x` float32 [1, 3, 48, width]. */
export function lineItem(picture: RgbPicture, strip: Rectangle, width: number): Item {
    return stripItem(picture, strip, width);
}

/** An item of the angle classifier: `x` float32 [1, 3, 48, 192]. */
export function angleItem(picture: RgbPicture, strip: Rectangle): Item {
    return stripItem(picture, strip, ANGLE_WIDTH);
}

function naturalWidth({ width, height }: Rectangle): number {
    return Math.max(1, Math.ceil((HEIGHT * width) / height));
}

function stripItem(picture: RgbPicture, strip: Rectangle, width: number): Item {
    const used = Math.min(width, naturalWidth(strip));
    const x = new Float32Array(3 * HEIGHT * width);
    const samples = {
        across: samplesFor(strip.width / used),
        down: samplesFor(strip.height / HEIGHT),
    };
    const pixel = new Float64Array(3);
    for (let row = 0; row < HEIGHT; row++) {
        for (let column = 0; column < used; column++) {
            pixel.fill(0);
            for (let i = 0; i < samples.down; i++) {
                const below = ((row + (i + 0.5) / samples.down) / HEIGHT) * strip.height;
                for (let j = 0; j < samples.across; j++) {
                    const right = ((column + (j + 0.5) / samples.across) / used) * strip.width;
                    addSample(picture, strip, right, below, pixel);
                }
            }
            const count = samples.across * samples.down;
            for (let channel = 0; channel < 3; channel++) {
                const value = (pixel[2 - channel] as number) / count / 255;
                x[(channel * HEIGHT + row) * width + column] = (value - 0.5) / 0.5;
            }
        }
    }
    return new Map([['x', fromTypedArray('float32', x, [1, 3, HEIGHT, width])]]);
}

/** Samples along one side of a target pixel, so that none of the picture is passed over. */
function samplesFor(pixels: number): number {
    return Math.min(MAX_SAMPLES, Math.max(1, Math.ceil(pixels - 1e-9)));
}

/** Adds the colour at a place, interpolated; outside of the picture it is that of the border. */
function addSample(
    { width, height, rgb }: RgbPicture,
    strip: Rectangle,
    right: number,
    below: number,
    sum: Float64Array,
): void {
    const place = pointIn(strip, right, below);
    const x = Math.min(Math.max(place.x - 0.5, 0), width - 1);
    const y = Math.min(Math.max(place.y - 0.5, 0), height - 1);
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const x1 = Math.min(x0 + 1, width - 1);
    const y1 = Math.min(y0 + 1, height - 1);
    const shareX = x - x0;
    const shareY = y - y0;
    for (let c = 0; c < 3; c++) {
        const at = (px: number, py: number) => rgb[3 * (py * width + px) + c] as number;
        const above = at(x0, y0) * (1 - shareX) + at(x1, y0) * shareX;
        const under = at(x0, y1) * (1 - shareX) + at(x1, y1) * shareX;
        sum[c] = (sum[c] as number) + above * (1 - shareY) + under * shareY;
    }
}
