import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkConfigText, type ConfigFlags, homeAt, homeOf, type Home } from '../config';
import {
    askPassphrase,
    decryptWithPassphrase,
    makePrivateFolder,
    openKeystore,
    type Secret,
    writePrivateFile,
} from '../keystore';
import { action, type CommandContext } from '../terminal';
import { type BackupManifest, damaged, type Files, unpackFiles } from './archive';
import { BackupError } from './errors';
import { markRestored } from './moved';
import { assertNotRunning } from './running';
import type { Verb } from './session';
import { parseSetup } from './setup';

interface Flags extends ConfigFlags {
    readonly force?: boolean;
}

export const restoreVerb: Verb = (program, context) => {
    program
        .command('restore <file>')
        .summary('bring a backup back')
        .description(
            'Checks all of the backup before anything is written. Two nodes with one key must never ' +
                'run at once: stop the old one for good. The first start here asks whether it still ' +
                'answers, and does not begin while it does.',
        )
        .option('--force', 'move a home that is there aside')
        .addHelpText(
            'after',
            '\nExample:\n  cocoon-provider restore /media/stick/node.age --home ~/cocoon',
        )
        .action(action<Flags>((flags, [file = '']) => restore(context, flags, resolve(file))));
};

async function restore(context: CommandContext, flags: Flags, file: string): Promise<void> {
    const { terminal, env } = context;
    const home = flags.home === undefined ? homeOf(env) : homeAt(flags.home);
    const encrypted = await read(file);
    const occupied = await isOccupied(home);
    if (occupied && flags.force !== true) {
        throw new BackupError(
            'HOME_IN_USE',
            `There is something in ${home.folder} already.`,
            'Choose another folder with --home, or add --force to move that one aside.',
        );
    }
    const passphrase = await askPassphrase({ terminal, env, purpose: 'open', what: 'the backup' });
    const tar = await decryptWithPassphrase(encrypted, passphrase, file);
    const { manifest, files } = await unpackFiles(tar, file);
    checkTexts(files, file);
    terminal.warn(
        'Two nodes with one key must never run at once: they could sign two answers to one job. ' +
            'Stop the node that this backup was made of for good.',
    );
    await terminal.confirm(`Restore the provider of ${manifest.createdAt} into ${home.folder}?`);
    const aside = occupied ? await asideOf(home) : undefined;
    await putInPlace({ home, files, manifest, passphrase, aside, file });
    if (aside !== undefined) terminal.note(`What was there is in ${aside} now.`);
    terminal.result(
        { home: home.folder, createdAt: manifest.createdAt, stake: manifest.stake, aside },
        `The provider of ${manifest.createdAt} is in ${home.folder}. ` +
            'Start it with "cocoon-provider start".',
    );
}

async function read(file: string): Promise<Uint8Array> {
    try {
        return await readFile(file);
    } catch (error) {
        throw new BackupError(
            'BACKUP_MISSING',
            `The backup ${file} cannot be read: ${(error as Error).message}.`,
            'Check the path.',
            error,
        );
    }
}

/** @throws ConfigError, SetupError, BackupError */
function checkTexts(files: Files, file: string): void {
    const text = (path: string) => new TextDecoder().decode(files.get(path));
    if (files.has('config.yaml')) checkConfigText(text('config.yaml'), 'config.yaml of the backup');
    if (!files.has('provider/keystore.age') || !files.has('provider/node.json')) {
        throw damaged(file, 'it holds no keys');
    }
    for (const path of files.keys()) {
        if (!/^provider\/node.*\.json$/.test(path)) continue;
        parseSetup(text(path), `${path} of the backup`);
    }
}

interface Placement {
    readonly home: Home;
    readonly files: Files;
    readonly manifest: BackupManifest;
    readonly passphrase: Secret;
    /** Where what is there goes. */
    readonly aside: string | undefined;
    readonly file: string;
}

/** Writes a new folder beside the home, opens its keys, and only then gives it its name. */
async function putInPlace(placement: Placement): Promise<void> {
    const { home, files, passphrase, aside } = placement;
    const fresh = `${home.folder}.${randomBytes(4).toString('hex')}.restoring`;
    try {
        await makePrivateFolder(fresh);
        for (const [path, bytes] of files) {
            await makePrivateFolder(dirname(join(fresh, path)));
            await writePrivateFile(join(fresh, path), bytes);
        }
        await markRestored(homeAt(fresh), placement.manifest.createdAt);
        await openKeystore(homeAt(fresh).provider.keystore, 'provider', passphrase);
        if (aside !== undefined) await rename(home.folder, aside);
        else if (existsSync(home.folder)) await rmdir(home.folder);
        await mkdir(dirname(home.folder), { recursive: true });
        await rename(fresh, home.folder);
    } finally {
        await rm(fresh, { recursive: true, force: true });
    }
}

async function isOccupied({ folder }: Home): Promise<boolean> {
    return existsSync(folder) && (await readdir(folder)).length > 0;
}

/** @throws StateInUseError where a node runs in it */
async function asideOf(home: Home): Promise<string> {
    await assertNotRunning(home);
    const time = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-');
    return `${home.folder}.before-${time}`;
}
