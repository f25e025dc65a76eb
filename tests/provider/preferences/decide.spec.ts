import {
    decide,
    type Decision,
    NOTHING_SEEN,
    type Observation,
    readPreferences,
    type SuspensionCode,
} from '../../../provider/preferences';

const MINUTE = 60_000;
const GIB = 1024 ** 3;
/** A Thursday, 12:00 in UTC. */
const NOON = Date.UTC(2026, 10, 26, 12);

interface Case {
    /** What the file says. */
    readonly wish: object;
    readonly seen?: Partial<Observation>;
    readonly now?: number;
    readonly held?: readonly SuspensionCode[];
}

function decided({ wish, seen = {}, now = NOON, held = [] }: Case): Decision {
    return decide(readPreferences(wish), { ...NOTHING_SEEN, ...seen }, now, {
        cores: 4,
        timeZone: 'UTC',
        held: new Map(held.map((code) => [code, now - 60_000])),
    });
}

const codes = (given: Case) => decided(given).reasons.map(({ code }) => code);
const onBattery = (percent?: number) => ({ battery: { onBattery: true, percent } });
const online = (metered: boolean | undefined, wifi?: boolean) => ({
    connection: { metered, wifi },
});
const gib = (own: number, total: number, available: number) => ({
    memory: { ownBytes: own * GIB, totalBytes: total * GIB, availableBytes: available * GIB },
});

/** [what, what the owner wants, what is seen, the reasons] */
const TABLE: readonly (readonly [string, object, Partial<Observation>, SuspensionCode[]])[] = [
    ['nothing said, nothing seen', {}, {}, []],
    ['nothing said, somebody there', {}, { deskIdleMs: 0 }, []],
    [
        'idle only, input a second ago',
        { idle: { only: true } },
        { deskIdleMs: 1_000 },
        ['user-active'],
    ],
    ['idle only, none for 3 minutes', { idle: { only: true } }, { deskIdleMs: 3 * MINUTE }, []],
    ['idle only, no desk', { idle: { only: true } }, { deskIdleMs: Infinity }, []],
    ['idle only, nothing tells', { idle: { only: true } }, {}, ['idle-unknown']],
    [
        'idle only, only terminals tell',
        { idle: { only: true } },
        { terminalIdleMs: 5 },
        ['user-active'],
    ],
    [
        'idle only, typing by SSH does not count',
        { idle: { only: true } },
        { deskIdleMs: Infinity, terminalIdleMs: 5 },
        [],
    ],
    [
        'idle only, typing by SSH counts',
        { idle: { only: true, terminals: true } },
        { deskIdleMs: Infinity, terminalIdleMs: 5 },
        ['user-active'],
    ],
    [
        'idle after ten minutes',
        { idle: { only: true, minutes: 10 } },
        { deskIdleMs: 9 * MINUTE },
        ['user-active'],
    ],
    [
        'a listed program runs',
        { programs: ['Doom.exe'] },
        { programs: new Set(['doom']) },
        ['program-running'],
    ],
    ['another program runs', { programs: ['doom'] }, { programs: new Set(['doomed']) }, []],
    ['programs cannot be seen', { programs: ['doom'] }, {}, []],
    ['hours that hold', { hours: { thursday: '11:00-13:00' } }, {}, []],
    ['hours over', { hours: { thursday: '08:00-12:00' } }, {}, ['outside-hours']],
    ['a day without hours', { hours: { thursday: 'never' } }, {}, ['outside-hours']],
    ['hours of another day', { hours: { friday: 'never' } }, {}, []],
    ['others at the limit', { cpu: { othersPercent: 40 } }, { othersPercent: 40 }, []],
    ['others over it', { cpu: { othersPercent: 40 } }, { othersPercent: 41 }, ['processor-busy']],
    ['others, and no limit', {}, { othersPercent: 100 }, []],
    ['models within their half', {}, { ...gib(4, 16, 8), deskIdleMs: 0 }, []],
    ['models over it', {}, { ...gib(9, 16, 8), deskIdleMs: 0 }, ['memory-full']],
    ['models over half, nobody there', {}, { ...gib(9, 16, 8), deskIdleMs: Infinity }, []],
    ['room on the disk', {}, { disk: { freeBytes: 2 * GIB, ownBytes: 0 } }, []],
    ['none on the disk', {}, { disk: { freeBytes: GIB / 2, ownBytes: 0 } }, ['disk-floor']],
    [
        'more than its part of the disk',
        { disk: { maxGiB: 1 } },
        { disk: { freeBytes: 9 * GIB, ownBytes: 2 * GIB } },
        ['disk-full'],
    ],
    ['plugged in', {}, { battery: { onBattery: false, percent: 3 } }, []],
    ['on battery', {}, onBattery(100), ['on-battery']],
    ['on battery as wished', { battery: { use: true } }, onBattery(60), []],
    ['battery low', { battery: { use: true } }, onBattery(40), ['battery-low']],
    ['battery of an unknown level', { battery: { use: true } }, onBattery(), []],
    ['warm', {}, { celsius: 90 }, []],
    ['hot', {}, { celsius: 91 }, ['too-hot']],
    [
        'network hours over',
        { network: { hours: { thursday: '00:00-06:00' } } },
        {},
        ['outside-network-hours'],
    ],
    ['volume left', { network: { maxGiBPerDay: 2 } }, { movedBytes: GIB }, []],
    [
        'volume used up',
        { network: { maxGiBPerDay: 2 } },
        { movedBytes: 2 * GIB },
        ['network-volume'],
    ],
    ['metered', {}, online(true), ['metered-connection']],
    ['metered as wished', { network: { metered: true } }, online(true), []],
    ['not known to be metered', {}, online(undefined), []],
    ['Wi-Fi only, by wire', { network: { wifiOnly: true } }, online(false, false), ['not-wifi']],
    ['Wi-Fi only, by Wi-Fi', { network: { wifiOnly: true } }, online(false, true), []],
    [
        'a game on the card',
        { gpu: { othersPercent: 20 } },
        { graphicsPercent: 80 },
        ['graphics-busy'],
    ],
    ['the card at rest', { gpu: { othersPercent: 20 } }, { graphicsPercent: 3 }, []],
];

