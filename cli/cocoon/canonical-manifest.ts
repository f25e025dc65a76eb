import { encodeCanonicalJson, parseManifest } from '../../protocol';
import { InputFileError } from './errors';

/**
 * The canonical bytes of a manifest. Manifests are hashed in one form; one that was laid out for
 * reading has the same content.
 *
 * @param place - path or URL, for the message
 * @throws InputFileError for what is no JSON; ManifestError for what is no manifest
 */
export function canonicalManifest(bytes: Uint8Array, place: string): Uint8Array {
    let value: unknown;
    try {
        value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (cause) {
        const hint = 'Give the manifest that "cocoon publish" wrote.';
        throw new InputFileError(place, 'is no JSON', hint, cause);
    }
    const encoded = encodeCanonicalJson(value);
    parseManifest(encoded);
    return encoded;
}
