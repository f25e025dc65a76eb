import { Decrypter, Encrypter } from 'age-encryption';
import { KeystoreError } from './errors';
import type { Secret } from './secret';

/** Cost of each guess of a passphrase, as a power of two; what the age tool uses too. */
const WORK_FACTOR = 18;

/**
 * Encrypts bytes with a passphrase in the age format (https://age-encryption.org/v1), so that
 * `age --decrypt` opens them too.
 *
 * @param workFactor - lower only where no secret is at stake
 */
export async function encryptWithPassphrase(
    bytes: Uint8Array,
    passphrase: Secret,
    workFactor = WORK_FACTOR,
): Promise<Uint8Array> {
    const encrypter = new Encrypter();
    encrypter.setPassphrase(passphrase.reveal());
    encrypter.setScryptWorkFactor(workFactor);
    return encrypter.encrypt(bytes);
}

/**
 * Opens what `encryptWithPassphrase` made.
 *
 * @param path - for messages
 * @throws KeystoreError `PASSPHRASE_WRONG`, `KEYSTORE_DAMAGED`
 */
export async function decryptWithPassphrase(
    bytes: Uint8Array,
    passphrase: Secret,
    path: string,
): Promise<Uint8Array> {
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase.reveal());
    try {
        return await decrypter.decrypt(bytes);
    } catch (error) {
        const message = error instanceof Error ? error.message : '';
        if (/no identity matched/.test(message)) {
            throw new KeystoreError(
                'PASSPHRASE_WRONG',
                `The passphrase does not open ${path}.`,
                'Try again; nobody can recover a forgotten passphrase.',
            );
        }
        throw new KeystoreError(
            'KEYSTORE_DAMAGED',
            `${path} is damaged: it was cut off or changed, or is no age file with a passphrase.`,
            'Restore it from a backup.',
            error,
        );
    }
}
