import sharp from 'sharp';
import type { Item } from '../../protocol';
import { tensorOf } from '../../protocol';
import {
    type Execute,
    type Picture,
    type PictureText,
    readPicture,
    type ReadingStep,
    type ReadPictureRequest,
    type TaskJob,
} from '../../tasks';
import { decodePicture } from '../../tasks/node';
import { createLocalExecutor, errorRate, receipt } from './world';

const MAX_ERROR_RATE = 0.02;

const local = createLocalExecutor();
afterAll(() => local.stop());
beforeEach(() => void local.jobs.splice(0));

let example: Awaited<ReturnType<typeof receipt>>;
/** The receipt as it is read when nothing is special, with the jobs and steps that it took. */
let whole: PictureText;
const wholeJobs: TaskJob[] = [];
const wholeSteps: ReadingStep[] = [];
beforeAll(async () => {
    example = await receipt();
    whole = await read(example.picture, { onStep: (step) => wholeSteps.push(step) });
    wholeJobs.push(...local.jobs);
});

function read(picture: Picture, options: Partial<ReadPictureRequest> = {}) {
    return readPicture({ picture, execute: local.execute, ...options });
}

/** Fails with both texts when they differ too much. */
function expectText(actual: string): void {
    const rate = errorRate(example.text, actual);
    if (rate > MAX_ERROR_RATE) {
        throw new Error(`${(100 * rate).toFixed(1)} % of the letters are wrong:\n${actual}`);
    }
}

