import * as z from 'zod';
import { isWellFormed, utf8ToBytes } from './bytes';
import { encodeCanonicalJson, parseCanonicalJson } from './canonical-json';
import { isCocoonError, type SchemaIssue } from './errors';
import { isHashHex, type HashHex } from './hash';
import { MAX_NAME_BYTES } from './limits';

/** A hash in its written form. */
export const hashHexSchema = z.custom<HashHex>(
    (value) => typeof value === 'string' && isHashHex(value),
    'has to be 64 lowercase hexadecimal digits',
);

/** Name of a tensor: 1 to 512 bytes of UTF-8. */
export const tensorNameSchema = z
    .string()
    .refine(
        (name) => name !== '' && isWellFormed(name) && utf8ToBytes(name).length <= MAX_NAME_BYTES,
        `has to be 1 to ${MAX_NAME_BYTES} bytes of UTF-8`,
    );

/** Text for people: no control characters, and none that reorder what is shown. */
export function shownText(maxLength: number): z.ZodString {
    return z
        .string()
        .min(1)
        .max(maxLength)
        .regex(/^[^\p{C}]*$/u, 'has to be printable text')
        .regex(/^\S(?:.*\S)?$/su, 'has to begin and end without white space');
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): z.ZodNumber {
    return z.number().int().min(min).max(max);
}

/** Whether no two entries have the same key. */
export function areUnique<T>(entries: readonly T[], key: (entry: T) => string): boolean {
    return new Set(entries.map(key)).size === entries.length;
}

/** How an error of a document's kind is made from the places that are wrong. */
export type DocumentError = (issues: readonly SchemaIssue[], cause?: unknown) => Error;

/** Takes a value as a document of a schema, or throws the error of its kind. */
export function checkedDocument<T>(schema: z.ZodType<T>, value: unknown, error: DocumentError): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issues = parsed.error.issues.map(({ path, message }) => {
        return { path: path.map(String).join('.'), message };
    });
    throw error(issues, parsed.error);
}

/** Canonical JSON of a document, or the error of its kind when it is wrong or too large. */
export function encodeDocument<T>(
    schema: z.ZodType<T>,
    document: T,
    maxBytes: number,
    error: DocumentError,
): Uint8Array {
    const checked = checkedDocument(schema, document, error);
    const bytes = asDocumentError(() => encodeCanonicalJson(checked), error);
    if (bytes.length <= maxBytes) return bytes;
    throw error([{ path: '', message: `${bytes.length} bytes are over ${maxBytes}` }]);
}

/** The document of canonical JSON, or the error of its kind. */
export function parseDocument<T>(
    schema: z.ZodType<T>,
    bytes: Uint8Array,
    maxBytes: number,
    error: DocumentError,
): T {
    const value = asDocumentError(() => parseCanonicalJson(bytes, maxBytes), error);
    return checkedDocument(schema, value, error);
}

function asDocumentError<T>(run: () => T, error: DocumentError): T {
    try {
        return run();
    } catch (cause) {
        if (!isCocoonError(cause)) throw cause;
        throw error([{ path: '', message: cause.message.replace(/\.$/, '') }], cause);
    }
}
