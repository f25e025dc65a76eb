import { readPicture, type PictureText, type Execute, type ReadingStep } from '../../tasks';
import { decodePicture } from '../../tasks/node';
import { encodeItem } from '../../protocol';
import { configFrom } from '../config';
import { type CommandContext, type Terminal, UsageError } from '../terminal';
import { ItemFailedError, withLocalModel } from './execute-locally';
import { openModelShelf, type ModelShelf } from './model-shelf';
import { sourceOf } from './open-model';
import { type LimitFlags, limitsOf, type RunFlags } from './run-flags';
import { readSmallFile } from './tensor-files';

export const MAX_PICTURE_BYTES = 64 * 1024 ** 2;

/** `cocoon run ocr`: reads the text in a picture on this machine, for free. */
export async function runOcr(
    path: string | undefined,
    flags: RunFlags,
    context: CommandContext,
): Promise<void> {
    if (path === undefined) {
        throw new UsageError(
            '"ocr" reads a picture, and none is named.',
            'cocoon run ocr page.png',
        );
    }
    const { terminal, signal } = context;
    const picture = await openPicture(path, signal);
    const shelf = await openModelShelf(configFrom(flags, context.env), context);
    const startedAt = performance.now();
    const text = await readPicture({
        picture,
        angles: flags.angles === true,
        execute: localExecute(shelf, flags, context),
        onStep: readingTeller(terminal),
        signal,
    });
    terminal.result(
        { ...text, tookMs: Math.round(performance.now() - startedAt) },
        text.lines.length === 0 ? 'There is no text in the picture.' : text.text,
    );
    warnOfFailedLines(text, terminal);
}

/** @throws InputFileError, PictureError */
export async function openPicture(path: string, signal: AbortSignal) {
    return decodePicture(await readSmallFile(path, MAX_PICTURE_BYTES), { signal });
}

/** Has the jobs of a task computed by this machine. */
export function localExecute(
    shelf: ModelShelf,
    flags: LimitFlags,
    { signal }: CommandContext,
): Execute {
    return async ({ model, items }) => {
        const source = sourceOf(await shelf.obtain(model));
        return withLocalModel({ source, limits: limitsOf(flags), signal }, async (loaded) => {
            const outcomes = [];
            for (const [index, item] of items.entries()) {
                try {
                    const { output } = await loaded.execute(encodeItem(item));
                    outcomes.push({ status: 'done', index, output } as const);
                } catch (error) {
                    if (!(error instanceof ItemFailedError)) throw error;
                    outcomes.push({ status: 'failed', index, name: error.reason } as const);
                }
            }
            return outcomes;
        });
    };
}

/** Says how far a reading is. */
export function readingTeller(terminal: Terminal): (step: ReadingStep) => void {
    return (step) => {
        switch (step.step) {
            case 'searching':
                return terminal.progress('Looking for text…');
            case 'found':
                return terminal.progress(`Found ${step.lines} lines.`);
            case 'turning':
                return terminal.progress(`Turning ${step.lines} lines…`);
            case 'reading':
                return terminal.progress(`Reading ${step.lines} lines…`);
        }
    };
}

/** A line that nobody could read is no reason to hide the others. */
export function warnOfFailedLines({ lines }: PictureText, terminal: Terminal): void {
    const failed = lines.filter(({ failure }) => failure !== undefined);
    if (failed.length === 0) return;
    terminal.warn(`${failed.length} lines could not be read (${failed[0]?.failure}).`);
}
