import { sleep } from '../../sdk';
import type { Random } from '../../sim/random';
import type { SoakNode } from './node';

/** What was done to the nodes. */
export interface Disturbances {
    kills: number;
    stops: number;
    preferences: number;
    /** What commands of the owner said that did not work: none. */
    readonly failures: string[];
}

/** Preferences that an owner changes while jobs run; each is as usual again after a while. */
const CHANGES: readonly (readonly [name: string, value: string])[] = [
    ['cpu.sharePercent', '20'],
    ['cpu.sharePercent', '60'],
    ['cpu.lowPriority', 'false'],
    ['memory.inUsePercent', '20'],
    // A program that runs: nothing is computed beside it.
    ['programs', 'node'],
    ['runningJobs', 'finish'],
    ['runningJobs', 'handBack'],
    ['disk.minFreeGiB', '60000'],
];
const PAUSE_MS = 10_000;
const LONGEST_OUTAGE_MS = 8_000;
const LONGEST_CHANGE_MS = 10_000;

/** Kills, stops and pesters nodes at random until the signal. */
export async function disturb(
    nodes: readonly SoakNode[],
    random: Random,
    signal: AbortSignal,
): Promise<Disturbances> {
    const done: Disturbances = { kills: 0, stops: 0, preferences: 0, failures: [] };
    const aftermath = new Set<Promise<void>>();
    while (!signal.aborted) {
        await pause(random.exponential() * PAUSE_MS, signal);
        const node = nodes[random.below(nodes.length)];
        // One at a time: two outages together leave too few to check what the others do.
        const others = nodes.filter((one) => one !== node);
        if (signal.aborted || node === undefined || !node.running) continue;
        const act = random.uniform();
        const lasts = random.uniform();
        if (act < 0.6 && others.every(({ running }) => running)) {
            if (act < 0.45) done.kills++;
            else done.stops++;
            await (act < 0.45 ? node.kill() : node.stop());
            await pause(lasts * LONGEST_OUTAGE_MS, signal);
            node.start();
        } else if (act >= 0.6) {
            done.preferences++;
            const change = CHANGES[random.below(CHANGES.length)] as (typeof CHANGES)[number];
            const after = pester(node, change, lasts * LONGEST_CHANGE_MS, signal)
                .catch((error: unknown) => void done.failures.push(String(error)))
                .finally(() => aftermath.delete(after));
            aftermath.add(after);
        }
    }
    await Promise.all(aftermath);
    return done;
}

async function pester(
    node: SoakNode,
    [name, value]: (typeof CHANGES)[number],
    ms: number,
    signal: AbortSignal,
): Promise<void> {
    await node.setPreference(name, value);
    await pause(ms, signal);
    await node.resetPreference(name);
}

/** @returns also when the signal comes */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, signal).catch(() => undefined);
}
