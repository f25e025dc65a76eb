import { release } from 'node:os';
import { MAX_PACK_BYTES } from '../output-pack';

/** Limits that the kernel enforces for one child, whatever the parent is doing. */
export interface KernelLimits {
    /** Files and sockets at a time. */
    readonly openFiles: number;
    /** Size of one file, bytes. */
    readonly fileBytes: number;
    /** Private memory that can be written, bytes, used or only asked for. */
    readonly dataBytes: number;
    /** Processes and threads; undefined where the system counts those of others too. */
    readonly threads: number | undefined;
}

/** A child has about thirty. */
const OPEN_FILES = 128;
/** A child has about a dozen; sessions that are measured with several threads have more. */
const THREADS = 128;
/** Beside outputs: what a library notes in its temporary folder. */
const OTHER_FILE_BYTES = 1024 ** 2;
/** What Node.js has asked for before it loads a model (50 MB), and stacks, and heaps of threads. */
const PROGRAM_BYTES = 1024 ** 3;

/**
 * The watchdog measures what is used. What is only asked for may be more: ONNX Runtime doubles its
 * arenas, and a copy takes as much again while it is made. A constant of 16 GB fails here at once,
 * without a page of it being touched.
 */
const ASKED_FOR = 2;

export function kernelLimits(
    limits: { readonly maxMemoryBytes: number; readonly maxOutputBytes: number },
    kernel: string = release(),
): KernelLimits {
    return {
        openFiles: OPEN_FILES,
        fileBytes: Math.max(limits.maxOutputBytes, MAX_PACK_BYTES) + OTHER_FILE_BYTES,
        dataBytes: limits.maxMemoryBytes * ASKED_FOR + PROGRAM_BYTES,
        threads: countsByNamespace(kernel) ? THREADS : undefined,
    };
}

/** Before Linux 5.14 processes were counted for the whole user, in all namespaces together. */
function countsByNamespace(kernel: string): boolean {
    const [major = 0, minor = 0] = kernel.split('.').map(Number);
    return process.platform === 'linux' && (major > 5 || (major === 5 && minor >= 14));
}

const FILE_BLOCK_BYTES = 512;
const KIBIBYTE = 1024;

/**
 * Lines of a POSIX shell that set them for what it executes next. A limit that a system does not
 * have is left out; the probe tells.
 */
export function limitLines(limits: KernelLimits, inNamespace: boolean): string[] {
    const { openFiles, fileBytes, dataBytes, threads } = limits;
    const fileBlocks = Math.ceil(fileBytes / FILE_BLOCK_BYTES);
    const dataKib = Math.ceil(dataBytes / KIBIBYTE);
    return [
        'ulimit -c 0 || :',
        `ulimit -n ${openFiles} || :`,
        `ulimit -f ${fileBlocks} || :`,
        `ulimit -d ${dataKib} || :`,
        // Of dash and busybox, else of bash, where -p is something else that cannot be set.
        ...(inNamespace && threads !== undefined
            ? [`ulimit -p ${threads} 2>/dev/null || ulimit -u ${threads} 2>/dev/null || :`]
            : []),
    ];
}
