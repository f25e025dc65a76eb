import { polygonHull } from 'd3-polygon';

/** Right and down, in pixels; a pixel is the square from its whole numbers to the next ones. */
export interface Point {
    readonly x: number;
    readonly y: number;
}

/** A rectangle at any angle. */
export interface Rectangle {
    /** Where its upper side begins. */
    readonly corner: Point;
    /** Direction of the upper side, of length 1. */
    readonly along: Point;
    /** Direction from the upper side to the lower one, of length 1. */
    readonly down: Point;
    /** Length of the upper side. */
    readonly width: number;
    readonly height: number;
}

/** The point at these distances from the corner. */
export function pointIn({ corner, along, down }: Rectangle, right: number, below: number): Point {
    return {
        x: corner.x + along.x * right + down.x * below,
        y: corner.y + along.y * right + down.y * below,
    };
}

/** The four corners: upper left, upper right, lower right, lower left, as the text stands. */
export function cornersOf(rectangle: Rectangle): [Point, Point, Point, Point] {
    const { width, height } = rectangle;
    return [
        pointIn(rectangle, 0, 0),
        pointIn(rectangle, width, 0),
        pointIn(rectangle, width, height),
        pointIn(rectangle, 0, height),
    ];
}

/**
 * The smallest rectangle around points. One of its sides lies on a side of the convex hull
 * (Freeman and Shapira 1975), so that each of those is tried. Its upper side points to the right,
 * less than half a right angle up or down.
 *
 * @param points - at least one
 */
export function smallestRectangle(points: readonly Point[]): Rectangle {
    const hull = hullOf(points);
    let best = boundsAlong(hull, { x: 1, y: 0 });
    for (const [index, from] of hull.entries()) {
        const to = hull[(index + 1) % hull.length] as Point;
        const length = Math.hypot(to.x - from.x, to.y - from.y);
        if (length === 0) continue;
        const side = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
        const bounds = boundsAlong(hull, side);
        if (bounds.width * bounds.height < best.width * best.height) best = bounds;
        // Points on one line have no area at any angle along it or across: the line itself is it.
        else if (bounds.height === 0 && best.height > 0) best = bounds;
    }
    return toTheRight(best);
}

/** The same middle and angle, each side moved outwards. */
export function grown(rectangle: Rectangle, distance: number): Rectangle {
    return {
        ...rectangle,
        corner: pointIn(rectangle, -distance, -distance),
        width: rectangle.width + 2 * distance,
        height: rectangle.height + 2 * distance,
    };
}

/** The same rectangle with its left side as the upper one: what stood upright lies on its back. */
export function turnedLeft(rectangle: Rectangle): Rectangle {
    const { along, down, width, height } = rectangle;
    return {
        corner: pointIn(rectangle, width, 0),
        along: down,
        down: { x: -along.x, y: -along.y },
        width: height,
        height: width,
    };
}

/** The same rectangle with its lower side as the upper one. */
export function upsideDown(rectangle: Rectangle): Rectangle {
    return turnedLeft(turnedLeft(rectangle));
}

/** The same rectangle at another scale of the plane. */
export function scaled(rectangle: Rectangle, scaleX: number, scaleY: number): Rectangle {
    const [corner, right, , below] = cornersOf(rectangle).map(({ x, y }) => {
        return { x: x * scaleX, y: y * scaleY };
    }) as [Point, Point, Point, Point];
    const width = Math.hypot(right.x - corner.x, right.y - corner.y);
    const along = { x: (right.x - corner.x) / width, y: (right.y - corner.y) / width };
    // Unequal scales shear it a little; what stays is the rectangle as high as it.
    const down = { x: -along.y, y: along.x };
    const height = (below.x - corner.x) * down.x + (below.y - corner.y) * down.y;
    return { corner, along, down, width, height };
}

function hullOf(points: readonly Point[]): readonly Point[] {
    const hull = polygonHull(points.map(({ x, y }): [number, number] => [x, y]));
    return hull === null ? points : hull.map(([x, y]) => ({ x, y }));
}

/** The rectangle around points with its upper side in this direction. */
function boundsAlong(points: readonly Point[], along: Point): Rectangle {
    const down = { x: -along.y, y: along.x };
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y } of points) {
        const a = x * along.x + y * along.y;
        const d = x * down.x + y * down.y;
        left = Math.min(left, a);
        right = Math.max(right, a);
        top = Math.min(top, d);
        bottom = Math.max(bottom, d);
    }
    return {
        corner: { x: along.x * left + down.x * top, y: along.y * left + down.y * top },
        along,
        down,
        width: right - left,
        height: bottom - top,
    };
}

function toTheRight(rectangle: Rectangle): Rectangle {
    let turned = rectangle;
    for (let turns = 0; turns < 3 && !pointsRight(turned.along); turns++) {
        turned = turnedLeft(turned);
    }
    return turned;
}

function pointsRight({ x, y }: Point): boolean {
    return x > 0 && y > -x && y <= x;
}
