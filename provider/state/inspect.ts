import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StateDamagedError } from './errors';

/**
 * Reads all of a database. Damage makes LMDB end its process (an assertion, or a page of the map
 * that the file lacks), so that it is looked for in a child, whose end is no harm.
 */
const PROGRAM = `
const { statSync } = require('node:fs');
const [, folder, lmdb, ...tables] = process.argv;
const root = require(lmdb).open({ path: folder, readOnly: true, maxDbs: 16, encoding: 'json' });
const { lastPageNumber, pageSize } = root.getStats();
if (statSync(folder + '/data.mdb').size < (lastPageNumber + 1) * pageSize) {
    throw new Error('the file is shorter than its content');
}
for (const name of tables) {
    const table = root.openDB({ name, encoding: 'json' });
    if (table !== undefined) for (const entry of table.getRange({})) void entry.value;
}
process.exit(0);
`;

const TIMEOUT_MS = 60_000;

/**
 * Makes sure that a database can be read, where there is one.
 *
 * @throws StateDamagedError
 */
export async function inspectDatabase(folder: string, tables: readonly string[]): Promise<void> {
    if (!existsSync(join(folder, 'data.mdb'))) return;
    const args = ['--eval', PROGRAM, folder, require.resolve('lmdb'), ...tables];
    await new Promise<void>((resolve, reject) => {
        const options = { env: { ...process.env, NODE_OPTIONS: '' }, timeout: TIMEOUT_MS };
        execFile(process.execPath, args, options, (error, _output, complaint) => {
            if (error === null) return resolve();
            const said = /(?:Error|Assertion)\b[^\n]*/.exec(complaint)?.[0] ?? `${error.signal}`;
            reject(new StateDamagedError(folder, said));
        });
    });
}
