import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadVoiceFrames } from '../../examples/audio/frames';
import { type Item, type ModelManifest, parseSource, tensorOf } from '../../protocol';
import { decodePicture } from '../../tasks/node';
import { detectorItem } from '../../tasks/ocr/detector-input';
import { lineItem } from '../../tasks/ocr/line-items';
import { toRgb } from '../../tasks/ocr/picture';

const ROOT = join(__dirname, '..', '..');

/** The path of the model's file in the package that is installed. */
export function packagedPath(manifest: ModelManifest): string {
    const source = parseSource(manifest.files[0]?.sources[0] ?? '');
    if (source?.kind !== 'npm') throw new Error('no package');
    const installed = join(ROOT, 'node_modules', source.package);
    const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
        version: string;
    };
    if (version !== source.version) throw new Error(`${source.package} ${version} is installed`);
    return join(installed, source.path);
}

function waves(length: number, amplitude: number): number[] {
    return Array.from({ length }, (_, i) => amplitude * Math.sin(i / 7) * Math.cos(i / 311));
}

async function receipt() {
    return toRgb(await decodePicture(readFileSync(join(ROOT, 'examples/ocr/receipt.jpg'))));
}

/** A line of the receipt, "Receipt 004217", as an item of the recogniser. */
export async function receiptLine(): Promise<Item> {
    const strip = {
        corner: { x: 89.1, y: 253.2 },
        along: { x: 0.9992, y: -0.04 },
        down: { x: 0.04, y: 0.9992 },
        width: 219.3,
        height: 28.9,
    };
    return lineItem(await receipt(), strip, 320);
}

/** A valid input of each model of the catalogue, by name. */
export const INPUTS: Readonly<Record<string, () => Item | Promise<Item>>> = {
    'ocr-detector': async () => detectorItem(await receipt(), { width: 320, height: 416 }),
    'ocr-angle': () => new Map([['x', tensorOf('float32', [1, 3, 48, 192], waves(27_648, 1))]]),
    'ocr-recogniser': () => {
        return new Map([['x', tensorOf('float32', [1, 3, 48, 320], waves(46_080, 1))]]);
    },
    'silero-vad': () => loadVoiceFrames({ count: 1 }).items[0] as Item,
    'mel-spectrogram': () => {
        return new Map([['input', tensorOf('float32', [1, 12_400], waves(12_400, 9000))]]);
    },
    'speech-embedding': () => {
        return new Map([['input_1', tensorOf('float32', [1, 76, 32, 1], waves(2432, 5))]]);
    },
};
