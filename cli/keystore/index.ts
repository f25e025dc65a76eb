/**
 * Keys, encrypted at rest in the age format with a passphrase: files of mode 600 in folders of mode
 * 700, written whole or not at all, never overwritten, never printed.
 */

export { decryptWithPassphrase, encryptWithPassphrase } from './age-file';
export { KeystoreError, PassphraseError } from './errors';
export {
    newMnemonic,
    newProviderKeys,
    nodeKeyPair,
    parseMnemonic,
    type ClientKeys,
    type Keys,
    type Mnemonic,
    type Owner,
    type ProviderKeys,
} from './keys';
export { createKeystore, hasKeystore, openKeystore, type KeystoreOptions } from './keystore';
export { askPassphrase, weaknessOf, type PassphraseRequest } from './passphrase';
export {
    assertPrivate,
    makePrivate,
    makePrivateFolder,
    readPrivateFile,
    writePrivateFile,
} from './private-file';
export { Secret } from './secret';
