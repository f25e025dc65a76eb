import { renameSync, statSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import type { LogTail } from '../../provider';
import type { ProviderConfig } from '../config';

const MAX_BYTES = 10 * 1024 ** 2;

/**
 * The log of a node: to its file, of which one older one is kept, or to standard error; the owner's
 * page has the end of it.
 *
 * @returns the logger, and what writes out the rest of it
 */
export function openLog(
    level: ProviderConfig['logLevel'],
    path: string | undefined,
    tail: LogTail,
): { readonly logger: Logger; readonly close: () => void } {
    if (path !== undefined) turnOver(path);
    const destination = pino.destination({ dest: path ?? 2, sync: true, mode: 0o600 });
    const both = {
        write: (line: string) => {
            destination.write(line);
            tail.write(line);
        },
    };
    return {
        logger: pino({ name: 'cocoon-provider', level }, both),
        close: () => destination.flushSync(),
    };
}

function turnOver(path: string): void {
    try {
        if (statSync(path).size > MAX_BYTES) renameSync(path, `${path}.1`);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
}
