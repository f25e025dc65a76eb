import * as z from 'zod';
import { count } from './codecs';
import { StateForeignError } from './errors';

/** Which version of what stands in the tables a database has. */
export const formatSchema = z.object({ version: count });

/**
 * What a node writes. 2: jobs name the terms that were bid for, which an older program would
 * forget.
 */
export const STATE_VERSION = 2;

/** By version, what makes its tables those of the next one. */
export const STATE_MIGRATIONS: Readonly<Record<number, () => void>> = {
    // Jobs of version 1 go on without: their terms are not held against anything.
    1: () => undefined,
};

/** @throws StateForeignError for what a newer program has written */
export function assertNotNewer(folder: string, found: number, version: number): void {
    if (found <= version) return;
    throw new StateForeignError(
        folder,
        `has format ${found}, of a newer version; this one reads formats up to ${version}.`,
        'Use the version of the program that wrote it, or restore a backup from before the upgrade. ' +
            'Nothing was changed.',
    );
}
