import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Home } from '../config';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '../keystore';

const BYTES = 32;
const FORM = /^[\w-]{43}$/;

export function pageTokenPath(home: Home): string {
    return join(home.provider.folder, 'page-token');
}

/**
 * The token of the owner's page, 32 random bytes as base64url; made where there is none.
 *
 * @param renew - makes another one: links and sessions of the old one end
 * @throws KeystoreError `KEYSTORE_EXPOSED` where others can read it
 */
export async function pageToken(home: Home, renew = false): Promise<string> {
    const path = pageTokenPath(home);
    const kept = renew ? undefined : (await readPrivateFile(path))?.toString('utf8').trim();
    if (kept !== undefined && FORM.test(kept)) return kept;
    const token = randomBytes(BYTES).toString('base64url');
    await makePrivateFolder(home.provider.folder);
    await writePrivateFile(path, `${token}\n`, { replace: true });
    return token;
}
