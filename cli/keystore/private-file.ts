import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KeystoreError } from './errors';

/** Modes mean nothing on Windows, where a user's folder is the user's own. */
const HAS_MODES = process.platform !== 'win32';
const EXPOSED = 0o077;

/** Makes a folder that only its owner can enter, with the folders above it. */
export async function makePrivateFolder(path: string): Promise<void> {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    // The mask of the process may have taken rights from the owner, but never gives any to others.
    if (made === undefined) await assertPrivate(path);
}

/**
 * Writes a file that only its owner can read, whole or not at all: into a new file beside it, to
 * the disk, and then to its name.
 *
 * @param replace - whether a file of that name may be replaced
 * @throws KeystoreError `KEYSTORE_EXISTS`, `KEYSTORE_EXPOSED`
 */
export async function writePrivateFile(
    path: string,
    bytes: Uint8Array | string,
    { replace = false }: { readonly replace?: boolean } = {},
): Promise<void> {
    const folder = dirname(path);
    const partial = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
    const file = await open(partial, 'wx', 0o600);
    try {
        await file.writeFile(bytes);
        await file.sync();
        await file.close();
        if (replace) await rename(partial, path);
        else await nameOnce(partial, path);
        await syncFolder(folder);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw existing(path);
        throw error;
    } finally {
        await file.close().catch(() => undefined);
        await rm(partial, { force: true });
    }
}

/**
 * Reads a file that only its owner may read.
 *
 * @throws KeystoreError `KEYSTORE_EXPOSED` where others can read it
 * @returns undefined where there is none
 */
export async function readPrivateFile(path: string): Promise<Buffer | undefined> {
    try {
        await assertPrivate(path);
        return await readFile(path);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
    }
}

/** @throws KeystoreError `KEYSTORE_EXPOSED` */
export async function assertPrivate(path: string): Promise<void> {
    const { mode } = await stat(path);
    if (!HAS_MODES || (mode & EXPOSED) === 0) return;
    const folder = (mode & 0o170000) === 0o040000;
    throw new KeystoreError(
        'KEYSTORE_EXPOSED',
        `Others on this machine can get at ${path} (mode ${(mode & 0o777).toString(8)}).`,
        `Type: chmod ${folder ? '700' : '600'} ${quoted(path)}. ` +
            'If others were on this machine meanwhile, take new keys.',
    );
}

/** Makes a path the owner's alone. */
export async function makePrivate(path: string, mode: 0o600 | 0o700): Promise<void> {
    if (HAS_MODES) await chmod(path, mode);
}

/** Gives a file a name that nothing has; a plain rename would replace what has it. */
async function nameOnce(partial: string, path: string): Promise<void> {
    try {
        await link(partial, path);
    } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
        // A file system without links: the name is taken first, which only one can.
        await (await open(path, 'wx', 0o600)).close();
        await rename(partial, path);
    }
}

function existing(path: string): KeystoreError {
    return new KeystoreError(
        'KEYSTORE_EXISTS',
        `There is a file ${path} already.`,
        'Keys are never overwritten: move it away if you are sure that nothing needs it.',
    );
}

/** Without this a power cut may forget the new name. */
async function syncFolder(path: string): Promise<void> {
    if (process.platform === 'win32') return;
    const folder = await open(path, 'r');
    try {
        await folder.sync();
    } finally {
        await folder.close();
    }
}

function quoted(path: string): string {
    return /^[\w./@:-]+$/.test(path) ? path : `'${path.replace(/'/g, `'\\''`)}'`;
}
