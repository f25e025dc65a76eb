import fc from 'fast-check';
import { cornersOf, pointIn, type Rectangle } from '../../tasks/ocr/geometry';
import { commonWidth, lineItem, uprightStrip } from '../../tasks/ocr/line-items';
import { detectorItem, detectorSize } from '../../tasks/ocr/detector-input';
import { inReadingOrder } from '../../tasks/ocr/reading-order';
import { type ChanceMap, findRegions } from '../../tasks/ocr/regions';
import { tensorValues } from '../../protocol';

const SIDE = 200;

function rectangleAt(x: number, y: number, width: number, height: number, degrees = 0): Rectangle {
    const angle = (degrees * Math.PI) / 180;
    const along = { x: Math.cos(angle), y: Math.sin(angle) };
    const down = { x: -along.y, y: along.x };
    const middle = { corner: { x, y }, along, down, width, height };
    return { ...middle, corner: pointIn(middle, -width / 2, -height / 2) };
}

/** A map with these rectangles filled. */
function mapOf(filled: readonly (Rectangle & { readonly chance: number })[]): ChanceMap {
    const chances = new Float32Array(SIDE * SIDE);
    for (const { corner, along, down, width, height, chance } of filled) {
        for (let i = 0; i < chances.length; i++) {
            const dx = (i % SIDE) + 0.5 - corner.x;
            const dy = Math.floor(i / SIDE) + 0.5 - corner.y;
            const right = dx * along.x + dy * along.y;
            const below = dx * down.x + dy * down.y;
            if (right >= 0 && right <= width && below >= 0 && below <= height) chances[i] = chance;
        }
    }
    return { width: SIDE, height: SIDE, chances };
}

function middleOf(rectangle: Rectangle) {
    return pointIn(rectangle, rectangle.width / 2, rectangle.height / 2);
}

describe('the regions of a map', () => {
    it('are the shapes in it, at their angle, grown by area * 1.5 / perimeter', () => {
        fc.assert(
            fc.property(
                fc.integer({ min: -40, max: 40 }),
                fc.integer({ min: 60, max: 110 }),
                fc.integer({ min: 12, max: 30 }),
                (degrees, width, height) => {
                    const shape = rectangleAt(100, 100, width, height, degrees);
                    const [region, another] = findRegions(mapOf([{ ...shape, chance: 0.9 }]));
                    if (region === undefined) throw new Error('nothing found');
                    expect(another).toBeUndefined();
                    expect(region.score).toBeGreaterThan(0.8);
                    const growth = (width * height * 1.5) / (width + height);
                    expect(Math.abs(region.rectangle.width - width - growth)).toBeLessThan(4);
                    expect(Math.abs(region.rectangle.height - height - growth)).toBeLessThan(4);
                    const { x, y } = middleOf(region.rectangle);
                    expect(Math.hypot(x - 100, y - 100)).toBeLessThan(1.5);
                    const { along } = region.rectangle;
                    const got = (Math.atan2(along.y, along.x) * 180) / Math.PI;
                    expect(Math.abs(got - degrees)).toBeLessThan(3);
                },
            ),
            { numRuns: 50 },
        );
    });

    it('are apart when a row of pixels below the threshold is between them', () => {
        const two = [rectangleAt(100, 50, 120, 20), rectangleAt(100, 72, 120, 20)];
        expect(findRegions(mapOf(two.map((shape) => ({ ...shape, chance: 0.9 }))))).toHaveLength(2);
        const touching = [rectangleAt(100, 50, 120, 20), rectangleAt(100, 69, 120, 20)];
        expect(findRegions(mapOf(touching.map((s) => ({ ...s, chance: 0.9 }))))).toHaveLength(1);
    });

    it('are not those that are improbable, or too thin', () => {
        const shape = rectangleAt(100, 100, 80, 20);
        expect(findRegions(mapOf([{ ...shape, chance: 0.55 }]))).toEqual([]);
        expect(findRegions(mapOf([{ ...shape, chance: 0.65 }]))).toHaveLength(1);
        expect(findRegions(mapOf([{ ...rectangleAt(100, 100, 80, 2), chance: 1 }]))).toEqual([]);
        expect(findRegions(mapOf([]))).toEqual([]);
    });

    it('are none of what is no chance at all, and at most 1000', () => {
        for (const value of [NaN, -Infinity, -1]) {
            const chances = new Float32Array(SIDE * SIDE).fill(value);
            expect(findRegions({ width: SIDE, height: SIDE, chances })).toEqual([]);
        }
        const chances = Float32Array.from({ length: 400 * 400 }, (_, i) => {
            const x = i % 400;
            const y = Math.floor(i / 400);
            return x % 8 < 5 && y % 8 < 5 ? 1 : 0;
        });
        expect(findRegions({ width: 400, height: 400, chances })).toHaveLength(1000);
    });
});

