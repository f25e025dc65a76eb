import { readFile } from 'node:fs/promises';
import type { PageOptions } from '../../provider';
import type { Home } from '../config';
import { makePrivateFolder, writePrivateFile } from '../keystore';
import { preferencesPath } from './setup';

/** The preferences of a home, for the command and the page. */
export function preferencesStore(home: Home): PageOptions['preferences'] {
    const path = preferencesPath(home);
    return {
        async read() {
            try {
                return await readFile(path, 'utf8');
            } catch (error) {
                if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
                throw error;
            }
        },
        async write(text) {
            await makePrivateFolder(home.provider.folder);
            await writePrivateFile(path, text, { replace: true });
        },
    };
}
