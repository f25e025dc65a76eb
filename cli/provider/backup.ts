import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type ConfigFlags, configFrom } from '../config';
import {
    askPassphrase,
    encryptWithPassphrase,
    KeystoreError,
    openKeystore,
    writePrivateFile,
} from '../keystore';
import { action, type CommandContext, formatBytes } from '../terminal';
import { manifestOf, packFiles } from './archive';
import { copyState } from './copy-state';
import { BackupError, SetupError } from './errors';
import type { Verb } from './session';
import {
    checksFolder,
    otherSetupsFolder,
    readOtherSetups,
    readSetup,
    setupPath,
    stateFolder,
    stateName,
} from './setup';

export const backupVerb: Verb = (program, context) => {
    program
        .command('backup <file>')
        .summary('write keys, configuration and signed records into one encrypted file')
        .description(
            'The file opens with the passphrase of the keys, also with the age tool. The node may ' +
                'run meanwhile. Models, inputs and results are not part of it.',
        )
        .addHelpText('after', '\nExample:\n  cocoon-provider backup /media/stick/node.age')
        .action(action<ConfigFlags>((flags, [file = '']) => backup(context, flags, resolve(file))));
};

async function backup(context: CommandContext, flags: ConfigFlags, file: string): Promise<void> {
    const { terminal, env } = context;
    const { home } = configFrom(flags, env);
    const setup = await readSetup(home);
    if (setup === undefined) {
        throw new SetupError(
            'SETUP_MISSING',
            `There is no provider in ${home.folder}.`,
            'Run "cocoon-provider init" first, or say where it is with --home.',
        );
    }
    assertFree(file);
    const passphrase = await askPassphrase({ terminal, env, purpose: 'open' });
    // Whoever cannot open the keys could not open the backup either.
    await openKeystore(home.provider.keystore, 'provider', passphrase);

    terminal.progress('Copying …');
    const folder = await mkdtemp(join(tmpdir(), 'cocoon-backup-'));
    try {
        const files = new Map<string, Uint8Array>();
        const add = async (path: string, from: string) => {
            const bytes = await readFile(from);
            await mkdir(dirname(join(folder, path)), { recursive: true });
            if (from !== join(folder, path)) await writeFile(join(folder, path), bytes);
            files.set(path, bytes);
        };
        if (existsSync(home.config)) await add('config.yaml', home.config);
        await add('provider/keystore.age', home.provider.keystore);
        await add('provider/node.json', setupPath(home));
        const others = await readOtherSetups(home);
        for (const { stake } of others) {
            const name = `${stateName(stake)}.json`;
            await add(`provider/nodes/${name}`, join(otherSetupsFolder(home), name));
        }
        const databases = [setup, ...others].flatMap(({ stake }) => [
            [`state/${stateName(stake)}`, stateFolder(home, stake)] as const,
            [`checks/${stateName(stake)}`, checksFolder(home, stake)] as const,
        ]);
        for (const [name, from] of databases) {
            const path = `provider/${name}`;
            await mkdir(join(folder, path), { recursive: true });
            if (!(await copyState(from, join(folder, path)))) continue;
            await add(`${path}/data.mdb`, join(folder, path, 'data.mdb'));
        }
        const manifest = manifestOf(files, setup.stake.toRawString(), new Date());
        const tar = await packFiles(folder, manifest, (name, text) =>
            writeFile(join(folder, name), text),
        );
        await write(file, await encryptWithPassphrase(tar, passphrase));
        terminal.result(
            { file, files: manifest.files },
            `${files.size} files, ${formatBytes(tar.length)}, encrypted in ${file}.\n` +
                'Keep it where this machine cannot take it along, and its passphrase elsewhere.',
        );
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
    try {
        await writePrivateFile(file, bytes);
    } catch (error) {
        if (error instanceof KeystoreError && error.code === 'KEYSTORE_EXISTS') throw taken(file);
        throw new BackupError(
            'BACKUP_MISSING',
            `The backup ${file} cannot be written: ${(error as Error).message}.`,
            'Choose a folder that is there and has room.',
            error,
        );
    }
}

function assertFree(file: string): void {
    if (existsSync(file)) throw taken(file);
}

function taken(file: string): BackupError {
    return new BackupError(
        'BACKUP_EXISTS',
        `There is a file ${file} already.`,
        'Choose another name: backups are never overwritten.',
    );
}
