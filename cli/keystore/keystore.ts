import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { decryptWithPassphrase, encryptWithPassphrase } from './age-file';
import { KeystoreError } from './errors';
import { decodeKeys, encodeKeys, type Keys } from './keys';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from './private-file';
import type { Secret } from './secret';

export interface KeystoreOptions {
    /** For tests: a lower cost of guessing, as a power of two. */
    readonly workFactor?: number;
}

export function hasKeystore(path: string): boolean {
    return existsSync(path);
}

/**
 * Keeps keys encrypted in a new file, which `age --decrypt` opens too.
 *
 * @throws KeystoreError `KEYSTORE_EXISTS`: there is such a file, which is left alone
 */
export async function createKeystore(
    path: string,
    keys: Keys,
    passphrase: Secret,
    { workFactor }: KeystoreOptions = {},
): Promise<void> {
    await makePrivateFolder(dirname(path));
    const text = new TextEncoder().encode(encodeKeys(keys));
    await writePrivateFile(path, await encryptWithPassphrase(text, passphrase, workFactor));
}

/**
 * Opens a keystore of the given kind.
 *
 * @throws KeystoreError
 */
export async function openKeystore<K extends Keys['kind']>(
    path: string,
    kind: K,
    passphrase: Secret,
): Promise<Extract<Keys, { readonly kind: K }>> {
    const bytes = await readPrivateFile(path);
    if (bytes === undefined) {
        throw new KeystoreError(
            'KEYSTORE_MISSING',
            `There are no keys in ${path}.`,
            `Run "${kind === 'provider' ? 'cocoon-provider' : 'cocoon'} init" first, or set COCOON_HOME.`,
        );
    }
    const text = new TextDecoder().decode(await decryptWithPassphrase(bytes, passphrase, path));
    const keys = decodeKeys(text, path);
    if (keys.kind === kind) return keys as Extract<Keys, { readonly kind: K }>;
    throw new KeystoreError(
        'KEYSTORE_KIND',
        `${path} holds the keys of a ${keys.kind}, not of a ${kind}.`,
        'Put each keystore where it was.',
    );
}
