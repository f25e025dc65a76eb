import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
    createGovernor,
    type Governor,
    type GovernorEvent,
    openPreferencesFile,
    PassError,
} from '../../../provider';
import type { Machine } from '../../../provider/machine';
import { NOTHING_SEEN, type Observation, PreferencesError } from '../../../provider/preferences';
import type { Pace } from '../../../runtime';

const GIB = 1024 ** 3;

let folder: string;
let governor: Governor | undefined;
let seen: Observation;
let paces: Pace[];
let events: GovernorEvent[];
let relieved: number;

beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cocoon-test-'));
    seen = { ...NOTHING_SEEN, deskIdleMs: 0 };
    paces = [];
    events = [];
    relieved = 0;
});
afterEach(async () => {
    await governor?.stop();
    governor = undefined;
    rmSync(folder, { recursive: true });
});

const machine: Machine = {
    look: () => Promise.resolve(seen),
    report: () => [],
    close: () => undefined,
};
const write = (text: string) => writeFileSync(join(folder, 'preferences.yaml'), text);

/** Looks more often than nodes do, where a test is not about that. */
const QUICK_MS = 20;

async function start(tickMs?: number, look = () => machine.look()): Promise<Governor> {
    governor = createGovernor({
        file: openPreferencesFile(join(folder, 'preferences.yaml')),
        machine: { ...machine, look },
        runtime: { setPace: (pace) => void paces.push(pace), workedMs: () => 0 },
        cores: 2,
        ...(tickMs !== undefined && { tickMs }),
        onEvent: (event) => events.push(event),
        relieve: () => relieved++,
    });
    await governor.start();
    return governor;
}

/** Resolves when the condition holds. @returns how long that took, milliseconds */
async function until(condition: () => boolean): Promise<number> {
    const startedAt = performance.now();
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
    return performance.now() - startedAt;
}

const kinds = () => events.map(({ kind }) => kind);
const pace = () => paces.at(-1);
const RESPECTED_MS = 2_000;

describe('a governor', () => {
    it('lets a node do as usual where its owner has said nothing', async () => {
        const { suspensions, state } = await start();
        expect(suspensions).toEqual([]);
        expect(() => governor?.checkBid()).not.toThrow();
        expect(pace()).toEqual({ share: 1, processes: 2, lowPriority: true });
        expect(state).toMatchObject({ mode: 'wished', inUse: true });
        expect(events).toEqual([]);
    });

    it('respects a change of the file within two seconds, in both directions', async () => {
        await start();
        write('idle: { only: true }\n');
        expect(await until(() => pace()?.share === 0)).toBeLessThan(RESPECTED_MS);
        expect(kinds()).toEqual(['preferences-changed', 'suspended']);
        expect(events.at(-1)).toMatchObject({ suspensions: [{ code: 'user-active' }] });
        expect(() => governor?.checkBid()).toThrow(PassError);
        write('cpu: { sharePercent: 30, cores: 1, lowPriority: false }\n');
        expect(await until(() => pace()?.share === 0.3)).toBeLessThan(RESPECTED_MS);
        expect(pace()).toEqual({ share: 0.3, processes: 1, lowPriority: false });
        expect(kinds().at(-1)).toBe('resumed');
    });

    it('respects what happens at the machine within two seconds', async () => {
        write('idle: { only: true }\n');
        seen = { ...NOTHING_SEEN, deskIdleMs: 600_000 };
        await start();
        expect(pace()?.share).toBe(1);
        seen = { ...NOTHING_SEEN, deskIdleMs: 10 };
        expect(await until(() => pace()?.share === 0)).toBeLessThan(RESPECTED_MS);
    });

    it('respects a change while a source hangs', async () => {
        let hangs = false;
        // Let go at the end: a governor that is not stopped would pace the tests after this one.
        let letGo: (observation: Observation) => void = () => undefined;
        const hanging = new Promise<Observation>((resolve) => (letGo = resolve));
        await start(QUICK_MS, () => (hangs ? hanging : Promise.resolve(seen)));
        hangs = true;
        await new Promise((resolve) => setTimeout(resolve, 5 * QUICK_MS));
        write(
            'hours: { monday: never, tuesday: never, wednesday: never, thursday: never, friday: never, saturday: never, sunday: never }\n',
        );
        try {
            expect(await until(() => pace()?.share === 0)).toBeLessThan(RESPECTED_MS);
        } finally {
            letGo(seen);
        }
    });

    it('takes nothing new while the file is wrong, and keeps to what was before', async () => {
        write('cpu: { sharePercent: 50 }\n');
        await start(QUICK_MS);
        write('cpu: { sharePercent: 500 }\n');
        await until(() => events.some(({ kind }) => kind === 'suspended'));
        expect(governor?.suspensions).toMatchObject([
            { code: 'preferences-invalid', scope: 'bids' },
        ]);
        expect(pace()?.share).toBe(0.5);
        write('cpu: { sharePercent: 60 }\n');
        await until(() => pace()?.share === 0.6);
        expect(governor?.suspensions).toEqual([]);
    });

    it('does not start with a file that is wrong', async () => {
        write('cpu: fast\n');
        await expect(start(QUICK_MS)).rejects.toThrow(PreferencesError);
    });

    it('tells what was begun to wait, and goes on with it when its deadline comes near', async () => {
        write('idle: { only: true }\n');
        await start(QUICK_MS);
        const told: [boolean, string][] = [];
        const duty = governor?.begin({
            name: 'job',
            dueMs: Date.now() + 10_600,
            leftCoreMs: () => 1_000,
            onChange: (paused, detail) => told.push([paused, detail]),
        });
        await until(() => told.length === 1);
        expect(told[0]).toEqual([true, expect.stringMatching(/waits.*Somebody uses/)]);
        expect(pace()?.share).toBe(0);
        expect(await until(() => told.length === 2)).toBeLessThan(3_500);
        expect(told[1]).toEqual([false, expect.stringMatching(/deadline does not wait/)]);
        expect(pace()?.share).toBe(1);
        duty?.end();
        await until(() => pace()?.share === 0);
        expect(kinds()).toContain('pace');
    });

    it('gives back what can still be given back', async () => {
        write('{ idle: { only: true }, runningJobs: handBack }\n');
        await start(QUICK_MS);
        const duty = governor?.begin({
            name: 'job',
            dueMs: Date.now() + 60_000,
            giveBackUntilMs: Date.now() + 5_000,
            leftCoreMs: () => 1_000,
        });
        await until(() => duty?.signal.aborted === true);
        expect(duty?.signal.reason).toMatchObject({ reason: 'suspended' });
        // Nothing about what the owner does.
        expect((duty?.signal.reason as Error).message).not.toMatch(/uses/);
    });

    it('frees memory, and then takes processes away, when models have more than they may', async () => {
        const memory = (ownGiB: number) => ({
            totalBytes: 16 * GIB,
            availableBytes: 12 * GIB,
            ownBytes: ownGiB * GIB,
        });
        seen = { ...seen, memory: memory(1) };
        await start(QUICK_MS);
        expect(() => governor?.checkMemory(8 * GIB)).not.toThrow();
        expect(() => governor?.checkMemory(8 * GIB + 1)).toThrow(/may take/);
        seen = { ...seen, memory: memory(9) };
        await until(() => pace()?.processes === 1);
        expect(relieved).toBeGreaterThan(0);
        expect(governor?.suspensions).toMatchObject([{ code: 'memory-full', scope: 'bids' }]);
    });
});
