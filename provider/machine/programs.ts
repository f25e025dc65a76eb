import { programName } from '../preferences/rules';
import type { Source } from './source';
import { SourceError, type System } from './system';

/** A process that was seen so often has become what it is: it was forked, and then executed. */
const SETTLED = 2;
/** All are read anew every so many looks, in case one has become something else later. */
const ANEW = 10;

/**
 * Names of what runs, as `programName` makes them comparable. Reading all processes each second
 * would take some hundredths of a core, so that those which are known are read now and then.
 */
export function programSources(): readonly Source<ReadonlySet<string>>[] {
    return [fromProc(), ...OTHERS];
}

interface Known {
    readonly names: readonly string[];
    seen: number;
}

function fromProc(): Source<ReadonlySet<string>> {
    let known = new Map<string, Known>();
    let looks = 0;
    return {
        name: '/proc',
        platforms: ['linux'],
        async read(system) {
            const ids = (await system.list('/proc')).filter((name) => /^\d+$/.test(name));
            if (ids.length === 0) throw new SourceError('/proc shows no processes');
            const before = looks++ % ANEW === 0 ? new Map<string, Known>() : known;
            const entries = await Promise.all(
                ids.map(async (id) => {
                    const entry = before.get(id);
                    if (entry !== undefined && entry.seen >= SETTLED) return [id, entry] as const;
                    const names = await namesOf(system, id);
                    return [id, { names, seen: (entry?.seen ?? 0) + 1 }] as const;
                }),
            );
            known = new Map(entries);
            return new Set(entries.flatMap(([, { names }]) => names));
        },
    };
}

async function namesOf(system: System, id: string): Promise<readonly string[]> {
    const [comm, line] = await Promise.all([
        system.readText(`/proc/${id}/comm`),
        system.readText(`/proc/${id}/cmdline`),
    ]);
    // The kernel cuts the first at 15 characters; programs may write what they like into the second.
    const [first = ''] = line?.split('\0') ?? [];
    const base = first.split(/[/\\]/).at(-1) ?? first;
    return [comm?.trim() ?? '', base].filter((name) => name !== '').map(programName);
}

const OTHERS: readonly Source<ReadonlySet<string>>[] = [
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
