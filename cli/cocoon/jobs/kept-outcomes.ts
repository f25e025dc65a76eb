import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
    decodeBatch,
    decodeOutputItem,
    encodeBatch,
    encodeItem,
    isCocoonError,
    type Item,
} from '../../../protocol';
import type { TaskOutcome } from '../../../tasks';
import { writeWhole } from '../write-results';

/** Outcomes of a step of a task, for the case that a later step is done another day. */
export async function keepOutcomes(
    folder: string,
    outcomes: readonly TaskOutcome[],
): Promise<void> {
    const outputs = outcomes.flatMap((outcome) =>
        outcome.status === 'done' ? [encodeItem(outcome.output)] : [],
    );
    await writeFile(join(folder, 'outcomes.batch'), encodeBatch(outputs));
    const failures = outcomes.map((outcome) => (outcome.status === 'done' ? null : outcome.name));
    await writeWhole(join(folder, 'outcomes.json'), JSON.stringify(failures));
}

/** Undefined where there are none, or they are damaged. */
export async function readOutcomes(folder: string): Promise<TaskOutcome[] | undefined> {
    const path = join(folder, 'outcomes.json');
    if (!existsSync(path)) return undefined;
    try {
        const failures = JSON.parse(readFileSync(path, 'utf8')) as (string | null)[];
        const outputs = decodeBatch(await readFile(join(folder, 'outcomes.batch')));
        let next = 0;
        return failures.map((name, index): TaskOutcome => {
            if (name !== null) return { status: 'failed', index, name };
            const output: Item = decodeOutputItem(outputs[next++] ?? new Uint8Array());
            return { status: 'done', index, output };
        });
    } catch (error) {
        // Damaged: the node, or the store of outputs, has them once more.
        if (isCocoonError(error) || error instanceof SyntaxError) return undefined;
        throw error;
    }
}