describe('the reading order', () => {
    const order = (strips: readonly Rectangle[]) =>
        inReadingOrder(strips.map((strip, index) => ({ strip, index }))).map((row) =>
            row.map(({ index }) => index),
        );

    it('is by rows, and in a row from left to right', () => {
        const strips = [
            rectangleAt(300, 102, 60, 20),
            rectangleAt(100, 140, 90, 20),
            rectangleAt(100, 100, 90, 20),
            rectangleAt(200, 97, 60, 20),
        ];
        expect(order(strips)).toEqual([[2, 3, 0], [1]]);
    });

    it('keeps its rows on a page that is crooked or lies on its side', () => {
        for (const degrees of [-20, -5, 8, 30, 90, 180]) {
            const page = rectangleAt(500, 500, 800, 600, degrees);
            const strips = [0, 1, 2, 3].flatMap((row) =>
                [0, 1].map((column) => {
                    const corner = pointIn(page, 100 + column * 500, 100 + row * 60);
                    return { ...page, corner, width: 150, height: 30 };
                }),
            );
            const shuffled = [5, 2, 7, 0, 3, 6, 1, 4];
            const got = order(shuffled.map((index) => strips[index] as Rectangle));
            const named = got.map((row) => row.map((index) => shuffled[index]));
            expect(named).toEqual([
                [0, 1],
                [2, 3],
                [4, 5],
                [6, 7],
            ]);
        }
    });

    it('has each line once', () => {
        const strip = fc
            .record({
                x: fc.integer({ min: 0, max: 900 }),
                y: fc.integer({ min: 0, max: 900 }),
                width: fc.integer({ min: 5, max: 300 }),
                height: fc.integer({ min: 5, max: 60 }),
                degrees: fc.integer({ min: -180, max: 180 }),
            })
            .map(({ x, y, width, height, degrees }) => rectangleAt(x, y, width, height, degrees));
        fc.assert(
            fc.property(fc.array(strip, { maxLength: 40 }), (strips) => {
                const rows = order(strips);
                expect(rows.every((row) => row.length > 0)).toBe(true);
                expect(rows.flat().sort((a, b) => a - b)).toEqual(strips.map((_, i) => i));
            }),
        );
    });
});

describe('the items of lines', () => {
    it('are 48 high, of one width for all, and grey to the right of the line', () => {
        const rgb = new Uint8Array(100 * 60 * 3).fill(255);
        const strips = [rectangleAt(50, 30, 48, 24), rectangleAt(50, 30, 90, 4)];
        const width = commonWidth(strips);
        expect(width).toBe(1088); // 90 / 4 * 48, in steps of 32
        const x = lineItem({ width: 100, height: 60, rgb }, strips[0] as Rectangle, width).get('x');
        expect(x?.dims).toEqual([1, 3, 48, 1088]);
        const values = x === undefined ? [] : tensorValues(x).map(Number);
        expect(values.slice(0, 96)).toEqual(new Array(96).fill(1));
        expect(values.slice(96, 1088)).toEqual(new Array(992).fill(0));
        expect(commonWidth([rectangleAt(0, 0, 10, 10)])).toBe(320);
        expect(commonWidth([rectangleAt(0, 0, 100_000, 1)])).toBe(2400);
    });

    it('show the picture blue first, and a tall strip from its right side on', () => {
        const width = 20;
        const height = 100;
        const rgb = new Uint8Array(width * height * 3);
        // The upper half is red, the lower one blue.
        for (let i = 0; i < width * height; i++) rgb[3 * i + (i < 1000 ? 0 : 2)] = 255;
        const strip = uprightStrip(rectangleAt(10, 50, 20, 100));
        expect(strip).toMatchObject({ width: 100, height: 20 });
        const x = lineItem({ width, height, rgb }, strip, 320).get('x');
        const values = x === undefined ? [] : tensorValues(x).map(Number);
        const at = (channel: number, column: number) => values[(channel * 48 + 24) * 320 + column];
        expect([at(0, 10), at(1, 10), at(2, 10)]).toEqual([-1, -1, 1]);
        expect([at(0, 230), at(1, 230), at(2, 230)]).toEqual([1, -1, -1]);
    });
});

describe('the input of the detector', () => {
    it('has sides that are multiples of 32, the longest within the limit', () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 20_000 }),
                fc.integer({ min: 1, max: 20_000 }),
                (width, height) => {
                    const size = detectorSize({ width, height });
                    for (const side of [size.width, size.height]) {
                        expect(side % 32).toBe(0);
                        expect(side).toBeGreaterThanOrEqual(32);
                        expect(side).toBeLessThanOrEqual(960);
                    }
                },
            ),
        );
        expect(detectorSize({ width: 640, height: 480 })).toEqual({ width: 640, height: 480 });
    });

    it('keeps the mean colour of what it shrinks, channels blue first', () => {
        const [width, height] = [101, 67];
        const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 256);
        const size = { width: 32, height: 32 };
        const x = detectorItem({ width, height, rgb }, size).get('x');
        const values = x === undefined ? [] : tensorValues(x).map(Number);
        const means = [0, 1, 2].map((channel) => {
            const part = values.slice(channel * 1024, (channel + 1) * 1024);
            return part.reduce((sum, value) => sum + value, 0) / 1024;
        });
        const numbers = [
            [2, 0.485, 0.229],
            [1, 0.456, 0.224],
            [0, 0.406, 0.225],
        ] as const;
        for (const [index, [channel, mean, deviation]] of numbers.entries()) {
            const own = rgb.filter((_, i) => i % 3 === channel);
            const level = own.reduce((sum, value) => sum + value, 0) / own.length / 255;
            expect(means[index]).toBeCloseTo((level - mean) / deviation, 3);
        }
    });

    it('shows corners at corners', () => {
        const rgb = new Uint8Array(64 * 64 * 3);
        rgb.set([255, 255, 255], 3 * 63);
        const x = detectorItem({ width: 64, height: 64, rgb }, { width: 64, height: 64 }).get('x');
        const values = x === undefined ? [] : tensorValues(x).map(Number);
        expect(values[63]).toBeGreaterThan(2);
        expect(Math.max(...values.slice(0, 63), ...values.slice(64, 4096))).toBeLessThan(-2);
        expect(cornersOf(rectangleAt(0, 0, 2, 2))[1]).toEqual({ x: 1, y: -1 });
    });
});
