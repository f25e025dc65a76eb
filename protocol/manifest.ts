import * as z from 'zod';
import { type CalibrationEvidence, calibrationEvidenceSchema } from './calibration-evidence';
import { comparisonRuleSchema, type ComparisonRule } from './comparison';
import { isFloatDType } from './dtype';
import { ManifestError, type SchemaIssue } from './errors';
import { sha256, type Hash, type HashHex } from './hash';
import { MAX_MANIFEST_BYTES, MAX_MODEL_BYTES, MAX_MODEL_FILES, MAX_SOURCES } from './limits';
import {
    areUnique,
    encodeDocument,
    hashHexSchema,
    parseDocument,
    shownText,
    wholeNumber,
} from './schema';
import { tensorSpecsSchema, type TensorSpec } from './signature';
import { isHttpUrl, isSafePath, parseSource } from './source';

/** One file of a model. */
export interface ModelFile {
    /** Relative path below the model's folder; see `isSafePath`. */
    readonly path: string;
    readonly sha256: HashHex;
    /** Size of the file. */
    readonly bytes: number;
    /** Where the file can be had, best first; see `parseSource`. Nodes also ask one another. */
    readonly sources: readonly string[];
}

/**
 * What a model is. Its canonical JSON is hashed with SHA-256, and that hash is the identity of the
 * model: it fixes every byte of the weights, what goes in and out, and how results are compared.
 */
export interface ModelManifest {
    readonly format: 'cocoon.model/1';
    /** Name for people; it identifies nothing. */
    readonly name: string;
    /** Revision for people, as the model's author counts. */
    readonly revision: string;
    /** SPDX licence expression, such as `MIT` or `Apache-2.0 OR MIT`. */
    readonly licence: string;
    readonly description?: string;
    /** http or https URL of the model's page. */
    readonly homepage?: string;
    readonly files: readonly ModelFile[];
    /** Path of the ONNX file that is loaded; it may refer to the others. */
    readonly entry: string;
    readonly inputs: readonly TensorSpec[];
    readonly outputs: readonly TensorSpec[];
    /** Used by every job that does not name a rule of its own. */
    readonly comparison: ComparisonRule;
    /** What the rule was found by. */
    readonly calibration?: CalibrationEvidence;
}

const SPDX =
    /^\(*[A-Za-z0-9][A-Za-z0-9.+:-]*\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9][A-Za-z0-9.+:-]*\)*)*$/;

const pathSchema = z.string().refine(isSafePath, 'has to be a safe relative path');

const fileSchema = z.strictObject({
    path: pathSchema,
    sha256: hashHexSchema,
    bytes: wholeNumber(1, MAX_MODEL_BYTES),
    sources: z
        .array(
            z
                .string()
                .refine(
                    (text) => parseSource(text) !== undefined,
                    'has to be an http or https URL, /…/p2p/<peer id>, or npm:<package>@<version>/<path>',
                ),
        )
        .max(MAX_SOURCES),
});

/** Whether the paths can stand side by side in one folder, also where case does not count. */
function canCoexist(files: readonly ModelFile[]): boolean {
    const paths = files.map(({ path }) => path.toLowerCase());
    const folders = new Set(
        paths.flatMap((path) => {
            const segments = path.split('/');
            return segments.slice(1).map((_, i) => segments.slice(0, i + 1).join('/'));
        }),
    );
    return areUnique(paths, (path) => path) && !paths.some((path) => folders.has(path));
}

const manifestSchema: z.ZodType<ModelManifest> = z
    .strictObject({
        format: z.literal('cocoon.model/1'),
        name: shownText(128),
        revision: shownText(64),
        licence: z.string().max(200).regex(SPDX, 'has to be an SPDX licence expression'),
        description: shownText(2000).exactOptional(),
        homepage: z.string().refine(isHttpUrl, 'has to be an http or https URL').exactOptional(),
        files: z
            .array(fileSchema)
            .min(1)
            .max(MAX_MODEL_FILES)
            .refine(canCoexist, 'has paths that cannot stand in one folder')
            .refine(
                (files) => files.reduce((sum, { bytes }) => sum + bytes, 0) <= MAX_MODEL_BYTES,
                `is over ${MAX_MODEL_BYTES} bytes in all`,
            ),
        entry: pathSchema,
        inputs: tensorSpecsSchema,
        outputs: tensorSpecsSchema,
        comparison: comparisonRuleSchema,
        calibration: calibrationEvidenceSchema.exactOptional(),
    })
    .superRefine((manifest, context) => {
        if (!manifest.files.some(({ path }) => path === manifest.entry)) {
            const message = 'has to be the path of one of the files';
            context.addIssue({ code: 'custom', path: ['entry'], message });
        }
        for (const { path, message } of comparisonIssues(manifest.comparison, manifest.outputs)) {
            context.addIssue({ code: 'custom', path: path.split('.'), message });
        }
    });

/** What is wrong with a comparison rule for a model with these outputs. */
export function comparisonIssues(
    rule: ComparisonRule,
    outputs: readonly TensorSpec[],
): SchemaIssue[] {
    if (rule.class === 'exact') return [];
    return rule.outputs.flatMap(({ name }, index) => {
        const path = `comparison.outputs.${index}.name`;
        const output = outputs.find((spec) => spec.name === name);
        if (output === undefined) return [{ path, message: 'is not an output of the model' }];
        if (isFloatDType(output.dtype)) return [];
        return [{ path, message: `is ${output.dtype}; only float outputs have a tolerance` }];
    });
}

function manifestError(issues: readonly SchemaIssue[], cause?: unknown): ManifestError {
    return new ManifestError(issues, cause);
}

/**
 * Encodes a manifest as canonical JSON.
 *
 * @throws ManifestError `MANIFEST_INVALID`, also over 256 KiB.
 */
export function encodeManifest(manifest: ModelManifest): Uint8Array {
    return encodeDocument(manifestSchema, manifest, MAX_MANIFEST_BYTES, manifestError);
}

/**
 * Decodes a manifest. What it gives encodes to the same bytes again, so that its hash is the hash
 * of the bytes.
 *
 * @throws ManifestError `MANIFEST_INVALID`, also for JSON that is not canonical.
 */
export function parseManifest(bytes: Uint8Array): ModelManifest {
    return parseDocument(manifestSchema, bytes, MAX_MANIFEST_BYTES, manifestError);
}

/**
 * Identity of a model: the SHA-256 of its encoded manifest.
 *
 * @throws ManifestError `MANIFEST_INVALID`.
 */
export function manifestHash(manifest: ModelManifest): Hash {
    return sha256(encodeManifest(manifest));
}
