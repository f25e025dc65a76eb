import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import {
    type CalibrationEvidence,
    CocoonError,
    type ComparisonRule,
    encodeManifest,
    type HashHex,
    isFloatDType,
    isSafePath,
    MAX_MODEL_BYTES,
    MAX_MODEL_FILES,
    MAX_TOLERANCE_OUTPUTS,
    type ModelFile,
    type ModelManifest,
    parseManifest,
    parseSource,
    type TensorSpec,
} from '../../protocol';
import { describeModel } from '../../runtime';

export interface DescribeFolderRequest {
    /** Folder with the ONNX file and all that belongs to it; hidden files are left out. */
    readonly folder: string;
    /** Name for people. */
    readonly name: string;
    /** Revision for people; `1` unless set. */
    readonly revision?: string | undefined;
    /** SPDX licence expression, such as `MIT` or `Apache-2.0`. */
    readonly licence: string | undefined;
    readonly description?: string | undefined;
    /** http or https URL. */
    readonly homepage?: string | undefined;
    /** Path of the ONNX file in the folder; needed only when there are several. */
    readonly entry?: string | undefined;
    /** Outputs that clients want, by name; all unless set. */
    readonly outputs?: readonly string[] | undefined;
    /** Places of the whole folder: URLs, or `npm:<package>@<version>[/<folder>]`. */
    readonly sources?: readonly string[] | undefined;
    /** Unless set: exact for outputs without floats, else a tolerance for each float output. */
    readonly comparison?: ComparisonRule | undefined;
    /** What the rule was found by. */
    readonly calibration?: CalibrationEvidence | undefined;
    readonly signal?: AbortSignal | undefined;
}

/** A folder from which no manifest can be made. */
export class PublishError extends CocoonError {
    override readonly name = 'PublishError';

