import { realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve, sep } from 'node:path';
import { type Config, type ConfigFlags, configFrom } from '../../config';
import { action, type CommandContext } from '../../terminal';
import type { Command, Verb } from '../session';
import { setupFor } from '../setup';
import { ServiceError } from './errors';
import { installService, uninstallService } from './install';
import { launchdAgent } from './launchd';
import type { ServiceOrder, ServiceUnit } from './service-unit';
import { systemdUnit } from './systemd';
import { scheduledTask } from './task-scheduler';

interface Flags extends ConfigFlags {
    readonly passphraseFile?: string;
}

/** `service install`, `show` and `uninstall`. */
export const serviceVerb: Verb = (program, context, command) => {
    const service = program
        .command('service')
        .summary('start the node with this computer')
        .description(
            'Makes the node a service of this user: by systemd on Linux, launchd on macOS, the Task ' +
                'Scheduler on Windows. No rights of an administrator are needed.',
        );
    const withPassphrase = (name: string) =>
        service
            .command(name)
            .option(
                '--passphrase-file <file>',
                'file with the passphrase of the keys, for you alone to read (COCOON_PASSPHRASE_FILE)',
            );
    withPassphrase('install')
        .summary('write the unit, and start it')
        .action(action<Flags>((flags) => install(context, command, flags)));
    withPassphrase('show')
        .summary('print the unit and the commands, and change nothing')
        .action(action<Flags>((flags) => show(context, command, flags)));
    service
        .command('uninstall')
        .summary('stop the node and remove the unit')
        .action(action<Flags>((flags) => uninstall(context, command, flags)));
};

async function install(context: CommandContext, command: Command, flags: Flags): Promise<void> {
    const config = configFrom(flags, context.env);
    await setupFor(config);
    const passphraseFile = await passphraseFileOf(context, flags);
    const unit = unitOf(context, command, config, passphraseFile);
    const { system, files, advice } = unit;
    await installService(unit, context);
    context.terminal.result(
        { system, files: files.map(({ path }) => path) },
        [`${command} is a service of ${system} now.`, ...advice].join('\n'),
    );
}

async function show(context: CommandContext, command: Command, flags: Flags): Promise<void> {
    const passphraseFile = await passphraseFileOf(context, flags);
    const unit = unitOf(context, command, configFrom(flags, context.env), passphraseFile);
    const files = unit.files.map(({ path, bytes }) => ({ path, text: readable(bytes) }));
    const { system, install, uninstall } = unit;
    context.terminal.result(
        { system, files, install, uninstall },
        [
            ...files.map(({ path, text }) => `# ${path}\n\n${text}`),
            ...install.map((line) => line.join(' ')),
        ].join('\n'),
    );
}

async function uninstall(context: CommandContext, command: Command, flags: Flags): Promise<void> {
    const unit = unitOf(context, command, configFrom(flags, context.env), '');
    const problems = await uninstallService(unit, context);
    context.terminal.result(
        { system: unit.system, problems },
        [
            `${command} is no service any more. Keys, stake and earnings are where they were.`,
            ...problems,
        ].join('\n'),
    );
}

function unitOf(
    { env }: CommandContext,
    command: Command,
    { home }: Config,
    passphraseFile: string,
): ServiceUnit {
    const order: ServiceOrder = {
        name: command,
        description: command === 'cocoon-provider' ? 'Cocoon provider' : 'Cocoon verifier',
        program: [...programOf(command), 'start', '--quiet'],
        environment: { COCOON_HOME: home.folder, COCOON_PASSPHRASE_FILE: passphraseFile },
        userHome: homedir(),
        folder: home.provider.folder,
        uid: process.getuid?.(),
        env,
    };
    const unit = UNITS[process.platform]?.(order);
    if (unit !== undefined) return unit;
    throw new ServiceError(
        'SERVICE_PLATFORM_UNKNOWN',
        `Services of ${process.platform} are not known.`,
        `Have your system run "${order.program.join(' ')}" with COCOON_HOME and COCOON_PASSPHRASE_FILE.`,
    );
}

const UNITS: Readonly<Partial<Record<NodeJS.Platform, (order: ServiceOrder) => ServiceUnit>>> = {
    linux: systemdUnit,
    darwin: launchdAgent,
    win32: scheduledTask,
};

/** Node.js and this program, by names that stay. */
function programOf(command: Command): readonly string[] {
    const script = realpathSync(process.argv[1] ?? '');
    if (script.split(sep).includes('_npx')) {
        throw new ServiceError(
            'SERVICE_PROGRAM_TEMPORARY',
            `${script} lies in npx's cache, which npm clears.`,
            `Install the package with "npm install --global", then run "${command} service install".`,
        );
    }
    return [process.execPath, script];
}

async function passphraseFileOf({ env }: CommandContext, flags: Flags): Promise<string> {
    const named = flags.passphraseFile ?? env['COCOON_PASSPHRASE_FILE'];
    if (named === undefined || named === '') {
        throw new ServiceError(
            'SERVICE_PASSPHRASE_MISSING',
            'Nobody will be there to type the passphrase.',
            'Write it into a file that only you can read ("install -m 600 /dev/stdin FILE") and name it with --passphrase-file.',
        );
    }
    const path = resolve(named);
    let mode: number;
    try {
        ({ mode } = await stat(path));
    } catch (cause) {
        throw new ServiceError(
            'SERVICE_PASSPHRASE_MISSING',
            `The file ${path} cannot be read.`,
            'Check the path.',
            cause,
        );
    }
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        throw new ServiceError(
            'SERVICE_PASSPHRASE_EXPOSED',
            `Others can read ${path}.`,
            `Run "chmod 600 ${path}".`,
        );
    }
    return path;
}

/** Text in the encoding that its system wants. */
function readable(bytes: Uint8Array): string {
    const buffer = Buffer.from(bytes);
    return buffer[0] === 0xff ? buffer.toString('utf16le').slice(1) : buffer.toString();
}