function blank(width: number, height: number, value = 255): Picture {
    return { width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

/** The local executor, with the outcomes of some models changed. */
function meddling(change: (job: TaskJob) => ReturnType<Execute> | undefined): Execute {
    return (job) => change(job) ?? local.execute(job);
}

describe('a photographed receipt', () => {
    it('is read in two jobs, with at most 2 % of the letters wrong', () => {
        const { lines, text } = whole;
        expectText(text);
        expect(wholeJobs.map(({ model }) => model.name)).toEqual([
            'ocr-detector',
            'ocr-recogniser',
        ]);
        expect(wholeSteps.map(({ step }) => step)).toEqual(['searching', 'found', 'reading']);
        expect(wholeSteps[1]).toEqual({ step: 'found', lines: lines.length });
        expect(Math.min(...lines.map(({ confidence }) => confidence))).toBeGreaterThan(0.9);
    });

    it('has its lines where they stand, clockwise from the upper left of the text', () => {
        const { lines } = whole;
        const { width, height } = example.picture;
        for (const { box } of lines) {
            const [a, b, c, d] = box;
            expect(a.x).toBeLessThan(b.x);
            expect(a.y).toBeLessThan(d.y);
            expect(b.y).toBeLessThan(c.y);
            for (const { x, y } of box) {
                expect(x >= 0 && x <= width && y >= 0 && y <= height).toBe(true);
            }
            // The paper is turned left by 2.4 degrees.
            const degrees = (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI;
            expect(degrees).toBeGreaterThan(-4.5);
            expect(degrees).toBeLessThan(-0.5);
        }
        const price = lines.find(({ text }) => text === '2.40');
        const bread = lines.find(({ text }) => text === 'Rye bread');
        expect(price?.row).toBe(bread?.row);
        expect(price?.box[0].x).toBeGreaterThan(bread?.box[1].x ?? Infinity);
    });

    it('gives all items of a job one shape, and says what they need', () => {
        for (const { items, limits } of wholeJobs) {
            const shapes = new Set(items.map((item) => String(item.get('x')?.dims)));
            expect(shapes.size).toBe(1);
            expect(limits.outputBytesPerItem).toBeGreaterThan(1024);
        }
        const [, lines] = wholeJobs;
        const [, , height, width] = lines?.items[0]?.get('x')?.dims ?? [];
        expect(height).toBe(48);
        expect((width ?? 1) % 32).toBe(0);
    });

    it('is read when it lies on its side, as EXIF says', async () => {
        const sideways = await sharp(example.file)
            .rotate(-90)
            .jpeg({ quality: 90 })
            .withMetadata({ orientation: 6 })
            .toBuffer();
        expect((await sharp(sideways).metadata()).orientation).toBe(6);
        const picture = await decodePicture(sideways);
        expect(picture.width).toBe(example.picture.width);
        expectText((await read(picture)).text);
    });

    it('is read when it lies on its side and nothing says so', async () => {
        const turned = await sharp(example.file).rotate(90).png().toBuffer();
        expectText((await read(await decodePicture(turned))).text);
    });

    it.each([180, 270])('is read turned by %i degrees, once asked for angles', async (degrees) => {
        const turned = await decodePicture(
            await sharp(example.file).rotate(degrees).png().toBuffer(),
        );
        const without = await read(turned);
        expect(errorRate(example.text, without.text)).toBeGreaterThan(0.5);
        local.jobs.splice(0);
        expectText((await read(turned, { angles: true })).text);
        expect(local.jobs.map(({ model }) => model.name)).toEqual([
            'ocr-detector',
            'ocr-angle',
            'ocr-recogniser',
        ]);
    });

    it('is read as well when its lines may be turned and are not', async () => {
        expectText((await read(example.picture, { angles: true })).text);
    });

    it('is read from a picture of 17 megapixels', async () => {
        const { width } = example.picture;
        const large = await sharp(example.file)
            .resize(width * 5)
            .jpeg()
            .toBuffer();
        expectText((await read(await decodePicture(large))).text);
    });

    it('is read from transparent ink on nothing', async () => {
        const { width, height, data } = example.picture;
        const rgba = new Uint8ClampedArray(width * height * 4);
        for (let i = 0; i < width * height; i++)
            rgba[4 * i + 3] = 255 - (data[3 * i + 1] as number);
        expectText((await read({ width, height, data: rgba })).text);
    });
});

describe('a picture without text', () => {
    it.each([
        [640, 480, 255],
        [640, 480, 0],
        [1, 1, 255],
        [3, 2000, 128],
        [2000, 3, 128],
        [33, 31, 255],
    ])('of %i x %i, all %i, has no lines, and no second job is made', async (w, h, value) => {
        expect(await read(blank(w, h, value))).toEqual({ lines: [], text: '' });
        expect(local.jobs.map(({ model }) => model.name)).toEqual(['ocr-detector']);
    });

    it('is one thing, and a small one with two words another', async () => {
        const { box } = whole.lines.find(({ text }) => text === 'Rye bread') ?? { box: [] };
        const xs = box.map(({ x }) => Math.round(x));
        const ys = box.map(({ y }) => Math.round(y));
        const [left, top] = [Math.min(...xs), Math.min(...ys)];
        const size = { width: Math.max(...xs) - left, height: Math.max(...ys) - top };
        const words = await sharp(example.file)
            .extract({ left, top, ...size })
            .png()
            .toBuffer();
        expect((await read(await decodePicture(words))).text).toBe('Rye bread');
    });
});

describe('a reading in which something fails', () => {
    it('reports a failed line at its place, and loses none of the rest', async () => {
        const execute: Execute = async (job) => {
            const outcomes = await local.execute(job);
            if (job.model.name !== 'ocr-recogniser') return outcomes;
            // In any order, one failed and one missing.
            return [...outcomes]
                .reverse()
                .filter(({ index }) => index !== 2)
                .map((outcome) =>
                    outcome.index === 5
                        ? { status: 'failed', index: 5, name: 'TIME_LIMIT' }
                        : outcome,
                );
        };
        const { lines } = await read(example.picture, { execute });
        expect(lines.map(({ box }) => box)).toEqual(whole.lines.map(({ box }) => box));
        const expected = whole.lines.map((line, index) => {
            const failed = { ...line, text: '', confidence: 0 };
            if (index === 2) return { ...failed, failure: 'MISSING' };
            return index === 5 ? { ...failed, failure: 'TIME_LIMIT' } : line;
        });
        expect(lines).toEqual(expected);
    });

    it('takes an output of another shape for a failed line', async () => {
        const wrong: Item = new Map([['softmax_11.tmp_0', tensorOf('float32', [1, 1, 2], [0, 1])]]);
        const other: Item = new Map([['other', tensorOf('float32', [1], [0])]]);
        const execute = meddling(({ model, items }) => {
            if (model.name !== 'ocr-recogniser') return undefined;
            const outcomes = items.map((_, index) => {
                return { status: 'done', index, output: index % 2 ? wrong : other } as const;
            });
            return Promise.resolve(outcomes);
        });
        const { lines, text } = await read(example.picture, { execute });
        expect(text).toBe('');
        expect(lines.length).toBeGreaterThan(10);
        expect(new Set(lines.map(({ failure }) => failure))).toEqual(
            new Set(['OUTPUT_UNEXPECTED']),
        );
    });

    it('reads lines as they stand when their angles are not known', async () => {
        const execute = meddling(({ model, items }) => {
            if (model.name !== 'ocr-angle') return undefined;
            const outcomes = items.map((_, index) => {
                return { status: 'failed', index, name: 'CRASHED' } as const;
            });
            return Promise.resolve(outcomes);
        });
        expectText((await read(example.picture, { execute, angles: true })).text);
    });

    it('ends when the search failed, with its reason', async () => {
        const answers = [
            [[{ status: 'failed', index: 0, name: 'MEMORY_LIMIT' }], 'MEMORY_LIMIT'],
            [[], 'MISSING'],
            [
                [
                    {
                        status: 'done',
                        index: 0,
                        output: new Map([
                            ['sigmoid_0.tmp_0', tensorOf('float32', [1, 1, 1, 1], [0])],
                        ]),
                    },
                ],
                'OUTPUT_UNEXPECTED',
            ],
        ] as const;
        for (const [outcomes, reason] of answers) {
            const work = read(example.picture, { execute: () => Promise.resolve(outcomes) });
            await expect(work).rejects.toMatchObject({ code: 'TEXT_SEARCH_FAILED', reason });
        }
    });

    it('ends with what the executor throws, and with the reason of the signal', async () => {
        const failure = new Error('no money');
        const failing = read(example.picture, { execute: () => Promise.reject(failure) });
        await expect(failing).rejects.toBe(failure);
        const reason = new Error('closed');
        const abort = new AbortController();
        const execute: Execute = async (job) => {
            expect(job.signal).toBe(abort.signal);
            const outcomes = await local.execute(job);
            abort.abort(reason);
            return outcomes;
        };
        const aborted = read(example.picture, { execute, signal: abort.signal });
        await expect(aborted).rejects.toBe(reason);
        expect(local.jobs).toHaveLength(1);
        const before = read(example.picture, { signal: AbortSignal.abort(reason) });
        await expect(before).rejects.toBe(reason);
    });

    it.each([
        ['PICTURE_EMPTY', { width: 0, height: 5, data: new Uint8Array() }],
        ['PICTURE_EMPTY', { width: 1.5, height: 2, data: new Uint8Array(9) }],
        ['PICTURE_EMPTY', { width: NaN, height: 2, data: new Uint8Array(9) }],
        ['PICTURE_SIZE_MISMATCH', { width: 2, height: 2, data: new Uint8Array(13) }],
        ['PICTURE_SIZE_MISMATCH', { width: 2, height: 2, data: new Uint8Array(4) }],
        ['PICTURE_TOO_LARGE', { width: 20_000, height: 20_000, data: new Uint8Array() }],
    ])('refuses pixels that are no picture: %s', async (code, picture) => {
        await expect(read(picture)).rejects.toMatchObject({ code, name: 'PictureError' });
        expect(local.jobs).toEqual([]);
    });
});
