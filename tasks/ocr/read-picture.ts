import { OCR_ANGLE, OCR_DETECTOR, OCR_RECOGNISER, type CatalogueModel } from '../../models';
import { checkItemFits, type Item, isNumeric, type JobLimits, toTypedArray } from '../../protocol';
import type { Execute, TaskOutcome } from '../execute';
import { CHARACTERS, decodeText } from './decode-text';
import { detectorItem, detectorSize } from './detector-input';
import { TextSearchError } from './errors';
import { cornersOf, type Point, type Rectangle, scaled, upsideDown } from './geometry';
import { angleItem, commonWidth, lineItem, uprightStrip } from './line-items';
import { type Picture, type RgbPicture, toRgb } from './picture';
import { inReadingOrder } from './reading-order';
import { findRegions } from './regions';

/** A line of text in a picture. */
export interface TextLine {
    /** What it says; empty when its item failed. */
    readonly text: string;
    /** Mean chance of its characters, 0 to 1. */
    readonly confidence: number;
    /** Its corners in pixels of the picture, clockwise from where the text begins at its top. */
    readonly box: readonly [Point, Point, Point, Point];
    /** Which row it stands in, from 0; lines side by side are of one row. */
    readonly row: number;
    /** Name of the error, if its item failed. */
    readonly failure?: string;
}

export interface PictureText {
    /** As they are read: from top to bottom, and from left to right. */
    readonly lines: readonly TextLine[];
    /** All text: a line for each row. */
    readonly text: string;
}

/** How far a reading is. */
export type ReadingStep =
    /** The detector is asked for the picture, scaled to this size. */
    | { readonly step: 'searching'; readonly width: number; readonly height: number }
    | { readonly step: 'found'; readonly lines: number }
    /** The angle classifier is asked for all lines. */
    | { readonly step: 'turning'; readonly lines: number }
    /** The recogniser is asked for all lines, padded to one width. */
    | { readonly step: 'reading'; readonly lines: number; readonly width: number };

export interface ReadPictureRequest {
    readonly picture: Picture;
    /** Has the jobs computed. */
    readonly execute: Execute;
    /** Whether lines may stand upside down: asks the angle classifier too. Not unless set. */
    readonly angles?: boolean;
    /** Lines that are less certain are left out, 0 to 1; 0.5 unless set, as PaddleOCR does. */
    readonly minConfidence?: number;
    /** Longest side that the detector sees, pixels; 960 unless set. Small print needs more. */
    readonly limitSide?: number;
    readonly onStep?: (step: ReadingStep) => void;
    readonly signal?: AbortSignal;
}

const MIN_CONFIDENCE = 0.5;
/** From this chance on the angle classifier is sure; else a line stands as most others do. */
const SURE = 0.9;
/** What an output takes beside its elements, bytes. */
const ENVELOPE_BYTES = 1024;
const MEMORY_BYTES = 1024 ** 3;

/**
 * Reads the text in a picture, as PaddleOCR does: one job finds the lines, another one reads them
 * all; with `angles` one between them tells which of them stand upside down. A picture without
 * text is a normal result, and no second job is made for it. A line whose item failed says so at
 * its place.
 *
 * @throws PictureError for pixels that are no picture; TextSearchError when the first job's one
 * item failed; what `execute` throws; the reason of the signal
 */
export async function readPicture(request: ReadPictureRequest): Promise<PictureText> {
    const { onStep, signal } = request;
    signal?.throwIfAborted();
    const picture = toRgb(request.picture);
    const found = await findStrips(picture, request);
    onStep?.({ step: 'found', lines: found.length });
    if (found.length === 0) return { lines: [], text: '' };

    const strips = request.angles === true ? await turned(picture, found, request) : found;
    const lines = inReadingOrder(strips.map((strip) => ({ strip }))).flatMap((row, index) =>
        row.map(({ strip }) => ({ strip, row: index })),
    );
    const width = commonWidth(strips);
    onStep?.({ step: 'reading', lines: lines.length, width });
    const items = lines.map(({ strip }) => lineItem(picture, strip, width));
    const outputs = await run(request, OCR_RECOGNISER, items, 4 * CHARACTERS.length * (width / 8));
    return asText(
        picture,
        lines.map((line, index) => ({ ...line, output: outputs[index] ?? 'MISSING' })),
        request.minConfidence ?? MIN_CONFIDENCE,
    );
}

