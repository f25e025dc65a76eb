import sharp from 'sharp';
import { decodePicture } from '../../tasks/node';

const WIDTH = 60;
const HEIGHT = 40;

/** Left half red, right half green, the lowest rows blue. */
function pixels(): Uint8Array {
    const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
        const isLow = i >= WIDTH * 30;
        rgb[3 * i + (isLow ? 2 : i % WIDTH < WIDTH / 2 ? 0 : 1)] = 255;
    }
    return rgb;
}

function picture() {
    return sharp(pixels(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

/** The colour at a place, each channel rounded to 0, 1 or 2 halves. */
function colourAt(
    { width, data }: { readonly width: number; readonly data: ArrayLike<number> },
    x: number,
    y: number,
): number[] {
    return [0, 1, 2].map((c) => Math.round((data[3 * (y * width + x) + c] as number) / 127.5));
}

describe('a picture file', () => {
    it.each(['png', 'jpeg', 'webp', 'tiff', 'avif', 'gif'] as const)(
        'of format %s becomes pixels of red, green and blue',
        async (format) => {
            const file = await picture().toFormat(format).toBuffer();
            const decoded = await decodePicture(file);
            expect(decoded).toMatchObject({ width: WIDTH, height: HEIGHT });
            expect(decoded.data).toHaveLength(WIDTH * HEIGHT * 3);
            expect(colourAt(decoded, 5, 5)).toEqual([2, 0, 0]);
            expect(colourAt(decoded, 50, 5)).toEqual([0, 2, 0]);
            expect(colourAt(decoded, 30, 37)).toEqual([0, 0, 2]);
        },
    );

    it('is turned as its EXIF orientation says', async () => {
        const file = await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer();
        const decoded = await decodePicture(file);
        expect(decoded).toMatchObject({ width: HEIGHT, height: WIDTH });
        // The lowest rows are on the left now, and red above green.
        expect(colourAt(decoded, 3, 30)).toEqual([0, 0, 2]);
        expect(colourAt(decoded, 30, 5)).toEqual([2, 0, 0]);
        expect(colourAt(decoded, 30, 50)).toEqual([0, 2, 0]);
    });

    it('lies on white where it is not opaque', async () => {
        const rgba = new Uint8Array(4 * 4 * 4);
        rgba.set([0, 0, 0, 255], 0);
        rgba.set([0, 0, 0, 128], 4);
        const file = await sharp(rgba, { raw: { width: 4, height: 4, channels: 4 } })
            .png()
            .toBuffer();
        const decoded = await decodePicture(file);
        expect(colourAt(decoded, 0, 0)).toEqual([0, 0, 0]);
        expect(colourAt(decoded, 1, 0)).toEqual([1, 1, 1]);
        expect(colourAt(decoded, 3, 3)).toEqual([2, 2, 2]);
    });

    it('of 16 bits, of grey, of grey with opacity, and of CMYK becomes the same kind', async () => {
        const files = [
            picture().toColourspace('rgb16').png(),
            picture().toColourspace('rgb16').tiff(),
            picture().greyscale().png(),
            picture().greyscale().ensureAlpha(0.5).png(),
            picture().toColourspace('grey16').png(),
            picture().toColourspace('cmyk').jpeg(),
            picture().png({ palette: true, colours: 4 }),
        ];
        for (const file of files) {
            const decoded = await decodePicture(await file.toBuffer());
            expect(decoded.data).toHaveLength(WIDTH * HEIGHT * 3);
        }
        const deep = await picture().toColourspace('rgb16').png().toBuffer();
        expect((await sharp(deep).metadata()).depth).toBe('ushort');
        expect(colourAt(await decodePicture(deep), 5, 5)).toEqual([2, 0, 0]);
    });

    it.each([
        ['nothing', Buffer.alloc(0)],
        ['text', Buffer.from('a picture of a cat')],
        [
            'a drawing',
            Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
        ],
        ['the beginning of a format', Buffer.from('89504e470d0a1a0a', 'hex')],
        ['zeros', Buffer.alloc(5000)],
    ])('that is %s is refused', async (_, file) => {
        const work = decodePicture(file);
        await expect(work).rejects.toMatchObject({ code: 'PICTURE_UNREADABLE' });
        await expect(work).rejects.toMatchObject({
            hint: expect.stringContaining('PNG') as string,
        });
    });

    it.each(['png', 'jpeg', 'webp', 'tiff'] as const)(
        'of format %s that breaks off is refused',
        async (format) => {
            const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
            const file = await sharp({
                create: { width: 300, height: 300, channels: 3, background: '#888', noise },
            })
                .toFormat(format)
                .toBuffer();
            const work = decodePicture(file.subarray(0, file.length / 2));
            await expect(work).rejects.toMatchObject({ name: 'PictureError' });
            await expect(decodePicture(file)).resolves.toMatchObject({ width: 300 });
        },
    );

    it('that is small and has very many pixels is refused before they are made', async () => {
        const bomb = await sharp({
            create: { width: 12_000, height: 12_000, channels: 3, background: '#fff' },
        })
            .png({ compressionLevel: 9 })
            .toBuffer();
        expect(bomb.length).toBeLessThan(1024 ** 2);
        const startBytes = process.memoryUsage().rss;
        await expect(decodePicture(bomb)).rejects.toMatchObject({ code: 'PICTURE_TOO_LARGE' });
        expect(process.memoryUsage().rss - startBytes).toBeLessThan(200 * 1024 ** 2);
        const small = await picture().png().toBuffer();
        const limited = decodePicture(small, { maxPixels: WIDTH * HEIGHT - 1 });
        await expect(limited).rejects.toMatchObject({ code: 'PICTURE_TOO_LARGE' });
        await decodePicture(small, { maxPixels: WIDTH * HEIGHT });
    });

    it('over the limit of bytes is refused', async () => {
        const file = await picture().png().toBuffer();
        const work = decodePicture(file, { maxBytes: file.length - 1 });
        await expect(work).rejects.toMatchObject({ code: 'PICTURE_TOO_LARGE' });
        await decodePicture(file, { maxBytes: file.length });
    });

    it('is not decoded when nobody wants it any more', async () => {
        const reason = new Error('left');
        const file = await picture().png().toBuffer();
        const work = decodePicture(file, { signal: AbortSignal.abort(reason) });
        await expect(work).rejects.toBe(reason);
    });
});
