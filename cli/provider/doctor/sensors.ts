import { createMachine, hostSystem, type SensorReport } from '../../../provider/machine';
import { openPreferencesFile } from '../../../provider';
import type { Preferences } from '../../../provider/preferences';
import type { Config } from '../../config';
import { preferencesPath } from '../setup';
import { type Check, ok, problem, warning } from './check';

/** The processor is averaged between two looks, milliseconds. */
const BETWEEN_MS = 1_200;

/** The preferences of each sensor, and whether they ask for it. */
const ASKS: Readonly<Record<string, (wish: Preferences) => string | undefined>> = {
    'input at the desk': ({ idle }) => (idle.only ? 'idle.only' : undefined),
    programs: ({ programs }) => (programs.length > 0 ? 'programs' : undefined),
    'processor use of others': ({ cpu }) =>
        cpu.othersPercent === undefined ? undefined : 'cpu.othersPercent',
    connection: ({ network }) => (network.wifiOnly ? 'network.wifiOnly' : undefined),
    'graphics card': ({ gpu }) =>
        gpu.othersPercent === undefined ? undefined : 'gpu.othersPercent',
};

/** Which source tells each sensor what, and what it takes where none does. */
export async function sensorChecks({ home }: Config): Promise<Check[]> {
    const file = openPreferencesFile(preferencesPath(home));
    await file.refresh();
    const { error, preferences } = file;
    const machine = createMachine({
        system: hostSystem(),
        folder: home.folder,
        own: {
            pids: () => [process.pid],
            memoryBytes: () => 0,
            diskBytes: () => 0,
            movedBytes: () => 0,
        },
    });
    try {
        await machine.look();
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
        await machine.look();
        const broken = error === undefined ? [] : [problem('sensors', error.message, error.hint)];
        return [...broken, ...machine.report().map((report) => sensorCheck(report, preferences))];
    } finally {
        machine.close();
    }
}

function sensorCheck(
    { sensor, source, value, tried, mend }: SensorReport,
    wish: Preferences,
): Check {
    const name = `${sensor.charAt(0).toUpperCase()}${sensor.slice(1)}`;
    if (source !== undefined)
        return ok('sensors', `${name}: ${value ?? 'unknown'}, from ${source}.`);
    const why =
        tried.length === 0
            ? 'this system has no source'
            : tried.map((one) => `${one.name}: ${one.why}`).join('; ');
    const says = `${name}: not seen here (${why}).`;
    const asked = ASKS[sensor]?.(wish);
    if (asked === undefined) return { ...ok('sensors', says), mend };
    const instead =
        asked === 'idle.only' ? 'goes by terminals alone' : 'does nothing without a source';
    return warning('sensors', `${says} ${asked} ${instead}.`, mend);
}
