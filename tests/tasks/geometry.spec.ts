import fc from 'fast-check';
import {
    cornersOf,
    grown,
    type Point,
    pointIn,
    type Rectangle,
    scaled,
    smallestRectangle,
    turnedLeft,
    upsideDown,
} from '../../tasks/ocr/geometry';

const coordinate = fc.integer({ min: -500, max: 500 }).map((value) => value / 2);
const points = fc.array(fc.record({ x: coordinate, y: coordinate }), {
    minLength: 1,
    maxLength: 60,
});
const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
const length = fc.double({ min: 1, max: 400, noNaN: true });
const rectangles = fc
    .record({ x: coordinate, y: coordinate, angle, width: length, height: length })
    .map(({ x, y, angle, width, height }): Rectangle => {
        const along = { x: Math.cos(angle), y: Math.sin(angle) };
        return { corner: { x, y }, along, down: { x: -along.y, y: along.x }, width, height };
    });

const NEAR = 1e-6;
/** Of the circle around a corner; whole quarters, so that its outermost points are among them. */
const ARC_POINTS = 80;

function placeIn({ corner, along, down }: Rectangle, { x, y }: Point): Point {
    const dx = x - corner.x;
    const dy = y - corner.y;
    return { x: dx * along.x + dy * along.y, y: dx * down.x + dy * down.y };
}

function contains(rectangle: Rectangle, point: Point, margin = NEAR): boolean {
    const { x, y } = placeIn(rectangle, point);
    return (
        x >= -margin &&
        y >= -margin &&
        x <= rectangle.width + margin &&
        y <= rectangle.height + margin
    );
}

function area({ width, height }: Rectangle): number {
    return width * height;
}

/** Area of the rectangle around points at any angle. */
function areaAt(angle: number, all: readonly Point[]): number {
    const xs = all.map(({ x, y }) => x * Math.cos(angle) + y * Math.sin(angle));
    const ys = all.map(({ x, y }) => y * Math.cos(angle) - x * Math.sin(angle));
    return (Math.max(...xs) - Math.min(...xs)) * (Math.max(...ys) - Math.min(...ys));
}

function expectNear(actual: readonly Point[], expected: readonly Point[]): void {
    expect(actual).toHaveLength(expected.length);
    for (const [index, { x, y }] of expected.entries()) {
        expect(
            Math.hypot((actual[index]?.x ?? NaN) - x, (actual[index]?.y ?? NaN) - y),
        ).toBeLessThan(1e-3);
    }
}

describe('the smallest rectangle around points', () => {
    it('contains all of them, and has right angles', () => {
        fc.assert(
            fc.property(points, (all) => {
                const rectangle = smallestRectangle(all);
                const { along, down } = rectangle;
                expect(Math.hypot(along.x, along.y)).toBeCloseTo(1);
                expect(along.x * down.x + along.y * down.y).toBeCloseTo(0);
                expect(all.every((point) => contains(rectangle, point))).toBe(true);
            }),
        );
    });

    it('is not larger than the one at any other angle', () => {
        fc.assert(
            fc.property(points, angle, (all, other) => {
                const smallest = area(smallestRectangle(all));
                expect(smallest).toBeLessThanOrEqual(areaAt(other, all) + NEAR);
                expect(smallest).toBeLessThanOrEqual(areaAt(0, all) + NEAR);
            }),
        );
    });

    it('is the rectangle itself, given its corners in any order', () => {
        fc.assert(
            fc.property(rectangles, fc.integer({ min: 0, max: 3 }), (rectangle, shift) => {
                const corners = cornersOf(rectangle);
                const turned = [...corners.slice(shift), ...corners.slice(0, shift)];
                const found = smallestRectangle(turned);
                expect(area(found)).toBeCloseTo(area(rectangle), 3);
                const sides = [rectangle.width, rectangle.height].sort((a, b) => a - b);
                const got = [found.width, found.height].sort((a, b) => a - b);
                expect(got[0]).toBeCloseTo(sides[0] ?? NaN, 4);
                expect(got[1]).toBeCloseTo(sides[1] ?? NaN, 4);
            }),
        );
    });

    it('points to the right, less than half a right angle up or down', () => {
        fc.assert(
            fc.property(points, (all) => {
                const { along } = smallestRectangle(all);
                expect(along.x).toBeGreaterThanOrEqual(Math.SQRT1_2 - NEAR);
            }),
        );
    });

    it('of points on a line is that line', () => {
        const onLine = [0, 1, 2, 5].map((i) => ({ x: 3 * i, y: i }));
        const { width, height } = smallestRectangle(onLine);
        expect(width).toBeCloseTo(5 * Math.hypot(3, 1));
        expect(height).toBeCloseTo(0);
        expect(smallestRectangle([{ x: 4, y: 4 }])).toMatchObject({ width: 0, height: 0 });
    });
});

describe('a rectangle', () => {
    it('grown by a distance is what offsetting with round corners and boxing again gives', () => {
        fc.assert(
            fc.property(
                rectangles,
                fc.double({ min: 0.1, max: 50, noNaN: true }),
                (rectangle, distance) => {
                    const rounded = cornersOf(rectangle).flatMap(({ x, y }) =>
                        Array.from({ length: ARC_POINTS }, (_, i) => {
                            const turn = Math.atan2(rectangle.along.y, rectangle.along.x);
                            const angle = turn + (2 * i * Math.PI) / ARC_POINTS;
                            return {
                                x: x + distance * Math.cos(angle),
                                y: y + distance * Math.sin(angle),
                            };
                        }),
                    );
                    const larger = grown(rectangle, distance);
                    expect(rounded.every((point) => contains(larger, point))).toBe(true);
                    const again = smallestRectangle(rounded);
                    // The arcs are polygons here, and those are a little smaller.
                    const missing = distance * (1 - Math.cos(Math.PI / ARC_POINTS));
                    const perimeter = 2 * (larger.width + larger.height);
                    const slack = 2 * missing * perimeter + NEAR * area(larger);
                    expect(area(again)).toBeLessThanOrEqual(area(larger) + NEAR * area(larger));
                    expect(area(again)).toBeGreaterThanOrEqual(area(larger) - slack);
                },
            ),
        );
    });

    it('has the same corners after a turn, each in the next place', () => {
        fc.assert(
            fc.property(rectangles, (rectangle) => {
                const [a, b, c, d] = cornersOf(rectangle);
                expectNear(cornersOf(turnedLeft(rectangle)), [b, c, d, a]);
                expectNear(cornersOf(upsideDown(rectangle)), [c, d, a, b]);
            }),
        );
    });

    it('scaled alike both ways has its corners scaled', () => {
        fc.assert(
            fc.property(
                rectangles,
                fc.double({ min: 0.1, max: 10, noNaN: true }),
                (rectangle, k) => {
                    const expected = cornersOf(rectangle).map(({ x, y }) => ({
                        x: x * k,
                        y: y * k,
                    }));
                    expectNear(cornersOf(scaled(rectangle, k, k)), expected);
                },
            ),
        );
    });

    it('has its corners where its sides end', () => {
        const along = { x: 0.6, y: 0.8 };
        const down = { x: -0.8, y: 0.6 };
        const rectangle = { corner: { x: 1, y: 2 }, along, down, width: 10, height: 5 };
        expectNear(cornersOf(rectangle), [
            { x: 1, y: 2 },
            { x: 7, y: 10 },
            { x: 3, y: 13 },
            { x: -3, y: 5 },
        ]);
        expectNear([pointIn(rectangle, 5, 2.5)], [{ x: 2, y: 7.5 }]);
    });
});
