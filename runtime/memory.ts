import { closeSync, openSync, readSync } from 'node:fs';

/** Looks at the resident memory of another process, many times a second. */
export interface MemoryGauge {
    /** Bytes; undefined where the system does not tell, or the process is gone. */
    read(): number | undefined;
    close(): void;
}

/** The line that is looked for ends before. */
const STATUS_BYTES = 2048;

/**
 * Reads `/proc`, so Linux only; elsewhere the reports that children attach to their results have
 * to do. The file stays open: opening it for each look would cost several times the look.
 */
export function openMemoryGauge(pid: number): MemoryGauge {
    let fd = process.platform === 'linux' ? open(`/proc/${pid}/status`) : undefined;
    const buffer = Buffer.allocUnsafe(STATUS_BYTES);
    return {
        read() {
            if (fd === undefined) return undefined;
            try {
                const length = readSync(fd, buffer, 0, STATUS_BYTES, 0);
                const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(buffer.toString('latin1', 0, length));
                return kibibytes ? Number(kibibytes[1]) * 1024 : undefined;
            } catch {
                return undefined; // the process has just gone
            }
        },
        close() {
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
