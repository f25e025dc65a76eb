import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
    decodeTensorProto,
    isCocoonError,
    type Item,
    MAX_ITEM_BYTES,
    type Tensor,
    type TensorSpec,
} from '../../protocol';
import { InputFileError, InputsMismatchError, systemProblem } from './errors';

/** A tensor read from a file, and what says which input it is for. */
export interface TensorFile {
    readonly path: string;
    /** The input that the user named; undefined: the file decides. */
    readonly input: string | undefined;
    /** The name inside the file; empty where it has none. */
    readonly name: string;
    readonly tensor: Tensor;
}

/** `--input` as it was typed: `file.pb`, `name=file.pb`, or a folder of a test data set. */
export interface InputArgument {
    readonly input: string | undefined;
    readonly path: string;
}

/** Splits `name=path`; a path that begins with its folder has no name. */
export function parseInputArgument(text: string): InputArgument {
    const [, input, path] = /^([^=/\\]+)=(.+)$/s.exec(text) ?? [];
    return path === undefined ? { input: undefined, path: text } : { input, path };
}

/**
 * Reads ONNX `TensorProto` files. Of a folder, as the conformance tests of ONNX have them, all
 * `input_<n>.pb` are read, or all `.pb` files where none is called so.
 *
 * @throws InputFileError, TensorError
 */
export async function readInputArguments(
    args: readonly InputArgument[],
    signal?: AbortSignal,
): Promise<TensorFile[]> {
    const files: TensorFile[] = [];
    for (const { input, path } of args) {
        signal?.throwIfAborted();
        if (input === undefined && (await isFolder(path))) {
            for (const found of await tensorFilesIn(path, 'input')) {
                files.push(await readTensorFile(found));
            }
        } else {
            files.push(await readTensorFile(path, input));
        }
    }
    return files;
}

/** @throws InputFileError where there is nothing at the path, or it may not be read */
export async function isFolder(path: string): Promise<boolean> {
    try {
        return (await stat(path)).isDirectory();
    } catch (error) {
        throw new InputFileError(path, systemProblem(error), undefined, error);
    }
}

/**
 * Paths of the tensors of one item in a folder, in order: `<kind>_0.pb`, `<kind>_1.pb`…, or all
 * `.pb` files where none is called so.
 *
 * @throws InputFileError
 */
export async function tensorFilesIn(folder: string, kind: 'input' | 'output'): Promise<string[]> {
    const names = (await namesIn(folder)).filter((name) => name.endsWith('.pb'));
    const numbered = names.filter((name) => positionOf(name, kind) !== undefined);
    const chosen = numbered.length > 0 || kind === 'output' ? numbered : names;
    if (chosen.length > 0) return chosen.map((name) => join(folder, name));
    throw new InputFileError(
        folder,
        `has no file ${kind}_0.pb`,
        'Put one ONNX TensorProto file for each tensor into it.',
    );
}

/** What is in a folder, in the order in which people count: `item2` before `item10`. */
export async function namesIn(folder: string): Promise<string[]> {
    try {
        const names = await readdir(folder);
        const order = new Intl.Collator('en', { numeric: true }).compare;
        return names.filter((name) => !name.startsWith('.')).sort(order);
    } catch (error) {
        throw new InputFileError(folder, systemProblem(error), undefined, error);
    }
}

/**
 * Reads one ONNX `TensorProto` file, of any tool.
 *
 * @throws InputFileError
 */
export async function readTensorFile(path: string, input?: string): Promise<TensorFile> {
    const bytes = await readSmallFile(path, MAX_ITEM_BYTES);
    try {
        return { path, input, ...decodeTensorProto(bytes) };
    } catch (error) {
        if (!isCocoonError(error)) throw error;
        const problem = `is no tensor that can be used: ${error.message.replace(/\.$/, '')}`;
        throw new InputFileError(path, problem, error.hint, error);
    }
}

/**
 * The bytes of a file that has to fit in memory.
 *
 * @throws InputFileError
 */
export async function readSmallFile(path: string, maxBytes: number): Promise<Uint8Array> {
    try {
        const facts = await stat(path);
        if (!facts.isDirectory() && !facts.isFile()) {
            throw new InputFileError(path, 'is neither a file nor a folder');
        }
        if (facts.size > maxBytes) {
            const problem = `has ${facts.size} bytes, more than the ${maxBytes} that are allowed`;
            throw new InputFileError(path, problem, 'Check that it is the right file.');
        }
        return await readFile(path);
    } catch (error) {
        if (isCocoonError(error)) throw error;
        throw new InputFileError(path, systemProblem(error), undefined, error);
    }
}

/** The number in `input_3.pb`. */
function positionOf(path: string, kind: 'input' | 'output'): number | undefined {
    const number = new RegExp(`^${kind}_(\\d{1,4})\\.pb$`).exec(basename(path))?.[1];
    return number === undefined ? undefined : Number(number);
}

/**
 * Which tensor is for which of the model's inputs (or outputs). The name that the user gave
 * decides; then the name inside the file; then the number in the name of the file, as the
 * conformance tests of ONNX count; and at last, what remains is for what remains, if both are one.
 *
 * @throws InputsMismatchError
 */
export function matchTensors(
    specs: readonly TensorSpec[],
    files: readonly TensorFile[],
    kind: 'input' | 'output' = 'input',
): Item {
    const item = new Map<string, Tensor>();
    const known = new Map(specs.map((spec) => [spec.name, spec]));
    const names = specs.map(({ name }) => JSON.stringify(name)).join(', ');
    const put = (name: string, file: TensorFile) => {
        if (item.has(name)) {
            throw new InputsMismatchError(
                `The ${kind} ${JSON.stringify(name)} is given twice, the second time by ${file.path}.`,
                `Give each ${kind} once, as name=file.pb where the files do not say it.`,
            );
        }
        item.set(name, file.tensor);
    };
    const later: TensorFile[] = [];
    for (const file of files) {
        const name = file.input ?? (known.has(file.name) ? file.name : undefined);
        if (name === undefined) later.push(file);
        else if (known.has(name)) put(name, file);
        else {
            throw new InputsMismatchError(
                `The model has no ${kind} ${JSON.stringify(name)}.`,
                `Its ${kind}s are ${names}.`,
            );
        }
    }
    for (const file of later) {
        const left = specs.filter(({ name }) => !item.has(name));
        const position = positionOf(file.path, kind);
        const named = position === undefined ? undefined : specs[position]?.name;
        const only = later.length === 1 && left.length === 1 ? left[0]?.name : undefined;
        const name = named ?? only;
        if (name === undefined) {
            const inside =
                file.name === '' ? 'has no name' : `is called ${JSON.stringify(file.name)}`;
            throw new InputsMismatchError(
                `The tensor in ${file.path} ${inside}, which is no ${kind} of the model.`,
                `Say which one it is with name=${file.path}. The model's ${kind}s are ${names}.`,
            );
        }
        put(name, file);
    }
    const missing = specs.filter(({ name }) => !item.has(name));
    if (missing.length > 0 && kind === 'input') {
        const list = missing.map(specInWords).join(', ');
        throw new InputsMismatchError(
            `The model also takes ${list}, and nothing was given for it.`,
            'Add --input name=file.pb for each.',
        );
    }
    return item;
}

/** `"x" float32 [1, 3, height]`. */
export function specInWords({ name, dtype, shape }: TensorSpec): string {
    return `${JSON.stringify(name)} ${dtype} [${shape.join(', ')}]`;
}
