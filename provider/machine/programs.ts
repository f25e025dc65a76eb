import { programName } from '../preferences/rules';
import type { Source } from './source';
import { SourceError } from './system';

/** Names of what runs, as `programName` makes them comparable. */
export const programSources: readonly Source<ReadonlySet<string>>[] = [
    {
        name: '/proc',
        platforms: ['linux'],
        async read(system) {
            const ids = (await system.list('/proc')).filter((name) => /^\d+$/.test(name));
            if (ids.length === 0) throw new SourceError('/proc shows no processes');
            const names = new Set<string>();
            await Promise.all(
                ids.map(async (id) => {
                    const [comm, line] = await Promise.all([
                        system.readText(`/proc/${id}/comm`),
                        system.readText(`/proc/${id}/cmdline`),
                    ]);
                    // The kernel cuts the first at 15 characters; programs may write what they like
                    // into the second.
                    if (comm !== undefined) names.add(programName(comm.trim()));
                    const [first = ''] = line?.split('\0') ?? [];
                    if (first !== '') names.add(programName(first.split(/[/\\]/).at(-1) ?? first));
                }),
            );
            return names;
        },
    },
    {
        name: 'ps',
        platforms: ['darwin'],
        everyMs: 1_000,
        async read(system) {
            const lines = (await system.run('ps', ['-axo', 'comm='])).trim().split('\n');
            return new Set(lines.map((line) => programName(line.trim().split('/').at(-1) ?? line)));
        },
    },
    {
        name: 'tasklist',
        platforms: ['win32'],
        everyMs: 1_500,
        async read(system) {
            const lines = (await system.run('tasklist', ['/FO', 'CSV', '/NH'])).split(/\r?\n/);
            const names = lines.flatMap((line) => /^"([^"]+)",/.exec(line)?.[1] ?? []);
            if (names.length === 0) throw new SourceError('tasklist lists nothing');
            return new Set(names.map(programName));
        },
    },
];
