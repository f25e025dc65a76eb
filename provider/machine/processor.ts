import { numberFrom, type Source } from './source';
import { SourceError, type System } from './system';

/** Averages go over about so long, milliseconds. */
const WINDOW_MS = 10_000;
/** The kernel of Linux counts hundredths of a second in `/proc`, whatever it runs at inside. */
const TICKS = 100;

interface Sample {
    readonly atMs: number;
    /** Time of all cores that was used, and all time, in one unit. */
    readonly used: number;
    readonly all: number;
    /** The same of the node and its children. */
    readonly own: number;
}

/**
 * Part of the whole processor that others use, percent, averaged over ten seconds.
 *
 * @param pids - the node and its children
 */
export function processorSources(pids: () => readonly number[]): readonly Source<number>[] {
    return [
        {
            name: '/proc/stat',
            platforms: ['linux'],
            read: averaged(async (system) => {
                const [line = ''] = (await system.readText('/proc/stat'))?.split('\n') ?? [];
                const [word, ...fields] = line.trim().split(/\s+/);
                if (word !== 'cpu') throw new SourceError('/proc/stat begins otherwise');
                // user nice system idle iowait irq softirq steal; guests are in user already.
                const [user, nice, kernel, idle, wait, irq, soft, steal] = fields
                    .slice(0, 8)
                    .map((field) => numberFrom(field, 'a field of /proc/stat'));
                const sum = (...values: (number | undefined)[]) =>
                    values.reduce<number>((total, value = 0) => total + value, 0);
                const used = sum(user, nice, kernel, irq, soft, steal);
                const own = await Promise.all(pids().map((pid) => ticksOf(system, pid)));
                return { used, all: used + sum(idle, wait), own: sum(...own) };
            }),
        },
        {
            name: 'ps (average of each process)',
            platforms: ['darwin'],
            everyMs: 2_000,
            async read(system) {
                // Percent of one core.
                const text = await system.run('ps', ['-axo', 'pid=,%cpu=']);
                const mine = new Set(pids());
                const cores = numberFrom(await system.run('sysctl', ['-n', 'hw.ncpu']), 'hw.ncpu');
                let sum = 0;
                for (const line of text.trim().split('\n')) {
                    const [pid, part] = line.trim().split(/\s+/);
                    if (!mine.has(Number(pid))) sum += numberFrom(part, '%cpu');
                }
                return Math.min(100, sum / cores);
            },
        },
    ];
}

/** Processor time of a process, ticks; 0 where it has gone. */
async function ticksOf(system: System, pid: number): Promise<number> {
    const text = await system.readText(`/proc/${pid}/stat`);
    // The name may hold anything, blanks and brackets too.
    const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
    const [user, kernel] = [Number(fields[11]), Number(fields[12])];
    return Number.isFinite(user + kernel) ? user + kernel : 0;
}

function averaged(
    count: (system: System) => Promise<Omit<Sample, 'atMs'>>,
): (system: System) => Promise<number> {
    let samples: Sample[] = [];
    return async (system) => {
        const atMs = system.now();
        const sample = { atMs, ...(await count(system)) };
        samples = [...samples.filter((old) => Math.abs(atMs - old.atMs) <= WINDOW_MS), sample];
        const first = samples[0] ?? sample;
        const all = sample.all - first.all;
        // Too short to say anything.
        if (all < TICKS / 2) return 0;
        // Children that ended take their time with them.
        const own = Math.max(0, sample.own - first.own);
        return Math.min(100, Math.max(0, ((sample.used - first.used - own) / all) * 100));
    };
}
