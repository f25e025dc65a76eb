import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ZodError } from 'zod';
import {
    checkItemFits,
    decodeItem,
    encodeItem,
    isCocoonError,
    type Item,
    MAX_JOB_ITEMS,
    type TensorSpec,
} from '../../protocol';
import { UsageError } from '../terminal';
import { InputFileError, ItemLineError, systemProblem } from './errors';
import {
    type InputArgument,
    isFolder,
    matchTensors,
    namesIn,
    readInputArguments,
} from './tensor-files';
import { itemFromJson } from './tensor-json';

/** One input of a job as the user gave it. */
export interface GivenItem {
    /** Of its folder, or its number from 0. */
    readonly name: string;
    /** Canonical bytes. */
    readonly encoded: Uint8Array;
}

export interface ItemArguments {
    /** `--input`: the tensors of a single item. */
    readonly inputs: readonly InputArgument[];
    /** `--items`: a folder, or a file of JSON lines. */
    readonly items: string | undefined;
}

/**
 * Reads all items that the user named, and holds each against what the model takes.
 *
 * @throws UsageError, InputFileError, InputsMismatchError, ItemLineError, and ItemError where the
 * tensors of one item do not fit
 */
export async function readItems(
    { inputs, items }: ItemArguments,
    specs: readonly TensorSpec[],
    signal?: AbortSignal,
): Promise<GivenItem[]> {
    if (items !== undefined && inputs.length > 0) {
        throw new UsageError(
            'Give either --input or --items, not both.',
            '--input names the tensors of one item, --items a folder or file of many.',
        );
    }
    if (items === undefined) {
        const item = matchTensors(specs, await readInputArguments(inputs, signal));
        return [{ name: '0', encoded: encodeChecked(specs, item) }];
    }
    const found = (await isFolder(items))
        ? await itemsInFolder(items, specs, signal)
        : await itemsInLines(items, specs, signal);
    if (found.length > 0) return found;
    throw new InputFileError(items, 'has no items', 'Put at least one item there.');
}

/** A folder for each item; or, where there are only `.pb` files, one item. */
async function itemsInFolder(
    folder: string,
    specs: readonly TensorSpec[],
    signal?: AbortSignal,
): Promise<GivenItem[]> {
    const names = await namesIn(folder);
    const kinds = await Promise.all(names.map((name) => isFolder(join(folder, name))));
    const folders = names.filter((_, at) => kinds[at]);
    const files = names.filter((name, at) => !kinds[at] && name.endsWith('.pb'));
    if (folders.length > 0 && files.length > 0) {
        throw new InputFileError(
            folder,
            'has both folders and .pb files',
            'Give each item a folder of its own, with the .pb files of its inputs.',
        );
    }
    if (files.length > 0) return [await itemInFolder(folder, specs)];
    const items: GivenItem[] = [];
    for (const name of folders) {
        signal?.throwIfAborted();
        items.push(await itemInFolder(join(folder, name), specs));
    }
    return items;
}

async function itemInFolder(path: string, specs: readonly TensorSpec[]): Promise<GivenItem> {
    const files = await readInputArguments([{ input: undefined, path }]);
    const encoded = placed(path, () => encodeChecked(specs, matchTensors(specs, files)));
    return { name: basename(path), encoded };
}

async function itemsInLines(
    path: string,
    specs: readonly TensorSpec[],
    signal?: AbortSignal,
): Promise<GivenItem[]> {
    const items: GivenItem[] = [];
    const input = createReadStream(path, { encoding: 'utf8' });
    try {
        let line = 0;
        for await (const text of createInterface({ input, crlfDelay: Infinity })) {
            signal?.throwIfAborted();
            line += 1;
            if (text.trim() === '') continue;
            if (items.length === MAX_JOB_ITEMS) {
                const problem = `has more than ${MAX_JOB_ITEMS} items`;
                throw new InputFileError(path, problem, 'Split it over several jobs.');
            }
            const place = `${basename(path)}:${line}`;
            const item = itemInLine(text.replace(/^\uFEFF/, ''), place);
            const encoded = placed(place, () => encodeChecked(specs, item));
            items.push({ name: String(items.length), encoded });
        }
    } catch (error) {
        if (isCocoonError(error) || signal?.aborted) throw error;
        throw new InputFileError(path, systemProblem(error), undefined, error);
    } finally {
        input.destroy();
    }
    return items;
}

function itemInLine(text: string, place: string): Item {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (cause) {
        throw new ItemLineError(place, 'This is not JSON.', undefined, cause);
    }
    try {
        return itemFromJson(value);
    } catch (cause) {
        if (isCocoonError(cause)) throw new ItemLineError(place, cause.message, cause.hint, cause);
        if (!(cause instanceof ZodError)) throw cause;
        const [issue] = cause.issues;
        const where = issue === undefined ? '' : issue.path.join('.');
        const what = issue?.message ?? 'is no item';
        throw new ItemLineError(
            place,
            `${where === '' ? '' : `${where}: `}${what}.`,
            undefined,
            cause,
        );
    }
}

/** Names the place in what is thrown about one of many items. */
function placed<T>(place: string, work: () => T): T {
    try {
        return work();
    } catch (error) {
        if (!isCocoonError(error)) throw error;
        throw new ItemLineError(place, error.message, error.hint, error);
    }
}

/** The canonical bytes of an item that the model takes. */
export function encodeChecked(specs: readonly TensorSpec[], item: Item): Uint8Array {
    checkItemFits(specs, item);
    const encoded = encodeItem(item);
    // Refuses what no node would run: a dimension of 0.
    decodeItem(encoded);
    return encoded;
}
