import { closeSync, openSync, readSync } from 'node:fs';

/** What a process uses; undefined where the system does not tell, or the process is gone. */
export interface ProcessUse {
    readonly residentBytes: number | undefined;
    /** Of all its threads since it began, milliseconds. */
    readonly cpuMs: number | undefined;
}

/** Looks at another process, many times a second. */
export interface ProcessGauge {
    readonly pid: number;
    read(): ProcessUse;
    close(): void;
}

/** What is looked for ends before. */
const BYTES = 2048;
const KIBIBYTE = 1024;
/** Fields of `/proc/<pid>/stat` after the name of the program, from 0; see proc(5). */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
/** Linux shows programs hundredths of a second (`USER_HZ`), whatever the kernel counts in. */
const TICK_MS = 10;

/**
 * Reads `/proc`, so Linux only; elsewhere the reports that children attach to their results have
 * to do. The files stay open: opening them for each look would cost several times the look.
 */
export function openProcessGauge(pid: number): ProcessGauge {
    const [status, stat] = [openText(`/proc/${pid}/status`), openText(`/proc/${pid}/stat`)];
    return {
        pid,
        read: () => ({ residentBytes: residentIn(status.read()), cpuMs: cpuIn(stat.read()) }),
        close() {
            status.close();
            stat.close();
        },
    };
}

function residentIn(status: string | undefined): number | undefined {
    const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(status ?? '');
    return kibibytes ? Number(kibibytes[1]) * KIBIBYTE : undefined;
}

function cpuIn(stat: string | undefined): number | undefined {
    // The name of the program, in parentheses, may hold anything.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields === undefined) return undefined;
    return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * TICK_MS;
}

function openText(path: string) {
    let fd = process.platform === 'linux' ? open(path) : undefined;
    const buffer = Buffer.allocUnsafe(BYTES);
    return {
        read(): string | undefined {
            if (fd === undefined) return undefined;
            try {
                return buffer.toString('latin1', 0, readSync(fd, buffer, 0, BYTES, 0));
            } catch {
                return undefined; // the process has just gone
            }
        },
        close(): void {
            if (fd !== undefined) closeSync(fd);
            fd = undefined;
        },
    };
}

function open(path: string): number | undefined {
    try {
        return openSync(path, 'r');
    } catch {
        return undefined; // the process has just gone
    }
}
