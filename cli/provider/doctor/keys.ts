import { stat } from 'node:fs/promises';
import { CocoonError } from '../../../protocol';
import type { Config } from '../../config';
import { assertPrivate, hasKeystore, nodeKeyPair } from '../../keystore';
import type { CommandContext } from '../../terminal';
import { providerKeys } from '../session';
import type { Setup } from '../setup';
import { type Check, failed, ok, problem, warning } from './check';

/** Whether the keys are there, for nobody else, and open with the passphrase. */
export async function keyChecks(
    context: CommandContext,
    config: Config,
    setup: Setup,
): Promise<Check[]> {
    const { keystore, folder } = config.home.provider;
    if (!hasKeystore(keystore)) {
        const mend =
            'Restore a backup with "cocoon-provider restore", or run "cocoon-provider init".';
        return [problem('keys', `There are no keys at ${keystore}.`, mend)];
    }
    return [await rightsCheck([folder, keystore]), await passphraseCheck(context, config, setup)];
}

async function rightsCheck(paths: readonly string[]): Promise<Check> {
    try {
        for (const path of paths) {
            await assertPrivate(path);
            const { uid } = await stat(path);
            if (process.getuid?.() !== undefined && uid !== process.getuid()) {
                const mend = `Run the node as the owner of ${path}, or give it to this user.`;
                return warning('keys', `${path} belongs to another user.`, mend);
            }
        }
        return ok('keys', 'Nobody else on this machine can read the keys.');
    } catch (error) {
        return failed('keys', error);
    }
}

async function passphraseCheck(
    context: CommandContext,
    config: Config,
    setup: Setup,
): Promise<Check> {
    const { env, terminal } = context;
    const given = env['COCOON_PASSPHRASE_FILE'] ?? env['COCOON_PASSPHRASE'];
    if (given === undefined && !terminal.interactive) {
        return warning(
            'keys',
            'The passphrase was not tried: nobody can be asked for it here.',
            'Name a file with it in COCOON_PASSPHRASE_FILE, as a service has to.',
        );
    }
    try {
        const { publicKey } = nodeKeyPair(await providerKeys(context, config));
        if (publicKey.toString('hex') !== setup.nodeKey) {
            return problem(
                'keys',
                'The node key in the keystore is not the one that this home was set up with.',
                'Restore the backup that belongs to this stake.',
            );
        }
        return ok('keys', 'The passphrase opens the keys, and the node key is that of this home.');
    } catch (error) {
        context.signal.throwIfAborted();
        if (error instanceof CocoonError) return problem('keys', error.message, error.hint);
        throw error;
    }
}
