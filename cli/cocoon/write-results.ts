import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
    elementCount,
    encodeTensor,
    isCocoonError,
    type Item,
    type Tensor,
    type TensorSpec,
} from '../../protocol';
import { UsageError } from '../terminal';
import { OutputFileError, systemProblem } from './errors';
import { parseInputArgument } from './tensor-files';
import { tensorToJson } from './tensor-json';

/** What became of one item of a job, ready to be written. */
export type WrittenItem =
    | { readonly status: 'done'; readonly name: string; readonly output: Item }
    | { readonly status: 'failed'; readonly name: string; readonly error: string };

/** Outputs with more elements are not repeated in results.jsonl, which is for reading. */
const SHOWN_ELEMENTS = 1024;

/**
 * Makes a folder for results.
 *
 * @throws OutputFileError where there is something in it already
 */
export async function makeResultsFolder(folder: string): Promise<void> {
    await writing(folder, () => mkdir(folder, { recursive: true }));
    const names = await writing(folder, () => readdir(folder));
    if (names.length === 0) return;
    throw new OutputFileError(
        folder,
        'is not empty',
        'Name an empty or new folder with --out, so that nothing is overwritten.',
    );
}

/** Writes results as they arrive, in any order. */
export interface ResultsWriter {
    /** @throws OutputFileError */
    write(index: number, item: WrittenItem): Promise<void>;
    /** Items that were written without an output. */
    readonly failed: number;
    /** Writes `results.jsonl`, once all items were written. */
    finish(): Promise<void>;
}

/**
 * Writes the results of a job: `<item>/<output>.pb` for each tensor, and `results.jsonl` with a line
 * for each item, which is written last and whole. Outputs are not kept in memory.
 */
export function createResultsWriter(folder: string): ResultsWriter {
    const lines: string[] = [];
    const failed = new Set<number>();
    return {
        get failed() {
            return failed.size;
        },
        write: async (index, item) => {
            const { name } = item;
            if (item.status === 'failed') {
                failed.add(index);
                const { status, error } = item;
                lines[index] = JSON.stringify({ index, item: name, status, error });
                return;
            }
            failed.delete(index);
            const files = fileNames([...item.output.keys()]);
            const outputs: Record<string, unknown> = {};
            for (const [output, tensor] of item.output) {
                const file = join(name, files.get(output) ?? 'output.pb');
                await writeTensor(join(folder, file), tensor, output);
                const { dtype, dims } = tensor;
                const shown = elementCount(dims) <= SHOWN_ELEMENTS;
                outputs[output] = { ...(shown ? tensorToJson(tensor) : { dtype, dims }), file };
            }
            lines[index] = JSON.stringify({ index, item: name, status: item.status, outputs });
        },
        finish: () => writeWhole(join(folder, RESULTS_FILE), `${lines.join('\n')}\n`),
    };
}

/** A line for each item; it is there once all results are. */
export const RESULTS_FILE = 'results.jsonl';

/** Where each output of a single run goes; the value of `--output`, once or several times. */
export type OutputPlaces = ReadonlyMap<string, string>;

/**
 * Reads `--output`: `name=file.pb`, a folder for all, or a file where the model has one output.
 *
 * @throws UsageError
 */
export async function outputPlaces(
    args: readonly string[],
    outputs: readonly TensorSpec[],
): Promise<OutputPlaces> {
    const places = new Map<string, string>();
    const names = outputs.map(({ name }) => name);
    for (const { input: name, path } of args.map(parseInputArgument)) {
        if (name !== undefined) {
            if (!names.includes(name)) {
                throw new UsageError(
                    `The model has no output ${JSON.stringify(name)}.`,
                    `Its outputs are ${names.map((known) => JSON.stringify(known)).join(', ')}.`,
                );
            }
            places.set(name, path);
        } else if (/[/\\]$/.test(path) || (await isExistingFolder(path))) {
            const files = fileNames(names);
            for (const [output, file] of files) places.set(output, join(path, file));
        } else if (names.length === 1) {
            places.set(names[0] as string, path);
        } else {
            throw new UsageError(
                `The model has ${names.length} outputs, and ${path} is one file.`,
                `Name a folder with a slash at its end, or one output, such as --output ${names[0]}=${path}.`,
            );
        }
    }
    return places;
}

/** @throws OutputFileError */
export async function writeTensor(path: string, tensor: Tensor, name: string): Promise<void> {
    await writing(dirname(path), () => mkdir(dirname(path), { recursive: true }));
    await writeWhole(path, encodeTensor(tensor, name));
}

/** Writes a file so that nobody ever sees a part of it under its name. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
    const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
    await writing(path, async () => {
        await writeFile(partial, content);
        await rename(partial, path);
    });
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        if (isCocoonError(error)) throw error;
        throw new OutputFileError(path, systemProblem(error), undefined, error);
    }
}

async function isExistingFolder(path: string): Promise<boolean> {
    try {
        return (await stat(path)).isDirectory();
    } catch {
        return false;
    }
}

/** A file name for each tensor: models also use slashes and colons in names. */
function fileNames(names: readonly string[]): Map<string, string> {
    const taken = new Set<string>();
    return new Map(
        names.map((name) => {
            const safe = name.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[._]+/, '') || 'output';
            let file = safe.slice(0, 100);
            for (let at = 2; taken.has(file.toLowerCase()); at++)
                file = `${safe.slice(0, 100)}-${at}`;
            taken.add(file.toLowerCase());
            return [name, `${file}.pb`];
        }),
    );
}
