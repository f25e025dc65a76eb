import { WEEKDAYS, type HoursRange, type Weekday } from './hours';
import {
    hoursOfDay,
    key,
    number,
    oneOf,
    type PreferenceKey,
    programNames,
    unsetKey,
    wholeNumber,
    yesOrNo,
} from './key';

function week(says: string): Readonly<Record<Weekday, PreferenceKey<readonly HoursRange[]>>> {
    const entries = WEEKDAYS.map((day) => [day, key(hoursOfDay, 'always', says)] as const);
    return Object.fromEntries(entries) as Record<Weekday, PreferenceKey<readonly HoursRange[]>>;
}

/**
 * All preferences with what the file, the commands and the docs say about them. Usual values are
 * those of BOINC where it has the same preference, but for the battery and metered connections,
 * which nothing here uses unasked.
 */
export const KEYS = {
    idle: {
        only: key(yesOrNo, false, 'Whether the node computes only while nobody uses the computer.'),
        minutes: key(
            number(0.05, 1_440, 'minutes'),
            3,
            'How long there has to be no input before the computer counts as idle.',
        ),
        terminals: key(
            yesOrNo,
            false,
            'Whether typing in terminals, also from elsewhere by SSH, counts as use. It always does where nothing else can be seen.',
        ),
    },
    programs: key(
        programNames,
        [],
        'Programs beside which the node never computes, such as games.',
    ),
    hours: week(
        'When the node computes on this day; a range over midnight belongs to the day on which it begins.',
    ),
    cpu: {
        cores: unsetKey(
            wholeNumber(1, 1_024, 'cores'),
            'Processes of each model at most; unset: provider.limits.processes of the configuration.',
        ),
        sharePercent: key(
            number(1, 100, 'percent'),
            100,
            'Part of the time in which these cores compute.',
        ),
        othersPercent: unsetKey(
            number(1, 100, 'percent'),
            'The node stops when other programs use more of the whole processor than this.',
        ),
        lowPriority: key(
            yesOrNo,
            true,
            'Whether other programs go first where there are not enough cores.',
        ),
    },
    memory: {
        inUsePercent: key(
            number(1, 100, 'percent'),
            50,
            'Part of the memory that models may take while somebody uses the computer.',
        ),
        idlePercent: key(
            number(1, 100, 'percent'),
            90,
            'Part of the memory that models may take while nobody uses the computer.',
        ),
    },
    disk: {
        maxGiB: unsetKey(
            number(0.1, 65_536, 'GiB'),
            'With more in its folders the node takes no job; unset: provider.limits.diskGiB of the configuration.',
        ),
        minFreeGiB: key(
            number(0, 65_536, 'GiB'),
            1,
            'With less room left on the disk the node takes no job.',
        ),
    },
    battery: {
        use: key(
            yesOrNo,
            false,
            'Whether the node computes while the computer runs on its battery.',
        ),
        minPercent: key(
            number(0, 100, 'percent'),
            50,
            'With less in the battery the node does not compute on it.',
        ),
    },
    temperature: {
        maxCelsius: key(
            number(30, 120, 'degrees Celsius'),
            90,
            'The node stops when the processor is hotter, until it is 10 degrees colder.',
        ),
    },
    network: {
        hours: week(
            'When the node takes jobs, which it fetches models and inputs for, on this day.',
        ),
        maxGiBPerDay: unsetKey(
            number(0.001, 65_536, 'GiB'),
            'When the node has moved so much since midnight, it takes no job.',
        ),
        metered: key(
            yesOrNo,
            false,
            'Whether the node takes jobs over a connection that is paid for by volume.',
        ),
        wifiOnly: key(yesOrNo, false, 'Whether the node takes jobs over Wi-Fi alone.'),
    },
    gpu: {
        onlyWhenIdle: key(
            yesOrNo,
            true,
            'Whether the graphics card is used only while nobody uses the computer. No engine of this version uses one.',
        ),
        othersPercent: unsetKey(
            number(1, 100, 'percent'),
            'The node stops when other programs use more of the graphics card than this, as games and films do.',
        ),
    },
    runningJobs: key(
        oneOf('pause', 'finish', 'handBack'),
        'pause',
        'What becomes of a job that is won: pause stops it as long as its deadline allows, finish goes on with it, handBack also gives it back while that costs nothing but a message.',
    ),
} as const;

/** A tree of preferences. */
export type KeyTree = { readonly [name: string]: PreferenceKey<unknown> | KeyTree };

type Values<T> = T extends PreferenceKey<infer V> ? V : { readonly [K in keyof T]: Values<T[K]> };

/** What the owner wants. */
export type Preferences = Values<typeof KEYS>;

export function isKey(node: PreferenceKey<unknown> | KeyTree): node is PreferenceKey<unknown> {
    return 'schema' in node;
}

/** All preferences with their dotted names, in order. */
export function allKeys(tree: KeyTree = KEYS, prefix = ''): [string, PreferenceKey<unknown>][] {
    return Object.entries(tree).flatMap(([name, node]) => {
        const path = prefix === '' ? name : `${prefix}.${name}`;
        return isKey(node)
            ? [[path, node] as [string, PreferenceKey<unknown>]]
            : allKeys(node, path);
    });
}