/** The places of all lines, in pixels of the picture, in no order. */
async function findStrips(picture: RgbPicture, request: ReadPictureRequest): Promise<Rectangle[]> {
    const size = detectorSize(picture, request.limitSide);
    const { width, height } = size;
    request.onStep?.({ step: 'searching', ...size });
    const items = [detectorItem(picture, size)];
    const [output = 'MISSING'] = await run(request, OCR_DETECTOR, items, 4 * width * height);
    if (typeof output === 'string') throw new TextSearchError(output);
    if (output.length !== width * height) throw new TextSearchError('OUTPUT_UNEXPECTED');
    return findRegions({ width, height, chances: output }).map(({ rectangle }) =>
        uprightStrip(scaled(rectangle, picture.width / width, picture.height / height)),
    );
}

/** The strips, those that stand upside down turned. */
async function turned(
    picture: RgbPicture,
    strips: readonly Rectangle[],
    request: ReadPictureRequest,
): Promise<Rectangle[]> {
    request.onStep?.({ step: 'turning', lines: strips.length });
    const items = strips.map((strip) => angleItem(picture, strip));
    const outputs = await run(request, OCR_ANGLE, items, 8);
    const verdicts = outputs.map((chances) => {
        const [upright = 0, upsideDown = 0] = typeof chances === 'string' ? [] : chances;
        if (upsideDown > SURE) return true;
        return upright > SURE ? false : undefined;
    });
    const count = (wanted: boolean) => verdicts.filter((verdict) => verdict === wanted).length;
    const most = count(true) > count(false);
    return strips.map((strip, index) => ((verdicts[index] ?? most) ? upsideDown(strip) : strip));
}

/** Elements of the one output of each item, or the name of its error. */
async function run(
    { execute, signal }: ReadPictureRequest,
    model: CatalogueModel,
    items: readonly Item[],
    outputBytes: number,
): Promise<(Float32Array | string)[]> {
    signal?.throwIfAborted();
    const limits: Partial<JobLimits> = {
        outputBytesPerItem: outputBytes + ENVELOPE_BYTES,
        memoryBytes: MEMORY_BYTES,
    };
    const outcomes = await execute({ model, items, limits, signal });
    signal?.throwIfAborted();
    const byIndex = new Map(outcomes.map((outcome) => [outcome.index, outcome]));
    return items.map((_, index) => elementsOf(byIndex.get(index), model));
}

function elementsOf(
    outcome: TaskOutcome | undefined,
    { manifest }: CatalogueModel,
): Float32Array | string {
    if (outcome === undefined) return 'MISSING';
    if (outcome.status === 'failed') return outcome.name;
    try {
        checkItemFits(manifest.outputs, outcome.output);
    } catch {
        return 'OUTPUT_UNEXPECTED';
    }
    const [tensor] = outcome.output.values();
    if (tensor === undefined || !isNumeric(tensor)) return 'OUTPUT_UNEXPECTED';
    const elements = toTypedArray(tensor);
    return elements instanceof Float32Array ? elements : 'OUTPUT_UNEXPECTED';
}

interface RecognisedLine {
    readonly strip: Rectangle;
    readonly row: number;
    readonly output: Float32Array | string;
}

function asText(
    picture: RgbPicture,
    recognised: readonly RecognisedLine[],
    minConfidence: number,
): PictureText {
    const lines: TextLine[] = [];
    const rows = new Map<number, string[]>();
    for (const { strip, row, output } of recognised) {
        const box = boxOf(picture, strip);
        if (typeof output === 'string') {
            lines.push({ text: '', confidence: 0, box, row, failure: output });
            continue;
        }
        const { text, confidence } = decodeText(output);
        if (text.trim() === '' || confidence < minConfidence) continue;
        lines.push({ text, confidence, box, row });
        rows.set(row, [...(rows.get(row) ?? []), text]);
    }
    return { lines, text: [...rows.values()].map((texts) => texts.join(' ')).join('\n') };
}

/** The corners of a strip, held within the picture. */
function boxOf({ width, height }: RgbPicture, strip: Rectangle): TextLine['box'] {
    return cornersOf(strip).map(({ x, y }) => ({
        x: Math.min(Math.max(x, 0), width),
        y: Math.min(Math.max(y, 0), height),
    })) as [Point, Point, Point, Point];
}
