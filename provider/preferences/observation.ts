/**
 * What is seen of the machine at a moment. What is undefined cannot be seen here, and suspends
 * nothing, but for a node that is to compute only when the computer is idle.
 */
export interface Observation {
    /** Since the last input at the desk, milliseconds; infinite where there is no desk. */
    readonly deskIdleMs: number | undefined;
    /** Since the last input in any terminal, milliseconds; infinite where there is none. */
    readonly terminalIdleMs: number | undefined;
    /** Names of the programs that run, without folders and endings, in lower case. */
    readonly programs: ReadonlySet<string> | undefined;
    /** Part of the whole processor that others use, averaged over some seconds, percent. */
    readonly othersPercent: number | undefined;
    readonly memory: MemoryUse | undefined;
    readonly disk: DiskUse | undefined;
    readonly battery: BatteryState | undefined;
    /** Of the processor, at its hottest place, degrees Celsius. */
    readonly celsius: number | undefined;
    readonly connection: ConnectionState | undefined;
    /** What the node has sent and received since midnight, bytes. */
    readonly movedBytes: number;
    /** Part of the graphics card that is used, percent. */
    readonly graphicsPercent: number | undefined;
}

export interface MemoryUse {
    readonly totalBytes: number;
    /** What programs could take without others being put to the disk. */
    readonly availableBytes: number;
    /** What the children of the node have. */
    readonly ownBytes: number;
}

export interface DiskUse {
    readonly freeBytes: number;
    /** What the node has there. */
    readonly ownBytes: number;
}

export interface BatteryState {
    readonly onBattery: boolean;
    /** Of all batteries together. */
    readonly percent: number | undefined;
}

export interface ConnectionState {
    /** Whether bytes cost; undefined where the system does not tell. */
    readonly metered: boolean | undefined;
    readonly wifi: boolean | undefined;
}

export const NOTHING_SEEN: Observation = {
    deskIdleMs: undefined,
    terminalIdleMs: undefined,
    programs: undefined,
    othersPercent: undefined,
    memory: undefined,
    disk: undefined,
    battery: undefined,
    celsius: undefined,
    connection: undefined,
    movedBytes: 0,
    graphicsPercent: undefined,
};
