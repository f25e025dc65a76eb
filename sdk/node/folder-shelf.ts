import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { JobShelf, KeptJob } from '../client';

const ENDING = '.job';

/**
 * Keeps jobs in a folder, a file for each, which only their owner may read: they hold the secrets
 * that accept results. A file is whole or not there, also after a kill or a loss of power.
 *
 * @param folder - made when the first job is kept
 */
export function createFolderShelf(folder: string): JobShelf {
    const path = (id: string) => join(folder, `${encodeURIComponent(id)}${ENDING}`);
    const read = async (file: string): Promise<KeptJob | undefined> => {
        try {
            return deserialize(await readFile(file)) as KeptJob;
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
            throw error;
        }
    };
    return {
        async put(job) {
            await mkdir(folder, { recursive: true, mode: 0o700 });
            const target = path(job.id);
            const fresh = `${target}.new`;
            const file = await open(fresh, 'w', 0o600);
            try {
                await file.writeFile(serialize(job));
                await file.sync();
            } finally {
                await file.close();
            }
            await rename(fresh, target);
        },
        get: (id) => read(path(id)),
        async list() {
            const names = await readdir(folder).catch(() => []);
            const files = names.filter((name) => name.endsWith(ENDING));
            const jobs = await Promise.all(files.map((name) => read(join(folder, name))));
            return jobs
                .filter((job) => job !== undefined)
                .sort((a, b) => b.submittedAt - a.submittedAt);
        },
        remove: (id) => rm(path(id), { force: true }),
    };
}
