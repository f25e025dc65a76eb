import canonicalize from 'canonicalize';
import { bytesToUtf8, equalBytes, isWellFormed, utf8ToBytes } from './bytes';
import { JsonError } from './errors';

/*
 * Documents that are hashed travel as the canonical JSON of RFC 8785 (JCS): UTF-8, members sorted
 * by UTF-16 code units, numbers as ECMAScript writes them, no white space. One document has one
 * byte string, and so one hash.
 */

/** What JSON can hold. Members that are undefined count as absent. */
export type JsonValue =
    | null
    | boolean
    | number
    | string
    | readonly JsonValue[]
    | { readonly [member: string]: JsonValue | undefined };

/** Objects and arrays inside one another; documents of this project need far fewer. */
const MAX_DEPTH = 64;

/**
 * Encodes a value as canonical JSON.
 *
 * @throws JsonError `JSON_VALUE_UNSUPPORTED` for what JSON cannot hold: NaN, infinities, bigints,
 * undefined in arrays, functions, instances of classes, half surrogate pairs, nesting over 64.
 */
export function encodeCanonicalJson(value: unknown): Uint8Array {
    checkValue(value, '', 0);
    return utf8ToBytes(canonicalize(value) as string);
}

/**
 * Decodes canonical JSON, and only that: a document in any other form is refused, so that no two
 * byte strings mean the same document.
 *
 * @param maxBytes Largest document, in bytes.
 * @throws JsonError `JSON_TOO_LARGE`, `JSON_MALFORMED`, `JSON_NOT_CANONICAL`,
 * `JSON_VALUE_UNSUPPORTED`.
 */
export function parseCanonicalJson(bytes: Uint8Array, maxBytes: number): JsonValue {
    if (bytes.length > maxBytes) {
        throw new JsonError(
            'JSON_TOO_LARGE',
            `A document of ${bytes.length} bytes is over ${maxBytes}.`,
            'Shorten the document, or move what is large into blobs.',
        );
    }
    let value: JsonValue;
    try {
        value = JSON.parse(bytesToUtf8(bytes)) as JsonValue;
    } catch (cause) {
        throw new JsonError(
            'JSON_MALFORMED',
            'The document is not JSON in UTF-8.',
            'Check that the bytes are the document, whole and unchanged.',
            cause,
        );
    }
    if (!equalBytes(encodeCanonicalJson(value), bytes)) {
        throw new JsonError(
            'JSON_NOT_CANONICAL',
            'The document is JSON, but not in canonical form.',
            'Write it as RFC 8785 says: sorted members, no white space, no repeated members.',
        );
    }
    return value;
}

function checkValue(value: unknown, path: string, depth: number): void {
    if (depth > MAX_DEPTH) throw unsupported(path, `nesting over ${MAX_DEPTH}`);
    if (value === null || typeof value === 'boolean') return;
    if (typeof value === 'string') {
        if (!isWellFormed(value)) throw unsupported(path, 'half a surrogate pair');
        return;
    }
    if (typeof value === 'number') {
        if (!Number.isFinite(value)) throw unsupported(path, String(value));
        return;
    }
    if (typeof value !== 'object') throw unsupported(path, `a value of type ${typeof value}`);
    if (Array.isArray(value)) {
        // By index, since forEach would skip holes.
        for (let i = 0; i < value.length; i++) checkValue(value[i], join(path, i), depth + 1);
        return;
    }
    if (!isPlainObject(value)) throw unsupported(path, 'an object of a class');
    for (const [member, inner] of Object.entries(value)) {
        if (!isWellFormed(member)) throw unsupported(path, 'half a surrogate pair');
        if (inner !== undefined) checkValue(inner, join(path, member), depth + 1);
    }
}

/** Object literals of any frame or worker, and what JSON.parse makes. */
function isPlainObject(value: object): boolean {
    const prototype: unknown = Object.getPrototypeOf(value);
    const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
    // canonicalize would write what toJSON gives in place of the object.
    return plain && typeof (value as { toJSON?: unknown }).toJSON !== 'function';
}

function join(path: string, member: string | number): string {
    return path === '' ? String(member) : `${path}.${member}`;
}

function unsupported(path: string, what: string): JsonError {
    const where = path === '' ? 'The document' : `The document, at ${path},`;
    return new JsonError(
        'JSON_VALUE_UNSUPPORTED',
        `${where} has ${what}, which JSON cannot hold.`,
        'Use null, booleans, finite numbers, text, arrays and plain objects.',
    );
}
