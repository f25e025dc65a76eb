import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CATALOGUE, type CatalogueModel } from '../../models';
import { describeFolder } from '../../models/node';
import {
    bytesToUtf8,
    type CalibrationEvidence,
    type ComparisonRule,
    encodeManifest,
    equalBytes,
    type HashHex,
    hashToHex,
    MAX_MANIFEST_BYTES,
    type ModelManifest,
    parseManifest,
    sha256,
} from '../../protocol';
import type { ModelSignature, ModelSource } from '../../runtime';
import type { Config } from '../config';
import { type CommandContext, UsageError } from '../terminal';
import { canonicalManifest } from './canonical-manifest';
import { openModelFile } from './model-file';
import { type ModelShelf, openModelShelf } from './model-shelf';
import { isModelPath, runnable } from './open-model';
import { publishModel } from './publish';
import { readSmallFile } from './tensor-files';
import { writeWhole } from './write-results';

/** What a user says about a folder or file that has no manifest. */
export interface CalibratedWords {
    readonly licence?: string;
    readonly name?: string;
    readonly entry?: string;
    readonly keepOutput?: readonly string[];
    readonly write?: true;
}

/** A rule, and what it was found by. */
export interface FoundRule {
    readonly rule: ComparisonRule;
    readonly evidence: CalibrationEvidence;
}

/** A model that can be calibrated. */
export interface Calibrated {
    readonly name: string;
    /** Undefined for what has no manifest. */
    readonly hash: HashHex | undefined;
    readonly source: ModelSource;
    readonly signature: ModelSignature;
    /**
     * Puts a rule with its evidence into the manifest.
     *
     * @returns a sentence that says where it is
     */
    write(found: FoundRule): Promise<string>;
}

/**
 * Opens what a user wants to calibrate: a model by name or hash, a manifest file, a folder, or an ONNX
 * file.
 *
 * @throws UsageError where `--write` has nowhere to go; InputFileError, ModelRefusedError,
 * ModelNotFoundError, ModelFileUnavailableError, PublishError
 */
export async function openCalibrated(
    target: string,
    words: CalibratedWords,
    config: Config,
    context: CommandContext,
): Promise<Calibrated> {
    const shelf = await openModelShelf(config, context);
    const kind = await kindOf(target);
    switch (kind) {
        case 'manifest':
            return manifestFile(target, shelf);
        case 'folder':
        case 'onnx':
            return unpublished(target, kind, words, shelf);
        case 'name':
            return namedModel(target, words, shelf);
    }
}

type Kind = 'manifest' | 'folder' | 'onnx' | 'name';

async function kindOf(target: string): Promise<Kind> {
    const facts = await stat(target).catch(() => undefined);
    if (facts?.isDirectory()) return 'folder';
    if (facts?.isFile() && /\.json$/i.test(target)) return 'manifest';
    return (await isModelPath(target)) ? 'onnx' : 'name';
}

function withRule(manifest: ModelManifest, { rule, evidence }: FoundRule): Uint8Array {
    return encodeManifest({ ...manifest, comparison: rule, calibration: evidence });
}

async function manifestFile(path: string, shelf: ModelShelf): Promise<Calibrated> {
    const given = await readSmallFile(path, MAX_MANIFEST_BYTES);
    const bytes = canonicalManifest(given, path);
    const manifest = parseManifest(bytes);
    const hash = hashToHex(sha256(bytes));
    const opened = runnable(await shelf.obtain({ name: manifest.name, hash, manifest }));
    return {
        ...opened,
        write: async (found) => {
            const written = withRule(manifest, found);
            await writeWhole(path, equalBytes(given, bytes) ? written : laidOut(given, found));
            return `The rule is in ${path}, whose hash is now ${hashToHex(sha256(written))}.`;
        },
    };
}

