/**
 * Why the preferences of its owner keep a node from computing, or from taking work. A code names
 * the preference that says so and never changes; the sentence is for the owner alone, since it tells
 * what the owner does.
 */
export const SUSPENSION_CODES = [
    /** Somebody uses the computer, and the node computes only when it is idle. */
    'user-active',
    /** The node computes only when the computer is idle, and no source tells whether it is. */
    'idle-unknown',
    /** A program runs that the owner named. */
    'program-running',
    /** The hours of this weekday leave the present one out. */
    'outside-hours',
    /** Other programs use more of the processor than the owner wants to share. */
    'processor-busy',
    /** The node, with the models that it needs, has reached the memory that it may use. */
    'memory-full',
    /** The disk has less room left than the owner keeps free. */
    'disk-floor',
    /** The node has reached the disk that it may use. */
    'disk-full',
    /** The computer runs on its battery. */
    'on-battery',
    /** The battery holds less than the owner asks for. */
    'battery-low',
    /** The processor is hotter than the owner allows. */
    'too-hot',
    /** The hours of the network leave the present one out. */
    'outside-network-hours',
    /** The node has moved as many bytes today as the owner allows. */
    'network-volume',
    /** The connection is paid for by volume. */
    'metered-connection',
    /** The owner allows Wi-Fi alone, and the connection is another. */
    'not-wifi',
    /** Other programs use the graphics card. */
    'graphics-busy',
    /** The preferences cannot be read: nothing is taken until they can. */
    'preferences-invalid',
] as const;

export type SuspensionCode = (typeof SUSPENSION_CODES)[number];

/**
 * What a suspension stops: `all` stops computing and new work; `bids` stops new work alone, because
 * what was begun does not depend on it or needs it.
 */
export type SuspensionScope = 'all' | 'bids';

/** One reason that holds now. */
export interface Suspension {
    readonly code: SuspensionCode;
    readonly scope: SuspensionScope;
    /** A sentence for the owner, such as "The computer runs on its battery." */
    readonly detail: string;
    /** What to do where the owner does not want it. */
    readonly hint: string;
}

/** The preference that a suspension comes from, or the group of it. */
export const PREFERENCE_OF: Readonly<Record<SuspensionCode, string | undefined>> = {
    'user-active': 'idle.only',
    'idle-unknown': 'idle.only',
    'program-running': 'programs',
    'outside-hours': 'hours',
    'processor-busy': 'cpu.othersPercent',
    'memory-full': 'memory.inUsePercent',
    'disk-floor': 'disk.minFreeGiB',
    'disk-full': 'disk.maxGiB',
    'on-battery': 'battery.use',
    'battery-low': 'battery.minPercent',
    'too-hot': 'temperature.maxCelsius',
    'outside-network-hours': 'network.hours',
    'network-volume': 'network.maxGiBPerDay',
    'metered-connection': 'network.metered',
    'not-wifi': 'network.wifiOnly',
    'graphics-busy': 'gpu.othersPercent',
    'preferences-invalid': undefined,
};

/** What strangers are told of a suspension: nothing about what the owner does. */
export const PUBLIC_SUSPENSION = 'The preferences of its owner suspend this node.';

/** The suspensions of a node at a time; empty where it may take work. */
export interface SuspensionState {
    readonly suspensions: readonly Suspension[];
    /** Since when these codes hold, milliseconds since 1970. */
    readonly since: number;
}
