import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/**
 * Encrypts a keystore anew under the same passphrase at a lower cost, so that each command of a
 * test need not take a second for it. In a process that no test framework slows down.
 */
export function makeKeystoreCheap(path: string, passphrase: string): void {
    const program = `
        const { Decrypter, Encrypter } = require('age-encryption');
        const { readFileSync, writeFileSync } = require('node:fs');
        const [path, passphrase] = process.argv.slice(1);
        const decrypter = new Decrypter();
        decrypter.addPassphrase(passphrase);
        const encrypter = new Encrypter();
        encrypter.setPassphrase(passphrase);
        encrypter.setScryptWorkFactor(4);
        decrypter.decrypt(readFileSync(path))
            .then((keys) => encrypter.encrypt(keys))
            .then((bytes) => writeFileSync(path, bytes));`;
    execFileSync(process.execPath, ['--eval', program, path, passphrase], { cwd: ROOT });
}
