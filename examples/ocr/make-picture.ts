import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/*
 * Makes receipt.jpg and receipt.txt: a printed receipt, photographed a little crooked in soft
 * light. It needs the DejaVu fonts: node dist/examples/ocr/make-picture.js examples/ocr
 */

/** Left and right half of each line, and its size in pixels. */
const LINES: readonly (readonly [string, string, number])[] = [
    ['GREEN HARBOUR STORE', '', 40],
    ['12 Quay Street, Galway', '', 28],
    ['Receipt 004217', '', 28],
    ['2026-11-20  18:42', '', 28],
    ['Rye bread', '2.40', 30],
    ['Oat milk 1.5 L', '1.85', 30],
    ['Apples 0.74 kg', '1.48', 30],
    ['Coffee beans 250 g', '5.95', 30],
    ['Washing soda', '3.20', 30],
    ['Total EUR', '14.88', 36],
    ['Paid by card', '14.88', 28],
    ['Goods may be returned within 30 days.', '', 24],
    ['Thank you, and come again!', '', 28],
];

const WIDTH = 640;
const MARGIN = 50;
const GAP = 1.9;
const ANGLE_DEGREES = -2.4;
const NOISE_DEVIATION = 9;

function drawing(): string {
    let y = 40;
    const texts = LINES.flatMap(([left, right, size]) => {
        y += size * GAP;
        const at = (x: number, anchor: string, text: string) =>
            `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" ` +
            `xml:space="preserve">${text}</text>`;
        const texts = [at(MARGIN, 'start', left)];
        return right === '' ? texts : [...texts, at(WIDTH - MARGIN, 'end', right)];
    });
    const height = Math.ceil(y + 80);
    return (
        `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}">` +
        '<rect width="100%" height="100%" fill="#f4f1e8"/>' +
        `<g font-family="DejaVu Sans" fill="#26282b">${texts.join('')}</g></svg>`
    );
}

async function makePicture(folder: string): Promise<void> {
    const paper = await sharp(Buffer.from(drawing()))
        .rotate(ANGLE_DEGREES, { background: '#6d5b4a' })
        .extend({ top: 30, bottom: 30, left: 30, right: 30, background: '#6d5b4a' })
        .blur(0.6)
        .png()
        .toBuffer({ resolveWithObject: true });
    const { width, height } = paper.info;
    const noise = await sharp({
        create: {
            width,
            height,
            channels: 3,
            background: '#808080',
            noise: { type: 'gaussian', mean: 128, sigma: NOISE_DEVIATION },
        },
    })
        .png()
        .toBuffer();
    await sharp(paper.data)
        .composite([{ input: noise, blend: 'soft-light' }])
        .removeAlpha()
        .jpeg({ quality: 80 })
        .toFile(join(folder, 'receipt.jpg'));
    const text = LINES.map(([left, right]) => `${left} ${right}`.trim().replace(/ +/g, ' '));
    await writeFile(join(folder, 'receipt.txt'), `${text.join('\n')}\n`);
}

void makePicture(process.argv[2] ?? __dirname);
