import { basename } from 'node:path';
import { encodeItem } from '../../protocol';
import { type Execute, readPicture } from '../../tasks';
import { decodePicture } from '../../tasks/node';
import type { CommandContext } from '../terminal';
import { priceOfStep, STEP_LABELS } from './jobs/finish';
import type { Submission } from './jobs/submission';
import type { ModelShelf } from './model-shelf';
import { sourceOf } from './open-model';
import { localExecute, MAX_PICTURE_BYTES } from './run-ocr';
import type { Plan, SubmitFlags } from './plan';
import { readSmallFile } from './tensor-files';

/**
 * Prepares the reading of a picture. How many lines there are decides the price of the second job, so
 * they are looked for on this machine first, for free; only where the user names a price and does
 * not want that is the number of lines left open.
 *
 * @returns undefined where the picture has no text
 * @throws InputFileError, PictureError, ModelFileUnavailableError
 */
export async function planPicture(
    path: string,
    shelf: ModelShelf,
    terms: Submission['terms'],
    flags: SubmitFlags,
    context: CommandContext,
): Promise<Plan | undefined> {
    const { terminal, signal } = context;
    const bytes = await readSmallFile(path, MAX_PICTURE_BYTES);
    const picture = await decodePicture(bytes, { signal });
    const angles = flags.angles === true;
    const what = { kind: 'ocr', picture: basename(path), angles } as const;
    const steps: Plan['steps'][number][] = [];
    const here = localExecute(shelf, flags, context);
    const planning: Execute = async (job) => {
        const { model, items } = job;
        terminal.progress(`Measuring ${model.name} here…`);
        const source = sourceOf(await shelf.obtain(model));
        const encoded = items.map((item) => encodeItem(item));
        const price = await priceOfStep({ terms, what }, steps.length, source, encoded, signal);
        const label = STEP_LABELS[model.name] ?? model.name;
        const { name, hash } = model;
        steps.push({ label, model: { name, hash }, items: items.length, price });
        // What the last job says is what is paid for.
        if (name !== 'ocr-recogniser') return here(job);
        return items.map((_, index) => ({ status: 'failed', index, name: 'NOT_ASKED' }) as const);
    };
    const { lines } = await readPicture({ picture, angles, execute: planning, signal });
    return lines.length === 0 ? undefined : { what, steps, picture: bytes };
}
