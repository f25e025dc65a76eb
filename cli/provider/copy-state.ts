import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from './errors';

/**
 * Copies an LMDB environment as of one moment, also while a node writes to it: LMDB keeps what a
 * reader sees. Damage makes LMDB end its process, which therefore is a child.
 */
const PROGRAM = `
const [, from, to, lmdb] = process.argv;
const root = require(lmdb).open({ path: from, readOnly: true, maxDbs: 16, noSubdir: false });
root.backup(to, true).then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });
`;
const TIMEOUT_MS = 120_000;

/**
 * Copies the database of a node into a folder that is there.
 *
 * @returns whether there is one
 * @throws BackupError `BACKUP_DAMAGED` where it cannot be read
 */
export async function copyState(from: string, to: string): Promise<boolean> {
    if (!existsSync(join(from, 'data.mdb'))) return false;
    const args = ['--eval', PROGRAM, from, to, require.resolve('lmdb')];
    await new Promise<void>((resolve, reject) => {
        const options = { env: {}, timeout: TIMEOUT_MS };
        execFile(process.execPath, args, options, (error, _output, complaint) => {
            if (error === null) return resolve();
            reject(
                new BackupError(
                    'BACKUP_DAMAGED',
                    `The state in ${from} cannot be copied: ${complaint.trim().slice(0, 200)}`,
                    'Start the node to see what is wrong with it.',
                    error,
                ),
            );
        });
    });
    return true;
}
