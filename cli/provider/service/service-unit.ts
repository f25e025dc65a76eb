/** What a service of this user has to start. */
export interface ServiceOrder {
    /** Its name with the system: that of the command. */
    readonly name: string;
    readonly description: string;
    /** Program and arguments, with absolute paths. */
    readonly program: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    /** Home of the user. */
    readonly userHome: string;
    /** The folder of the node, for what a system wants to have written beside the unit. */
    readonly folder: string;
    /** User id where the system has one. */
    readonly uid: number | undefined;
    readonly env: Readonly<Record<string, string | undefined>>;
}

/** A file that belongs to a service. */
export interface ServiceFile {
    readonly path: string;
    readonly bytes: Uint8Array;
}

/** How a system is told: files first, then commands, each program with its arguments. */
export interface ServiceUnit {
    readonly system: 'systemd' | 'launchd' | 'Task Scheduler';
    readonly files: readonly ServiceFile[];
    readonly install: readonly (readonly string[])[];
    /** Run before the files are removed. */
    readonly uninstall: readonly (readonly string[])[];
    /** Run after. */
    readonly forget: readonly (readonly string[])[];
    /** What the owner may want to know or do. */
    readonly advice: readonly string[];
}

/**
 * Seconds in which a node ends what it has begun after it was told to stop: what it takes usually
 * (`provider.drainSeconds`), what is due before a new start could go on with it (`RESTART_SECONDS`),
 * and the end of its processes.
 */
export const STOP_SECONDS = 180;
