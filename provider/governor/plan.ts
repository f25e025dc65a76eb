import type { Decision, Preferences } from '../preferences';
import type { OpenDuty } from './duties';

/** How fast children work, and what becomes of duties. */
export interface Plan {
    /** From 0 (stopped) to 1. */
    readonly share: number;
    readonly processes: number;
    readonly lowPriority: boolean;
    /**
     * `wished`: as the owner wishes; `paused`: stopped; `owed`: what is begun goes on although its
     * owner does not wish it now; `hurried`: with all that the machine has, to be in time.
     */
    readonly mode: 'wished' | 'paused' | 'owed' | 'hurried';
    /** What is to be given back now. */
    readonly giveBack: readonly OpenDuty[];
}

/** What becomes of jobs that were won, in each mode of a node. */
export const MODE_SENTENCES: Readonly<Record<Plan['mode'], string>> = {
    wished: 'What was begun goes on.',
    paused: 'Computing stands still.',
    owed: 'What was begun goes on, because its deadline does not wait.',
    hurried: 'What was begun goes on with all cores, because it would be late otherwise.',
};

export interface PlanOptions {
    readonly wish: Preferences['runningJobs'];
    /** Cores of the configuration: the most that there are. */
    readonly cores: number;
    /** The plan before: what had to go on goes on to its end. */
    readonly before: Plan['mode'];
    /** Milliseconds since 1970. */
    readonly now: number;
}

/** Predictions are taken times this, as in the plan that bids are made by. */
const SAFETY = 1.5;
/** For the commit to reach the chain, milliseconds. */
const OVERHEAD_MS = 6_000;
/** What has to go on does so this much earlier than need be, so that it need not be hurried. */
const LEAD_MS = 2_500;
/** Before the time to give back ends, milliseconds: a message has to reach the chain. */
export const GIVE_BACK_MS = 6_000;

/**
 * What the children do, so that comfort never costs stake: what was begun waits only as long as all
 * of it can still be done in time at the speed that its owner allows, and is hurried where that
 * speed is not enough. Deadlines are met, whenever they can be, by doing first what is due first.
 */
export function planPace(
    decision: Pick<Decision, 'mayRun' | 'cpuShare' | 'cores' | 'lowPriority'>,
    duties: readonly OpenDuty[],
    { wish, cores, before, now }: PlanOptions,
): Plan {
    const processes = Math.min(decision.cores, cores);
    const speed = decision.cpuShare * processes;
    const wished = { share: decision.cpuShare, processes, lowPriority: decision.lowPriority };
    const hurried = { share: 1, processes: cores, lowPriority: false };
    // Those that never wait are short, and their deadlines are long.
    const waiting = duties.filter(({ atOnce }) => atOnce !== true);
    const late = slackMs(waiting, speed, 1, now) < 0;
    const stays = before === 'owed' || before === 'hurried';
    if (decision.mayRun !== 'pause') {
        const hurry = late || (before === 'hurried' && duties.length > 0);
        return hurry
            ? { ...hurried, mode: 'hurried', giveBack: [] }
            : { ...wished, mode: 'wished', giveBack: [] };
    }
    const still = { ...wished, share: 0, mode: 'paused' } as const;
    if (duties.length === 0) return { ...still, giveBack: [] };
    const near = slackMs(waiting, speed, SAFETY, now) < LEAD_MS;
    const owed = near || stays || wish === 'finish' || waiting.length < duties.length;
    const giveBack = wish === 'handBack' ? duties.filter((duty) => mustGoBack(duty, now)) : [];
    if (!owed) return { ...still, giveBack };
    return late || before === 'hurried'
        ? { ...hurried, mode: 'hurried', giveBack }
        : { ...wished, mode: 'owed', giveBack };
}

/**
 * How long all duties may wait and still be done in time, milliseconds; negative where they will not
 * be. Infinite without any.
 *
 * @param speed - cores that work, over 0
 */
export function slackMs(
    duties: readonly Pick<OpenDuty, 'dueMs' | 'leftCoreMs'>[],
    speed: number,
    safety: number,
    now: number,
): number {
    const ordered = [...duties].sort((a, b) => a.dueMs - b.dueMs);
    let workMs = 0;
    let slack = Infinity;
    for (const { dueMs, leftCoreMs } of ordered) {
        workMs += (leftCoreMs() / speed) * safety;
        slack = Math.min(slack, dueMs - now - workMs - OVERHEAD_MS);
    }
    return slack;
}

/** As late as it can be: the reason to wait may be over before. */
function mustGoBack({ giveBackUntilMs }: OpenDuty, now: number): boolean {
    if (giveBackUntilMs === undefined) return false;
    const leftMs = giveBackUntilMs - now;
    return leftMs > GIVE_BACK_MS / 3 && leftMs <= GIVE_BACK_MS;
}
