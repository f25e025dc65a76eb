import type {
    BatteryState,
    ConnectionState,
    MemoryUse,
    Observation,
    Preferences,
} from '../preferences';
import { batterySources } from './battery';
import { connectionSources } from './connection';
import { deskSources } from './desk';
import { graphicsSources } from './graphics';
import { diskSources, memorySources } from './memory';
import { processorSources } from './processor';
import { programSources } from './programs';
import { Sensor, type SensorReport } from './source';
import type { System } from './system';
import { temperatureSources } from './temperature';
import { terminalSources } from './terminals';

/** What a node has itself, which nobody else knows. */
export interface OwnUse {
    /** The node and its children. */
    readonly pids: () => readonly number[];
    /** Resident memory of the children, bytes. */
    readonly memoryBytes: () => number;
    /** What lies in its folders, bytes. */
    readonly diskBytes: () => number;
    /** What it has sent and received since midnight, bytes. */
    readonly movedBytes: () => number;
}

export interface MachineOptions {
    readonly system: System;
    /** On whose disk there has to be room. */
    readonly folder: string;
    readonly own: OwnUse;
}

/** The machine as its sensors see it. */
export interface Machine {
    /** Looks at what these preferences need; at everything without them. */
    look(preferences?: Preferences): Promise<Observation>;
    /** What each sensor saw last, and from where. */
    report(): readonly SensorReport[];
    close(): void;
}

const DESK_MEND =
    'On a desktop, run the node as the user who sits there, with DBUS_SESSION_BUS_ADDRESS set, or ' +
    'install xprintidle (X11). A machine without a desk needs none.';

export function createMachine({ system, folder, own }: MachineOptions): Machine {
    const sensors = {
        desk: new Sensor(system, {
            name: 'input at the desk',
            sources: deskSources(),
            describe: (ms) => (ms === Infinity ? 'nobody is logged in' : `${ago(ms)} ago`),
            mend: DESK_MEND,
        }),
        terminals: new Sensor(system, {
            name: 'input in terminals',
            sources: terminalSources,
            describe: (ms) => (ms === Infinity ? 'there are none' : `${ago(ms)} ago`),
        }),
        programs: new Sensor(system, {
            name: 'programs',
            sources: programSources(),
            describe: ({ size }) => `${size} names`,
            mend: 'Mount /proc without hidepid, so that programs of others can be seen.',
        }),
        processor: new Sensor(system, {
            name: 'processor use of others',
            sources: processorSources(own.pids),
            describe: percent,
        }),
        memory: new Sensor<Omit<MemoryUse, 'ownBytes'>>(system, {
            name: 'memory',
            sources: memorySources,
            describe: ({ totalBytes, availableBytes }) =>
                `${gib(availableBytes)} of ${gib(totalBytes)} available`,
        }),
        disk: new Sensor(system, {
            name: 'disk',
            sources: diskSources(folder),
            describe: (bytes) => `${gib(bytes)} free`,
        }),
        battery: new Sensor<BatteryState>(system, {
            name: 'battery',
            sources: batterySources,
            describe: ({ onBattery, percent: level }) =>
                level === undefined
                    ? onBattery
                        ? 'in use'
                        : 'there is none'
                    : `${percent(level)}, ${onBattery ? 'in use' : 'plugged in'}`,
        }),
        temperature: new Sensor(system, {
            name: 'temperature of the processor',
            sources: temperatureSources,
            describe: (celsius) => `${Math.round(celsius)} °C`,
            mend: 'Load the driver of the sensor (lm-sensors finds it). Virtual machines have none.',
        }),
        connection: new Sensor<ConnectionState>(system, {
            name: 'connection',
            sources: connectionSources,
            describe: ({ metered, wifi }) =>
                `${wifi === true ? 'Wi-Fi' : wifi === false ? 'no Wi-Fi' : 'unknown kind'}, ` +
                (metered === undefined
                    ? 'not known whether metered'
                    : metered
                      ? 'metered'
                      : 'not metered'),
        }),
        graphics: new Sensor(system, {
            name: 'graphics card',
            sources: graphicsSources,
            describe: (part) => `${percent(part)} used`,
        }),
    };
    const always = () => true;
    /** What asks for each. */
    const needed: Readonly<Record<keyof typeof sensors, (wish: Preferences) => boolean>> = {
        desk: always,
        terminals: always,
        programs: ({ programs }) => programs.length > 0,
        processor: ({ cpu }) => cpu.othersPercent !== undefined,
        memory: always,
        disk: always,
        battery: always,
        temperature: always,
        connection: ({ network }) => !network.metered || network.wifiOnly,
        graphics: ({ gpu }) => gpu.othersPercent !== undefined,
    };
    return {
        async look(preferences) {
            const get = async <T>(name: keyof typeof sensors, sensor: Sensor<T>) =>
                preferences === undefined || needed[name](preferences) ? sensor.look() : undefined;
            const [desk, terminals, programs, others, memory, free, battery, celsius, line, card] =
                await Promise.all([
                    get('desk', sensors.desk),
                    get('terminals', sensors.terminals),
                    get('programs', sensors.programs),
                    get('processor', sensors.processor),
                    get('memory', sensors.memory),
                    get('disk', sensors.disk),
                    get('battery', sensors.battery),
                    get('temperature', sensors.temperature),
                    get('connection', sensors.connection),
                    get('graphics', sensors.graphics),
                ]);
            return {
                deskIdleMs: desk,
                terminalIdleMs: terminals,
                programs,
                othersPercent: others,
                memory: memory && { ...memory, ownBytes: own.memoryBytes() },
                disk:
                    free === undefined ? undefined : { freeBytes: free, ownBytes: own.diskBytes() },
                battery,
                celsius,
                connection: line,
                movedBytes: own.movedBytes(),
                graphicsPercent: card,
            };
        },
        report: () => Object.values(sensors).map((sensor) => sensor.report()),
        close: () => {
            for (const sensor of Object.values(sensors)) sensor.close();
        },
    };
}

function ago(ms: number): string {
    return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

function percent(value: number): string {
    return `${Math.round(value)} %`;
}

function gib(bytes: number): string {
    return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
