import { planPace, slackMs } from '../../../provider/governor/plan';
import type { OpenDuty } from '../../../provider/governor/duties';

const NOW = 1_000_000;
const CORES = 4;

interface DutyLike {
    readonly dueIn: number;
    readonly coreSeconds: number;
    readonly giveBackIn?: number;
    readonly atOnce?: boolean;
}

function duty({ dueIn, coreSeconds, giveBackIn, atOnce }: DutyLike): OpenDuty {
    return {
        name: 'job',
        dueMs: NOW + dueIn * 1000,
        giveBackUntilMs: giveBackIn === undefined ? undefined : NOW + giveBackIn * 1000,
        leftCoreMs: () => coreSeconds * 1000,
        ...(atOnce !== undefined && { atOnce }),
        paused: false,
        giveBack: () => undefined,
    };
}

interface Given {
    readonly duties?: readonly DutyLike[];
    readonly suspended?: boolean;
    readonly share?: number;
    readonly cores?: number;
    readonly wish?: 'pause' | 'finish' | 'handBack';
    readonly before?: 'wished' | 'paused' | 'owed' | 'hurried';
}

function plan({ duties = [], suspended = false, share = 1, cores = CORES, ...given }: Given) {
    return planPace(
        { mayRun: suspended ? 'pause' : 'run', cpuShare: share, cores, lowPriority: true },
        duties.map(duty),
        { wish: given.wish ?? 'pause', cores: CORES, before: given.before ?? 'wished', now: NOW },
    );
}

describe('a plan', () => {
    it('is what the owner wishes where nothing is suspended', () => {
        expect(plan({ share: 0.5, cores: 2 })).toMatchObject({
            mode: 'wished',
            share: 0.5,
            processes: 2,
            lowPriority: true,
        });
        // No more than the configuration has.
        expect(plan({ cores: 64 }).processes).toBe(CORES);
    });

    it('stands still where nothing was begun', () => {
        for (const wish of ['pause', 'finish', 'handBack'] as const) {
            expect(plan({ suspended: true, wish })).toMatchObject({ mode: 'paused', share: 0 });
        }
    });

    it.each([
        // [core seconds, due in seconds, mode]: 4 cores, 1.5 times, 6 s, 2.5 s earlier
        [40, 100, 'paused'],
        [40, 24, 'paused'],
        [40, 23, 'owed'],
        [40, 15, 'hurried'],
        [0, 5, 'hurried'],
        [0, 8, 'owed'],
        [0, 9, 'paused'],
    ])(
        'pauses %d core seconds that are due in %d s as long as it can: %s',
        (coreSeconds, dueIn, mode) => {
            expect(plan({ suspended: true, duties: [{ coreSeconds, dueIn }] }).mode).toBe(mode);
        },
    );

    it('counts at the speed that the owner allows', () => {
        const duties = [{ coreSeconds: 40, dueIn: 100 }];
        expect(plan({ suspended: true, duties, share: 0.2 }).mode).toBe('paused');
        expect(plan({ suspended: true, duties, share: 0.15 })).toMatchObject({
            mode: 'owed',
            share: 0.15,
        });
        expect(plan({ suspended: true, duties, share: 0.1 })).toMatchObject({
            mode: 'hurried',
            share: 1,
            processes: CORES,
            lowPriority: false,
        });
    });

    it('hurries what would be late at the speed that the owner wishes, also where nothing suspends', () => {
        const duties = [{ coreSeconds: 40, dueIn: 30 }];
        expect(plan({ duties }).mode).toBe('wished');
        expect(plan({ duties, cores: 1 })).toMatchObject({ mode: 'hurried', processes: CORES });
    });

    it('goes on to the end with what had to go on', () => {
        const duties = [{ coreSeconds: 1, dueIn: 1_000 }];
        expect(plan({ suspended: true, duties, before: 'owed' }).mode).toBe('owed');
        expect(plan({ suspended: true, duties, before: 'hurried' }).mode).toBe('hurried');
        expect(plan({ duties, before: 'hurried' }).mode).toBe('hurried');
        expect(plan({ suspended: true, before: 'owed' }).mode).toBe('paused');
        expect(plan({ before: 'hurried' }).mode).toBe('wished');
    });

    it('finishes what was begun where the owner says so', () => {
        const duties = [{ coreSeconds: 1, dueIn: 1_000 }];
        expect(plan({ suspended: true, duties, wish: 'finish' }).mode).toBe('owed');
    });

    it('gives a job back just before that is no longer free, and only where the owner says so', () => {
        const back = (giveBackIn: number, wish: 'pause' | 'handBack') =>
            plan({ suspended: true, wish, duties: [{ coreSeconds: 1, dueIn: 600, giveBackIn }] })
                .giveBack.length;
        expect([back(30, 'handBack'), back(6, 'handBack'), back(3, 'handBack')]).toEqual([0, 1, 1]);
        // Too late for a message.
        expect([back(1, 'handBack'), back(-5, 'handBack'), back(5, 'pause')]).toEqual([0, 0, 0]);
    });

    it('never keeps the duties of a verifier waiting, nor hurries for them', () => {
        const check = { coreSeconds: 5, dueIn: -100, atOnce: true };
        expect(plan({ suspended: true, duties: [check], share: 0.5 })).toMatchObject({
            mode: 'owed',
            share: 0.5,
        });
    });
});

describe('the time that duties may wait', () => {
    const slack = (...duties: DutyLike[]) => slackMs(duties.map(duty), 2, 1, NOW) / 1000;

    it('has no end without any', () => expect(slack()).toBe(Infinity));

    it('is what is left beside all that is due before', () => {
        expect(slack({ coreSeconds: 20, dueIn: 30 })).toBe(14);
        expect(slack({ coreSeconds: 20, dueIn: 30 }, { coreSeconds: 20, dueIn: 100 })).toBe(14);
        expect(slack({ coreSeconds: 20, dueIn: 100 }, { coreSeconds: 20, dueIn: 32 })).toBe(16);
        expect(slack({ coreSeconds: 20, dueIn: 30 }, { coreSeconds: 40, dueIn: 31 })).toBe(-5);
    });
});
