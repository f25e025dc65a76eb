import { readFileSync } from 'node:fs';
import { type Seeded, seeded } from '../../calibration';
import { readVoice, SAMPLE_RATE_HZ } from '../../examples/audio/frames';
import { MEL_SPECTROGRAM, OCR_DETECTOR } from '../../models';
import type { CatalogueModel } from '../../models';
import {
    encodeItem,
    fromTypedArray,
    isNumeric,
    type Item,
    tensorOf,
    toTypedArray,
} from '../../protocol';
import { decodePicture } from '../../tasks/node';
import { detectorItem } from '../../tasks/ocr/detector-input';
import { pointIn, type Rectangle, scaled, upsideDown } from '../../tasks/ocr/geometry';
import { angleItem, lineItem, uprightStrip } from '../../tasks/ocr/line-items';
import { type RgbPicture, toRgb } from '../../tasks/ocr/picture';
import { findRegions } from '../../tasks/ocr/regions';
import { cropped, relit } from './varied-picture';

/** Executes items of a model as a node does. */
export type ExecuteItems = (
    model: CatalogueModel,
    items: readonly Uint8Array[],
) => Promise<readonly Item[]>;

/**
 * Encoded inputs of a model of the catalogue, other ones for each seed.
 *
 * @param cutLines - whether lines for the recogniser may end within a letter, which no reader cuts so,
 * and which it is unsure of
 */
export type VariedInputs = (
    name: string,
    count: number,
    seed: string,
    cutLines?: boolean,
) => Promise<readonly Uint8Array[]>;

/** The detector's input, pixels: multiples of 32. */
const DETECTOR_SIZE = { width: 320, height: 416 };
const LINE_WIDTH = 320;
/** Lines that are cut out of one picture before it is taken under another light. */
const LINES_A_PICTURE = 12;
const VOICE_SAMPLES = 576;
/** Frames of 512 samples every 160: 76 of them. */
const MEL_SAMPLES = 12_512;
const MEL_FRAMES = 76;
const INT16 = 32_767;

/**
 * Varies what is real: the photographed receipt of examples/ocr under other light, with noise,
 * cropped, its lines cut out with other margins; a singer's voice in windows from anywhere, louder and
 * fainter, with noise; and mel spectrograms of it, as openWakeWord feeds them to the speech embedding.
 *
 * @param picture - path of examples/ocr/receipt.jpg
 */
export async function variedInputs(picture: string, execute: ExecuteItems): Promise<VariedInputs> {
    const receipt = toRgb(await decodePicture(readFileSync(picture)));
    const voice = readVoice();
    let strips: readonly Rectangle[] | undefined;
    const linesOf = async () => (strips ??= await findStrips(receipt, execute));
    return async (name, count, seed, cutLines = true) => {
        const random = seeded(`${seed} ${name}`);
        const items: Item[] = [];
        switch (name) {
            case 'ocr-detector':
                for (let i = 0; i < count; i++) {
                    items.push(
                        detectorItem(relit(cropped(receipt, random), random), DETECTOR_SIZE),
                    );
                }
                break;
            case 'ocr-angle':
            case 'ocr-recogniser': {
                const lines = await linesOf();
                let lit = receipt;
                for (let i = 0; i < count; i++) {
                    if (i % LINES_A_PICTURE === 0) lit = relit(receipt, random);
                    const cut = cutLines || name === 'ocr-angle';
                    const line = lines[random.below(lines.length)] as Rectangle;
                    const strip = jittered(line, random, cut);
                    items.push(
                        name === 'ocr-recogniser'
                            ? lineItem(lit, strip, LINE_WIDTH)
                            : angleItem(lit, random.next() < 0.5 ? strip : upsideDown(strip)),
                    );
                }
                break;
            }
            case 'silero-vad':
                for (let i = 0; i < count; i++) items.push(voiceItem(voice, random));
                break;
            case 'mel-spectrogram':
                for (let i = 0; i < count; i++) items.push(melItem(voice, random));
                break;
            case 'speech-embedding': {
                const windows = Array.from({ length: count }, () => melItem(voice, random));
                const mels = await execute(MEL_SPECTROGRAM, windows.map(encodeItem));
                items.push(...mels.map(embeddingItem));
                break;
            }
            default:
                throw new RangeError(`No inputs are known for ${name}.`);
        }
        return items.map(encodeItem);
    };
}

/** Where the lines of the receipt are, by the detector itself. */
async function findStrips(picture: RgbPicture, execute: ExecuteItems): Promise<Rectangle[]> {
    const { width, height } = DETECTOR_SIZE;
    const items = [encodeItem(detectorItem(picture, DETECTOR_SIZE))];
    const [output] = await execute(OCR_DETECTOR, items);
    const chances = floatsOf(output as Item);
    return findRegions({ width, height, chances }).map(({ rectangle }) =>
        uprightStrip(scaled(rectangle, picture.width / width, picture.height / height)),
    );
}

/** A line, or a part of it, moved by up to a tenth of its height. */
function jittered(strip: Rectangle, random: Seeded, cut: boolean): Rectangle {
    const move = () => 0.2 * strip.height * (random.next() - 0.5);
    const part = 0.4 + 0.6 * random.next();
    const share = cut ? part : 1;
    const start = random.next() * (1 - share) * strip.width;
    return {
        ...strip,
        corner: pointIn(strip, start + move(), move()),
        width: share * strip.width,
        height: strip.height * (0.9 + 0.2 * random.next()),
    };
}

/** Samples from anywhere in the recording, at another volume, with noise. */
function windowOf(voice: Float64Array, length: number, random: Seeded): Float64Array {
    const start = random.below(voice.length - length);
    const gain = 10 ** (-2 * random.next());
    const noise = 0.03 * gain * random.next() ** 2;
    return voice.slice(start, start + length).map((x) => gain * x + noise * random.normal());
}

function voiceItem(voice: Float64Array, random: Seeded): Item {
    const frame = [...windowOf(voice, VOICE_SAMPLES, random)];
    // The state is zero at the beginning of a recording, and about this large later on.
    const spread = random.next() < 0.5 ? 0 : 0.3;
    const state = Array.from({ length: 256 }, () => spread * random.normal());
    return new Map([
        ['input', tensorOf('float32', [1, VOICE_SAMPLES], frame)],
        ['state', tensorOf('float32', [2, 1, 128], state)],
        ['sr', tensorOf('int64', [], [BigInt(SAMPLE_RATE_HZ)])],
    ]);
}

function melItem(voice: Float64Array, random: Seeded): Item {
    const samples = Float32Array.from(windowOf(voice, MEL_SAMPLES, random), (x) =>
        Math.round(INT16 * x),
    );
    return new Map([['input', fromTypedArray('float32', samples, [1, MEL_SAMPLES])]]);
}

/** `x / 10 + 2`, as openWakeWord scales decibels for the embedding (openwakeword/utils.py). */
function embeddingItem(mel: Item): Item {
    const decibels = floatsOf(mel).subarray(0, MEL_FRAMES * 32);
    const scaled = Float32Array.from(decibels, (x) => x / 10 + 2);
    return new Map([['input_1', fromTypedArray('float32', scaled, [1, MEL_FRAMES, 32, 1])]]);
}

function floatsOf(item: Item): Float32Array {
    const [tensor] = item.values();
    const elements = tensor !== undefined && isNumeric(tensor) ? toTypedArray(tensor) : undefined;
    if (elements instanceof Float32Array) return elements;
    throw new TypeError('The model gave no float32 output.');
}
