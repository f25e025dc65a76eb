import { readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second for programs, whatever it uses itself. */
const TICK_MS = 10;
/** Fields of `/proc/<pid>/stat` after the name: user and system time. */
const USER_FIELD = 11;

/**
 * Processor time that processes have used so far, all threads together, milliseconds: unlike the
 * time on the clock it does not grow when others use the machine too. Undefined beside Linux.
 */
export function cpuTimeMs(pids: readonly number[]): number | undefined {
    if (process.platform !== 'linux') return undefined;
    let ticks = 0;
    for (const pid of pids) {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        ticks += Number(fields[USER_FIELD]) + Number(fields[USER_FIELD + 1]);
    }
    return ticks * TICK_MS;
}
