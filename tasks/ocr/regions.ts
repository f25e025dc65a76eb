import { grown, type Point, pointIn, type Rectangle, smallestRectangle } from './geometry';

/*
 * From the detector's map to rectangles, as DBPostProcess of PaddleOCR does it
 * (ppocr/postprocess/db_postprocess.py), with the values of PP-OCRv4: shapes of connected pixels
 * over a threshold, the smallest rectangle around each, the mean chance inside of it, and growth,
 * since the detector was trained on text that was shrunk (Liao et al. 2019, Real-time Scene Text
 * Detection with Differentiable Binarization).
 */

/** A place that probably has a line of text, in pixels of the map. */
export interface TextRegion {
    readonly rectangle: Rectangle;
    /** Mean chance inside of it before it was grown, 0 to 1. */
    readonly score: number;
}

/** Chances of the detector, row by row. */
export interface ChanceMap {
    readonly width: number;
    readonly height: number;
    readonly chances: Float32Array;
}

const PIXEL_THRESHOLD = 0.3;
const REGION_THRESHOLD = 0.6;
const UNCLIP_RATIO = 1.5;
const MIN_SIDE = 3;
/** The least after growth. */
const MIN_GROWN_SIDE = MIN_SIDE + 2;
const MAX_REGIONS = 1000;

/** Finds the places that probably have text; the largest ones when there are very many. */
export function findRegions(map: ChanceMap): TextRegion[] {
    const regions: TextRegion[] = [];
    for (const edge of edgesOfShapes(map)) {
        const core = smallestRectangle(edge);
        if (Math.min(core.width, core.height) < MIN_SIDE) continue;
        const score = meanInside(map, core);
        if (!(score >= REGION_THRESHOLD)) continue;
        const rectangle = unclipped(core);
        if (Math.min(rectangle.width, rectangle.height) < MIN_GROWN_SIDE) continue;
        regions.push({ rectangle, score });
    }
    const area = ({ rectangle }: TextRegion) => rectangle.width * rectangle.height;
    return regions.sort((a, b) => area(b) - area(a)).slice(0, MAX_REGIONS);
}

/**
 * Moves the sides outwards by area * ratio / perimeter. PaddleOCR offsets the polygon by that with
 * round corners and takes the smallest rectangle again, which for a rectangle is the same: among
 * all angles the product of the extents of a rectangle with a round border is least along its own.
 */
function unclipped(rectangle: Rectangle): Rectangle {
    const { width, height } = rectangle;
    return grown(rectangle, (width * height * UNCLIP_RATIO) / (2 * (width + height)));
}

/** The outermost pixel middles in each row of each shape of touching pixels over the threshold. */
function* edgesOfShapes({ width, height, chances }: ChanceMap): Generator<Point[]> {
    const open = new Uint8Array(width * height);
    for (let i = 0; i < open.length; i++) {
        open[i] = (chances[i] as number) > PIXEL_THRESHOLD ? 1 : 0;
    }
    const stack: number[] = [];
    for (let start = 0; start < open.length; start++) {
        if (open[start] === 0) continue;
        const rows = new Map<number, { left: number; right: number }>();
        open[start] = 0;
        stack.push(start);
        for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
            const x = at % width;
            const y = (at - x) / width;
            const row = rows.get(y);
            if (row === undefined) rows.set(y, { left: x, right: x });
            else {
                row.left = Math.min(row.left, x);
                row.right = Math.max(row.right, x);
            }
            for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
                for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
                    const next = ny * width + nx;
                    if (open[next] === 0) continue;
                    open[next] = 0;
                    stack.push(next);
                }
            }
        }
        yield [...rows].flatMap(([y, { left, right }]) => [
            { x: left + 0.5, y: y + 0.5 },
            { x: right + 0.5, y: y + 0.5 },
        ]);
    }
}

/** Half a pixel, and what rounding takes off. */
const REACH = 0.5 + 1e-6;

/** Mean chance of the pixels whose middles lie in a rectangle, or at most half a pixel outside. */
function meanInside({ width, height, chances }: ChanceMap, rectangle: Rectangle): number {
    const { corner, along, down } = rectangle;
    const corners = [
        [0, 0],
        [rectangle.width, 0],
        [rectangle.width, rectangle.height],
        [0, rectangle.height],
    ].map(([right, below]) => pointIn(rectangle, right as number, below as number));
    const xs = corners.map(({ x }) => x);
    const ys = corners.map(({ y }) => y);
    let sum = 0;
    let count = 0;
    const lastY = Math.min(height - 1, Math.ceil(Math.max(...ys)));
    const lastX = Math.min(width - 1, Math.ceil(Math.max(...xs)));
    for (let y = Math.max(0, Math.floor(Math.min(...ys)) - 1); y <= lastY; y++) {
        for (let x = Math.max(0, Math.floor(Math.min(...xs)) - 1); x <= lastX; x++) {
            const dx = x + 0.5 - corner.x;
            const dy = y + 0.5 - corner.y;
            const right = dx * along.x + dy * along.y;
            const below = dx * down.x + dy * down.y;
            if (right < -REACH || right > rectangle.width + REACH) continue;
            if (below < -REACH || below > rectangle.height + REACH) continue;
            sum += chances[y * width + x] as number;
            count++;
        }
    }
    return count === 0 ? 0 : sum / count;
}
