import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';
import { count, instant } from './codecs';
import { StateInUseError, StateUnwritableError } from './errors';
import type { Table } from './table';

export const ownerSchema = z.object({
    token: z.string(),
    pid: count,
    host: z.string(),
    /** When the process began, as its system tells it: ids of processes come again. */
    began: z.string(),
    seenAt: instant,
});

/** The node that has a state open. */
export type Owner = z.output<typeof ownerSchema>;

const KEY = 'owner';
/** What this process owns: a release that found no room on the disk is one all the same. */
const held = new Set<string>();
/** An owner on another host is gone when it has been silent for longer, milliseconds. */
const SILENT_MS = 120_000;
const RENEW_MS = 30_000;

export interface OwnershipOptions {
    readonly folder: string;
    readonly table: Table<string, Owner>;
    /** Runs writes as one that no other process can come between. */
    readonly atomically: <T>(work: () => T) => T;
    readonly now: () => number;
}

/** The right to be the only node of a state. */
export interface Ownership {
    release(): void;
}

/**
 * Takes a state for this process: the database alone would let two nodes in, which would then
 * sign two bids, or two roots, for one job. The owner stands in the database, so that two that
 * start at once cannot both find it free. One whose process has ended is replaced.
 *
 * @throws StateInUseError
 */
export function takeOwnership(options: OwnershipOptions): Ownership {
    const { folder, table, atomically, now } = options;
    const mine = {
        token: randomUUID(),
        pid: process.pid,
        host: hostname(),
        began: beginOf(process.pid) ?? '',
    };
    atomically(() => {
        const other = table.get(KEY);
        if (other !== undefined && lives(other, now())) {
            throw new StateInUseError(folder, other.pid, other.host);
        }
        table.put(KEY, { ...mine, seenAt: now() });
    });
    held.add(mine.token);
    const renewal = setInterval(() => {
        unlessFull(() => table.put(KEY, { ...mine, seenAt: now() }));
    }, RENEW_MS);
    renewal.unref();
    return {
        release() {
            clearInterval(renewal);
            held.delete(mine.token);
            unlessFull(() =>
                atomically(() => {
                    if (table.get(KEY)?.token === mine.token) table.remove(KEY);
                }),
            );
        },
    };
}

/** Whoever ends is replaced all the same, and a process of this host is seen to live without. */
function unlessFull(write: () => void): void {
    try {
        write();
    } catch (error) {
        if (!(error instanceof StateUnwritableError)) throw error;
    }
}

function lives(owner: Owner, now: number): boolean {
    if (owner.host !== hostname()) return now - owner.seenAt < SILENT_MS;
    if (owner.pid === process.pid && !held.has(owner.token)) return false;
    if (!isRunning(owner.pid)) return false;
    const began = beginOf(owner.pid);
    return began === undefined || began === owner.began;
}

function isRunning(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        // There is one, of another user.
        return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
}

/** Start of a process in ticks since boot, with the boot; undefined where nothing tells it. */
function beginOf(pid: number): string | undefined {
    try {
        const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // The name of the program, in parentheses, may hold anything.
        const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
        return `${boot} ${ticks}`;
    } catch {
        return undefined;
    }
}
