import { CocoonError } from '../../protocol';

/** Keys cannot be read from, or written to, their place. */
export class KeystoreError extends CocoonError {
    override readonly name = 'KeystoreError';

    constructor(
        readonly code:
            | 'KEYSTORE_MISSING'
            | 'KEYSTORE_EXISTS'
            /** Others on this machine can read it. */
            | 'KEYSTORE_EXPOSED'
            /** Truncated, changed, or no age file at all. */
            | 'KEYSTORE_DAMAGED'
            /** Another kind of content than what is looked for. */
            | 'KEYSTORE_KIND'
            | 'PASSPHRASE_WRONG'
            | 'MNEMONIC_WRONG',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}

/** There is no passphrase, or one that protects nothing. */
export class PassphraseError extends CocoonError {
    override readonly name = 'PassphraseError';

    constructor(
        readonly code: 'PASSPHRASE_MISSING' | 'PASSPHRASE_WEAK' | 'PASSPHRASE_UNREADABLE',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}