    constructor(
        readonly code:
            | 'PUBLISH_LICENCE_MISSING'
            | 'PUBLISH_FOLDER_UNREADABLE'
            | 'PUBLISH_ENTRY_UNCLEAR'
            | 'PUBLISH_FILE_REFUSED'
            | 'PUBLISH_SOURCE_INVALID'
            | 'PUBLISH_OUTPUTS_UNCLEAR',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** 20 times the largest distance of honest runs on any processor that was measured, 1.3e-5. */
const TAU = 2.6e-4;
/** Above what outputs of real models reach, so that none of their elements saturates. */
const CLAMP = 1e6;
const FLOOR = 0.01;

/**
 * Makes the manifest of a model that lies in a folder: hashes and sizes of its files, what goes in
 * and out, and how results are compared. A model that nodes would refuse is refused here.
 *
 * @throws PublishError; ModelRefusedError with the reason; ManifestError for words or a rule that
 * a manifest cannot have; the reason of the signal
 */
export async function describeFolder(request: DescribeFolderRequest): Promise<ModelManifest> {
    const { folder, licence, signal } = request;
    if (licence === undefined || licence.trim() === '') {
        throw new PublishError(
            'PUBLISH_LICENCE_MISSING',
            'The model has no licence, so that nobody knows whether it may be run.',
            'Give its SPDX expression, such as MIT or Apache-2.0; the author of the model says it.',
        );
    }
    sourcesOf('file', request.sources ?? []);
    const paths = await pathsIn(folder);
    const entry = entryOf(paths, request.entry);
    const files: ModelFile[] = [];
    for (const path of paths) {
        signal?.throwIfAborted();
        const facts = await hashFile(join(folder, path), path, signal);
        files.push({ path, ...facts, sources: sourcesOf(path, request.sources ?? []) });
    }
    const locations = paths.map((path) => posix.relative(posix.dirname(entry), path));
    const graph = await readFile(join(folder, entry));
    const { inputs, outputs } = describeModel(graph, new Set(locations));
    const kept = keptOutputs(outputs, request.outputs);
    const { description, homepage, calibration } = request;
    return parseManifest(
        encodeManifest({
            format: 'cocoon.model/1',
            name: request.name,
            revision: request.revision ?? '1',
            licence: licence.trim(),
            ...(description !== undefined && { description }),
            ...(homepage !== undefined && { homepage }),
            files,
            entry,
            inputs,
            outputs: kept,
            comparison: request.comparison ?? defaultComparison(kept),
            ...(calibration !== undefined && { calibration }),
        }),
    );
}

/** Paths of all files below a folder, with `/` on every system, sorted. */
async function pathsIn(folder: string): Promise<string[]> {
    const paths: string[] = [];
    const walk = async (below: string): Promise<void> => {
        const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(
            (cause: unknown) => {
                const message = 'The folder of the model cannot be read.';
                const hint = 'Give a folder that holds the ONNX file.';
                throw new PublishError('PUBLISH_FOLDER_UNREADABLE', message, hint, cause);
            },
        );
        for (const found of entries) {
            if (found.name.startsWith('.')) continue;
            const path = below === '' ? found.name : `${below}/${found.name}`;
            if (!isSafePath(path)) {
                throw refused(path, 'has a name that some systems do not allow');
            }
            if (found.isDirectory()) await walk(path);
            else paths.push(path);
            if (paths.length > MAX_MODEL_FILES) {
                throw refused(path, `is more than the ${MAX_MODEL_FILES} files a model may have`);
            }
        }
    };
    await walk('');
    return paths.sort();
}

function entryOf(paths: readonly string[], wanted: string | undefined): string {
    const graphs = paths.filter((path) => path.toLowerCase().endsWith('.onnx'));
    if (wanted !== undefined) {
        if (paths.includes(wanted)) return wanted;
        const message = `The folder has no file ${JSON.stringify(wanted)}.`;
        throw entryUnclear(message, graphs);
    }
    const [entry, another] = graphs;
    if (entry === undefined) throw entryUnclear('The folder has no ONNX file.', graphs);
    if (another === undefined) return entry;
    throw entryUnclear(`The folder has ${graphs.length} ONNX files.`, graphs);
}

function entryUnclear(message: string, graphs: readonly string[]): PublishError {
    const shown = graphs.slice(0, 5).join(', ');
    const hint = shown === '' ? 'Export the model as ONNX first.' : `Name one of: ${shown}.`;
    return new PublishError('PUBLISH_ENTRY_UNCLEAR', message, hint);
}

async function hashFile(
    file: string,
    path: string,
    signal: AbortSignal | undefined,
): Promise<{ sha256: HashHex; bytes: number }> {
    const facts = await stat(file).catch((cause: unknown) => {
        throw refused(path, 'cannot be read', cause);
    });
    if (!facts.isFile()) throw refused(path, 'is no file');
    if (facts.size === 0) throw refused(path, 'is empty');
    if (facts.size > MAX_MODEL_BYTES) throw refused(path, `is over ${MAX_MODEL_BYTES} bytes`);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const part of createReadStream(file, signal && { signal })) {
        hash.update(part as Uint8Array);
        bytes += (part as Uint8Array).length;
    }
    return { sha256: hash.digest('hex') as HashHex, bytes };
}

function refused(path: string, why: string, cause?: unknown): PublishError {
    return new PublishError(
        'PUBLISH_FILE_REFUSED',
        `The file ${JSON.stringify(path)} ${why}.`,
        'Rename it, or move it out of the folder.',
        cause,
    );
}

function sourcesOf(path: string, bases: readonly string[]): string[] {
    return bases.map((base) => {
        const source = `${base.replace(/\/+$/, '')}/${path}`;
        if (parseSource(source) !== undefined && !/[?#]/.test(base)) return source;
        throw new PublishError(
            'PUBLISH_SOURCE_INVALID',
            `Files cannot be had below ${JSON.stringify(base)}.`,
            'Give an http or https URL without a query, or npm:<package>@<exact version>.',
        );
    });
}

function keptOutputs(
    outputs: readonly TensorSpec[],
    wanted: readonly string[] | undefined,
): TensorSpec[] {
    if (wanted === undefined) return [...outputs];
    const unknown = wanted.find((name) => !outputs.some((output) => output.name === name));
    if (unknown === undefined && wanted.length > 0) {
        return outputs.filter(({ name }) => wanted.includes(name));
    }
    throw outputsUnclear(
        unknown === undefined
            ? 'No output of the model is wanted.'
            : `The model has no output ${JSON.stringify(unknown)}.`,
        outputs,
    );
}

function defaultComparison(outputs: readonly TensorSpec[]): ComparisonRule {
    const floats = outputs.filter(({ dtype }) => isFloatDType(dtype));
    if (floats.length === 0) return { class: 'exact' };
    if (floats.length > MAX_TOLERANCE_OUTPUTS) {
        const message = `The model has ${floats.length} float outputs, and ${MAX_TOLERANCE_OUTPUTS}`;
        throw outputsUnclear(`${message} can be compared with a tolerance.`, outputs);
    }
    return {
        class: 'tolerance',
        outputs: floats.map(({ name }) => ({
            name,
            scale: 1,
            clamp: CLAMP,
            tau: TAU,
            floor: FLOOR,
        })),
    };
}

function outputsUnclear(message: string, outputs: readonly TensorSpec[]): PublishError {
    const names = outputs.map(({ name }) => name).join(', ');
    const hint = `Name the outputs that clients want, of: ${names.slice(0, 500)}.`;
    return new PublishError('PUBLISH_OUTPUTS_UNCLEAR', message, hint);
}
