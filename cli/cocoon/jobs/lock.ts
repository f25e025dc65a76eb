import { open, readFile, rm } from 'node:fs/promises';
import { sleep } from '../../../sdk';
import { BusyError } from './errors';

export interface LockOptions {
    /** The end of "Another command … ". */
    readonly what: string;
    /** How long to wait for its holder; not at all unless set. */
    readonly waitMs?: number;
    readonly onWait?: () => void;
    readonly signal: AbortSignal;
}

/** A lock that is held. */
export interface HeldLock {
    /** May be called again. */
    release(): Promise<void>;
}

const LOOK_MS = 100;

/**
 * Takes a lock file. One that a killed process has left is taken over.
 *
 * @throws BusyError where somebody else holds it for longer than the wait; the reason of the signal
 */
export async function takeLock(path: string, options: LockOptions): Promise<HeldLock> {
    const { what, waitMs = 0, onWait, signal } = options;
    const end = performance.now() + waitMs;
    for (let told = false; !(await create(path));) {
        const holder = await holderOf(path);
        if (holder === undefined || !isAlive(holder)) {
            await rm(path, { force: true });
            continue;
        }
        if (performance.now() >= end) throw new BusyError(what, holder, path);
        if (!told) onWait?.();
        told = true;
        await sleep(LOOK_MS, signal);
    }
    let held = true;
    return {
        release: async () => {
            if (!held) return;
            held = false;
            await rm(path, { force: true });
        },
    };
}

async function create(path: string): Promise<boolean> {
    try {
        const file = await open(path, 'wx', 0o600);
        await file.writeFile(String(process.pid));
        await file.close();
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
    }
}

/** The process that holds it; undefined where the file says none. */
async function holderOf(path: string): Promise<number | undefined> {
    // Between its making and its writing the file is empty for an instant.
    for (let look = 0; look < 5; look++) {
        const text = await readFile(path, 'utf8').catch(() => '');
        if (/^\d+$/.test(text)) return Number(text);
        await sleep(LOOK_MS / 5);
    }
    return undefined;
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
}
