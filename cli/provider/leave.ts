import { formatDuration } from '../terminal';
import type { OpenWork } from './open-work';

/**
 * How long a new start takes at most before a node goes on with what it has, seconds: what is due
 * sooner is finished before the end.
 */
export const RESTART_SECONDS = 120;

export interface Leaving {
    /** Takes nothing new; resolves when nothing is left that a stop would interrupt. */
    drain(): Promise<void>;
    openWork(): readonly OpenWork[];
}

export interface LeaveOptions {
    /** How long the node goes on in any case, seconds. */
    readonly drainSeconds: number;
    readonly say: (text: string) => void;
    /** Milliseconds that only grow. */
    readonly now: () => number;
    readonly sleep: (ms: number) => Promise<void>;
}

const LOOK_MS = 250;

/**
 * Goes on for a while with what a node has, and longer with what is due before a new start could go
 * on with it, `RESTART_SECONDS` at most; says what is left then, and until when it needs a node.
 */
export async function leave(node: Leaving, options: LeaveOptions): Promise<void> {
    const { drainSeconds, say, now, sleep } = options;
    let drained = false;
    const draining = node.drain().then(() => (drained = true));
    const startedAt = now();
    const elapsed = () => (now() - startedAt) / 1000;
    let told = false;
    while (!drained) {
        const left = elapsed();
        if (left >= drainSeconds) {
            const urgent = node.openWork().filter(isUrgent);
            if (urgent.length === 0 || left >= drainSeconds + RESTART_SECONDS) break;
            if (!told) {
                say(
                    `Goes on with ${urgent.map(({ name }) => name).join(', ')}: due before a new start could.`,
                );
            }
            told = true;
        }
        await Promise.race([draining, sleep(LOOK_MS)]);
    }
    for (const work of node.openWork()) say(sentenceOf(work));
}

function isUrgent({ owed, leftSeconds }: OpenWork): boolean {
    return owed && leftSeconds !== undefined && leftSeconds > 0 && leftSeconds <= RESTART_SECONDS;
}

function sentenceOf({ name, at, leftSeconds }: OpenWork): string {
    const until =
        leftSeconds === undefined
            ? ''
            : leftSeconds <= 0
              ? '; this step is over now'
              : `; this step ends in ${formatDuration(leftSeconds * 1000)}`;
    return `Left to the next start: ${name} ${at}${until}.`;
}