/** A manifest that was laid out for reading stays so, with its members in their order. */
function laidOut(given: Uint8Array, { rule, evidence }: FoundRule): string {
    const manifest = JSON.parse(bytesToUtf8(given)) as ModelManifest;
    const calibrated = { ...manifest, comparison: rule, calibration: evidence };
    return `${JSON.stringify(calibrated, null, 2)}\n`;
}

async function namedModel(
    asked: string,
    { write }: CalibratedWords,
    shelf: ModelShelf,
): Promise<Calibrated> {
    const model = await shelf.find(asked);
    if (write && isOfCatalogue(model)) {
        throw new UsageError(
            `${model.name} comes with the program, and its manifest is not changed.`,
            'Leave --write out, or calibrate a copy of its manifest.',
        );
    }
    const opened = runnable(await shelf.obtain(model));
    return {
        ...opened,
        write: async (found) => {
            const { hash, name } = await shelf.library.add(withRule(model.manifest, found));
            if (hash !== model.hash) await shelf.library.remove(model.hash);
            return `The rule is in the manifest of ${name}, whose hash is now ${hash}.`;
        },
    };
}

function isOfCatalogue({ hash }: CatalogueModel): boolean {
    return CATALOGUE.some((model) => model.hash === hash);
}

async function unpublished(
    path: string,
    kind: 'folder' | 'onnx',
    words: CalibratedWords,
    shelf: ModelShelf,
): Promise<Calibrated> {
    if (words.write && words.licence === undefined) {
        throw new UsageError(
            'A manifest needs a licence, so that others know whether they may run the model.',
            'Add --licence, such as MIT or Apache-2.0.',
        );
    }
    const opened = await (kind === 'onnx' ? openFile(path, words) : openFolder(path, words));
    return {
        ...opened,
        hash: undefined,
        write: async ({ rule, evidence }) => {
            const { licence, name, entry, keepOutput } = words;
            const rules = { comparison: rule, calibration: evidence };
            const published = await publishModel(
                shelf,
                path,
                {
                    ...(licence !== undefined && { licence }),
                    ...(name !== undefined && { name }),
                    ...(entry !== undefined && { entry }),
                    ...(keepOutput !== undefined && { keepOutput }),
                },
                rules,
            );
            return `${published.name} is one of your models now, with the hash ${published.hash}.`;
        },
    };
}

type Opened = Pick<Calibrated, 'name' | 'source' | 'signature'>;

async function openFile(path: string, { keepOutput }: CalibratedWords): Promise<Opened> {
    const { name, source, signature } = await openModelFile(path);
    if (keepOutput === undefined) return { name, source, signature };
    const outputs = signature.outputs.filter((output) => keepOutput.includes(output.name));
    const unknown = keepOutput.find((kept) => !outputs.some((output) => output.name === kept));
    if (unknown !== undefined) {
        throw new UsageError(
            `The model has no output ${JSON.stringify(unknown)}.`,
            `Its outputs are ${signature.outputs.map((output) => output.name).join(', ')}.`,
        );
    }
    const kept = { inputs: signature.inputs, outputs };
    if ('manifest' in source) {
        const manifest = { ...source.manifest, ...kept };
        return { name, source: { ...source, manifest }, signature: kept };
    }
    const { bytes } = source;
    const file = { path: 'model.onnx', sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
    const manifest = { files: [{ ...file, sources: [] }], entry: file.path, ...kept };
    return { name, source: { manifest, locate: () => resolve(path) }, signature: kept };
}

async function openFolder(folder: string, words: CalibratedWords): Promise<Opened> {
    const { entry, keepOutput, name = basename(resolve(folder)) } = words;
    const manifest = await describeFolder({
        folder,
        name,
        // Nothing is written without a licence of the user's own.
        licence: words.licence ?? 'LicenseRef-unknown',
        entry,
        outputs: keepOutput,
        // The rule is what is looked for; that of `describeFolder` refuses models that this explains.
        comparison: { class: 'exact' },
    });
    const locate = ({ path }: { readonly path: string }) => join(folder, path);
    return { name, source: { manifest, locate }, signature: manifest };
}
