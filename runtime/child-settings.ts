import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WorkerMissingError } from './errors';

/**
 * The program of the children, compiled: beside this file, also in a bundle.
 *
 * @throws WorkerMissingError
 */
export function compiledWorker(path: string = join(__dirname, 'worker.js')): string {
    if (existsSync(path)) return path;
    throw new WorkerMissingError(path);
}

/**
 * Arguments of Node.js in every child. It has one core, so garbage is collected by the thread that
 * made it, without others that would have to be woken; `gc` lets the child choose when.
 */
export const CHILD_ARGUMENTS: readonly string[] = ['--single-threaded-gc', '--expose-gc'];

/**
 * The whole environment of a child; nothing is inherited but what the loader of Windows needs.
 *
 * - glibc asks for huge pages, and keeps the memory of an output for the next one: the OCR
 *   recogniser takes 3 % less time, and no result changes. Other libraries ignore it.
 * - ONNX Runtime 1.30 brings a telemetry client, which starts a thread and writes a log; without
 *   it no result changes.
 *
 * @param folder the child's own, for whatever is temporary
 */
export function childEnvironment(folder: string): NodeJS.ProcessEnv {
    const own = { ORT_DISABLE_TELEMETRY: '1', TMPDIR: folder };
    const { SystemRoot } = process.env;
    if (SystemRoot !== undefined) return { ...own, SystemRoot, TEMP: folder, TMP: folder };
    return { ...own, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
}

/** The niceness of children: programs of the owner get three times as much of a busy processor. */
export const CHILD_PRIORITY = 5;
