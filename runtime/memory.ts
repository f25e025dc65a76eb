import { readFileSync } from 'node:fs';

/**
 * Resident memory of another process, bytes. Read from `/proc`, so Linux only; elsewhere the
 * reports that children attach to their results have to do.
 */
export function residentBytes(pid: number): number | undefined {
    if (process.platform !== 'linux') return undefined;
    try {
        const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(
            readFileSync(`/proc/${pid}/status`, 'latin1'),
        );
        return kibibytes ? Number(kibibytes[1]) * 1024 : undefined;
    } catch {
        return undefined; // the process has just gone
    }
}
