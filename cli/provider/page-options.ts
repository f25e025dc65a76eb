import { readFileSync } from 'node:fs';
import type { LogTail, PageOptions } from '../../provider';
import type { Home } from '../config';
import { pageToken, pageTokenPath } from './page-token';
import { preferencesStore } from './preferences-store';

/** The file of the token is looked at again after so long, milliseconds. */
const LOOK_MS = 1_000;

/** What the page of this home's node works with; makes the token where there is none. */
export async function pageOptions(home: Home, log: LogTail): Promise<PageOptions> {
    let token = await pageToken(home);
    let lookedAt = Date.now();
    return {
        log,
        preferences: preferencesStore(home),
        token: () => {
            if (Date.now() - lookedAt < LOOK_MS) return token;
            lookedAt = Date.now();
            token = tokenIn(home) ?? token;
            return token;
        },
    };
}

/** It may have been renewed. A file that is gone changes nothing. */
function tokenIn(home: Home): string | undefined {
    try {
        const text = readFileSync(pageTokenPath(home), 'utf8').trim();
        return text === '' ? undefined : text;
    } catch {
        return undefined;
    }
}