describe('a decision', () => {
    it.each(TABLE)('%s', (_, wish, seen, reasons) => {
        expect(codes({ wish, seen })).toEqual(reasons);
        expect(decided({ wish, seen }).mayBid).toBe(reasons.length === 0);
    });

    it('stops what was begun for what concerns the machine, and only new work for disk and network', () => {
        expect(decided({ wish: {}, seen: onBattery() }).mayRun).toBe('pause');
        expect(decided({ wish: {}, seen: online(true) }).mayRun).toBe('run');
        expect(decided({ wish: { cpu: { sharePercent: 30 } } })).toMatchObject({
            mayRun: 'throttle',
            cpuShare: 0.3,
        });
    });

    it('says what to do in each reason, and nothing that is not seen', () => {
        for (const [, wish, seen] of TABLE) {
            for (const { detail, hint } of decided({ wish, seen }).reasons) {
                expect(detail).toMatch(/^[A-Z].*\.$/);
                expect(hint).toMatch(/^[A-Z].*\.$/);
                expect(`${detail}${hint}`).not.toMatch(/undefined|NaN|Infinity/);
            }
        }
    });

    it('takes the cores of its owner, and else those of the configuration', () => {
        expect(decided({ wish: {} }).cores).toBe(4);
        expect(decided({ wish: { cpu: { cores: 2 } } }).cores).toBe(2);
    });

    it('gives models less memory while somebody is there, and never what others need', () => {
        const limit = (seen: Partial<Observation>) => decided({ wish: {}, seen }).memoryBytes;
        expect(limit({ ...gib(0, 16, 16), deskIdleMs: 0 })).toBe(8 * GIB);
        expect(limit({ ...gib(0, 16, 16), deskIdleMs: Infinity })).toBe(14.4 * GIB);
        // Where nothing tells, somebody may be there.
        expect(limit(gib(0, 16, 16))).toBe(8 * GIB);
        expect(limit({ ...gib(1, 16, 2), deskIdleMs: Infinity })).toBe(3 * GIB);
    });

    it('lets a graphics card be used only when nobody is there, unless its owner says otherwise', () => {
        expect(decided({ wish: {}, seen: { deskIdleMs: 0 } }).gpu).toBe(false);
        expect(decided({ wish: {}, seen: { deskIdleMs: Infinity } }).gpu).toBe(true);
        const wish = { gpu: { onlyWhenIdle: false } };
        expect(decided({ wish, seen: { deskIdleMs: 0 } }).gpu).toBe(true);
        expect(decided({ wish, seen: onBattery() }).gpu).toBe(false);
    });
});

describe('what is suspended', () => {
    /** [reason, what the owner wants, what is seen, whether it is still suspended] */
    const MARGINS: readonly (readonly [SuspensionCode, object, Partial<Observation>, boolean])[] = [
        ['too-hot', {}, { celsius: 85 }, true],
        ['too-hot', {}, { celsius: 80 }, false],
        ['battery-low', { battery: { use: true } }, onBattery(52), true],
        ['battery-low', { battery: { use: true } }, onBattery(55), false],
        ['processor-busy', { cpu: { othersPercent: 40 } }, { othersPercent: 35 }, true],
        ['processor-busy', { cpu: { othersPercent: 40 } }, { othersPercent: 29 }, false],
        ['graphics-busy', { gpu: { othersPercent: 40 } }, { graphicsPercent: 35 }, true],
        ['disk-floor', {}, { disk: { freeBytes: 1.05 * GIB, ownBytes: 0 } }, true],
        ['disk-floor', {}, { disk: { freeBytes: 1.2 * GIB, ownBytes: 0 } }, false],
        ['memory-full', {}, gib(7.5, 16, 9), true],
        ['memory-full', {}, gib(7, 16, 9), false],
    ];
    it.each(MARGINS)('%s: goes on only by a margin (%j, %j: %j)', (code, wish, seen, still) => {
        expect(codes({ wish, seen })).toEqual([]);
        expect(codes({ wish, seen, held: [code] })).toEqual(still ? [code] : []);
    });

    it('waits for ten seconds after a program has been seen last', () => {
        const preferences = readPreferences({ programs: ['doom'] });
        let held: Decision['held'] = new Map();
        const at = (seconds: number, ...running: string[]) => {
            const seen = { ...NOTHING_SEEN, programs: new Set(running) };
            const decision = decide(preferences, seen, NOON + seconds * 1000, { cores: 1, held });
            ({ held } = decision);
            return decision.mayRun;
        };
        expect(at(0)).toBe('run');
        expect(at(1, 'doom')).toBe('pause');
        expect(at(600, 'doom')).toBe('pause');
        expect(at(605)).toBe('pause');
        expect(at(606, 'doom')).toBe('pause');
        expect(at(615)).toBe('pause');
        expect(at(616)).toBe('run');
    });

    it('is no reason once its owner no longer wants it', () => {
        expect(codes({ wish: {}, held: ['program-running', 'processor-busy'] })).toEqual([]);
    });
});
