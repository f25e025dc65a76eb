import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Picture } from '../../tasks';
import { decodePicture } from '../../tasks/node';

/** The picture that the demo reads, a photographed receipt. */
export interface DemoPicture {
    /** Path below the project. */
    readonly file: string;
    readonly picture: Picture;
    /** What it says, as it was written. */
    readonly written: string;
}

const FOLDER = join('examples', 'ocr');
const FILE = 'receipt.jpg';

/** @throws Error where the examples of the project are not there */
export async function loadPicture(): Promise<DemoPicture> {
    const folder = findExamples(__dirname);
    const picture = await decodePicture(await readFile(join(folder, FILE)));
    const written = (await readFile(join(folder, 'receipt.txt'), 'utf8')).trimEnd();
    return { file: join(FOLDER, FILE), picture, written };
}

/** Looks upwards, since sources and their compiled form stand at different depths. */
function findExamples(from: string): string {
    const folder = join(from, FOLDER);
    if (existsSync(join(folder, FILE))) return folder;
    if (dirname(from) === from) throw new Error(`The file ${join(FOLDER, FILE)} is missing.`);
    return findExamples(dirname(from));
}
