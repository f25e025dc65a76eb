import { type Books, openBooks } from '../../provider';
import { type ConfigFlags, type Config, configFrom } from '../config';
import type { CommandContext } from '../terminal';
import { SetupError } from './errors';
import { setupFor, stateFolder } from './setup';

/**
 * Reads the books of the node of this home, whether or not it runs; needs no passphrase and no chain.
 *
 * @throws SetupError `NO_BOOKS` where no node has worked yet; StateDamagedError
 */
export async function readingBooks<T>(
    { env }: CommandContext,
    flags: ConfigFlags,
    read: (books: Books, config: Config) => T | Promise<T>,
): Promise<T> {
    const config = configFrom(flags, env);
    const setup = await setupFor(config);
    const books = await openBooks(stateFolder(config.home, setup.stake));
    if (books === undefined) {
        throw new SetupError(
            'NO_BOOKS',
            'No node has worked here yet, so there are no books.',
            'Run "cocoon-provider start" first.',
        );
    }
    try {
        return await read(books, config);
    } finally {
        await books.close();
    }
}
