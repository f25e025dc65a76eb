import { readFileSync } from 'node:fs';

/**
 * Sends a signal to a process and to those that it has started: a launcher of a child may stay
 * between this process and the child. On Linux they are found in `/proc`; elsewhere the process
 * alone is signalled. Windows has no signals to stop a process, and nothing happens there.
 *
 * @returns whether the process took it
 */
export function signalTree(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): boolean {
    if (process.platform === 'win32') return false;
    // The parent first when it stops, so that it starts nothing more; last when it goes on.
    const below = childrenOf(pid);
    const all = signal === 'SIGSTOP' ? [pid, ...below] : [...below.reverse(), pid];
    let taken = false;
    for (const each of all) {
        try {
            process.kill(each, signal);
            if (each === pid) taken = true;
        } catch {
            // It has just gone.
        }
    }
    return taken;
}

/** All processes below one, parents before their children. */
function childrenOf(pid: number): number[] {
    if (process.platform !== 'linux') return [];
    try {
        const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
        const children = text === '' ? [] : text.split(' ').map(Number);
        return children.flatMap((child) => [child, ...childrenOf(child)]);
    } catch {
        return []; // it has just gone, or the kernel was built without this file
    }
}
