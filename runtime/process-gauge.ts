import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

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
/** Fields of `/proc/<pid>/stat` after the name of the program, from 0; see proc(5). */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const RESIDENT_PAGES = 21;
/** Linux shows programs hundredths of a second (`USER_HZ`), whatever the kernel counts in. */
const TICK_MS = 10;
/** Of the systems that ONNX Runtime is built for: they have 64 bits and are little-endian. */
const WORD_BYTES = 8;
/** The key of the size of a page in the auxiliary vector. */
const AT_PAGESZ = 6;

/**
 * Reads `/proc`, so Linux only; elsewhere the reports that children attach to their results have
 * to do. One file tells all, and stays open: a second one, or opening it for each look, would cost
 * as much again or several times the look.
 */
export function openProcessGauge(pid: number): ProcessGauge {
    const stat = openText(`/proc/${pid}/stat`);
    return { pid, read: () => useIn(stat.read()), close: () => stat.close() };
}

function useIn(stat: string | undefined): ProcessUse {
    // The name of the program, in parentheses, may hold anything.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields === undefined) return { residentBytes: undefined, cpuMs: undefined };
    const page = pageBytes();
    return {
        residentBytes: page === undefined ? undefined : Number(fields[RESIDENT_PAGES]) * page,
        cpuMs: (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * TICK_MS,
    };
}

let knownPageBytes: number | undefined;

/** Of this machine's memory; undefined where it does not tell. */
function pageBytes(): number | undefined {
    return (knownPageBytes ??= readPageBytes());
}

/** The kernel tells each program in its auxiliary vector: pairs of words, see getauxval(3). */
function readPageBytes(): number | undefined {
    let vector: Buffer;
    try {
        vector = readFileSync('/proc/self/auxv');
    } catch {
        return undefined;
    }
    for (let at = 0; at + 2 * WORD_BYTES <= vector.length; at += 2 * WORD_BYTES) {
        if (vector.readUIntLE(at, 4) === AT_PAGESZ) return vector.readUIntLE(at + WORD_BYTES, 4);
    }
    return undefined;
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
