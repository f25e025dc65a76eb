import { type Point, pointIn, type Rectangle } from './geometry';

/** Rectangles are of one row when their middles are closer than this share of the lower one. */
const SAME_ROW = 0.5;

/**
 * Sorts lines of text as they are read: rows from top to bottom, and what stands in one row from
 * left to right, along the direction that most of the text runs in, so that a crooked page keeps
 * its order.
 *
 * @returns the rows, each with at least one line
 */
export function inReadingOrder<T extends { readonly strip: Rectangle }>(
    lines: readonly T[],
): T[][] {
    const along = commonDirection(lines.map(({ strip }) => strip));
    const placed = lines
        .map((line) => {
            const { x, y } = pointIn(line.strip, line.strip.width / 2, line.strip.height / 2);
            return { line, right: x * along.x + y * along.y, below: y * along.x - x * along.y };
        })
        .sort((a, b) => a.below - b.below);
    const rows: (typeof placed)[] = [];
    for (const entry of placed) {
        const row = rows.at(-1);
        const last = row?.at(-1);
        const height = Math.min(last?.line.strip.height ?? 0, entry.line.strip.height);
        if (last !== undefined && entry.below - last.below < SAME_ROW * height) row?.push(entry);
        else rows.push([entry]);
    }
    return rows.map((row) => row.sort((a, b) => a.right - b.right).map(({ line }) => line));
}

/** The mean of the directions, long lines counting more. */
function commonDirection(strips: readonly Rectangle[]): Point {
    let [x, y] = [0, 0];
    for (const { along, width } of strips) {
        x += along.x * width;
        y += along.y * width;
    }
    const length = Math.hypot(x, y);
    return length === 0 ? { x: 1, y: 0 } : { x: x / length, y: y / length };
}
