import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '../config';
import { writePrivateFile } from '../keystore';
import { SetupError } from './errors';
import type { Session } from './session';

const TIMEOUT_MS = 5_000;
const healthReply = z.object({ stake: z.string() });

/** Stands in a home from its restoration to its first start. */
function markPath(home: Home): string {
    return join(home.provider.folder, 'restored.json');
}

/** Notes that a home came from a backup, whose node may still run. */
export async function markRestored(home: Home, createdAt: string): Promise<void> {
    await writePrivateFile(markPath(home), `${JSON.stringify({ createdAt })}\n`);
}

/**
 * Makes sure at the first start of a restored node that the one of the backup runs no more: the
 * Stake says where that one is, and whoever answers there for the same stake is it, since this one
 * does not listen yet.
 *
 * @throws SetupError `NODE_RUNS_ELSEWHERE`
 */
export async function checkMoved({ config, stake, setup, context }: Session): Promise<void> {
    const { home } = config;
    if (!existsSync(markPath(home))) return;
    const url = await stake.getEndpointUrl();
    if (url !== undefined && (await answersFor(url, setup.stake.toString(), context.signal))) {
        throw new SetupError(
            'NODE_RUNS_ELSEWHERE',
            `The node that this one was restored from still answers at ${url}.`,
            'Stop it for good, then start this one: two nodes with one key could sign two answers.',
        );
    }
    await rm(markPath(home));
}

async function answersFor(url: string, stake: string, signal: AbortSignal): Promise<boolean> {
    try {
        const response = await fetch(`${url.replace(/\/+$/, '')}/health`, {
            signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        return healthReply.parse(await response.json()).stake === stake;
    } catch {
        signal.throwIfAborted();
        return false;
    }
}
