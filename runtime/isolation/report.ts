/** What keeps a child that runs a stranger's model away from the rest of the machine. */
export const PROTECTIONS = [
    'memory',
    'cpu-time',
    'wall-time',
    'output-size',
    'open-files',
    'file-size',
    'core-dumps',
    'environment',
    'working-folder',
    'network',
    'file-system',
    'processes',
    'privileges',
    'priority',
] as const;

export type ProtectionName = (typeof PROTECTIONS)[number];

/** One protection on this machine. Sentences are for people and end with a full stop. */
export type Protection = {
    readonly name: ProtectionName;
    /** What it keeps a child from. */
    readonly purpose: string;
} & (
    | {
          readonly active: true;
          /** What enforces it, such as `RLIMIT_NOFILE` or `network namespace (unshare)`. */
          readonly means: string;
      }
    | {
          readonly active: false;
          /** Why this system does not have it. */
          readonly why: string;
          /** What the owner can do about it; undefined where nothing helps. */
          readonly mend: string | undefined;
      }
);

/** What was found out by really starting a child in the way that models are started. */
export interface IsolationReport {
    /** `strict`: a file system and a network of its own; `limits`: limits alone; `none`: neither. */
    readonly level: IsolationLevel;
    /** In the order of `PROTECTIONS`, each once. */
    readonly protections: readonly Protection[];
}

/** From the strongest to the weakest. */
export const ISOLATION_LEVELS = ['strict', 'network', 'limits', 'none'] as const;

/**
 * `strict`: no network, and of the file system only what the child needs; `network`: no network;
 * `limits`: only the limits that a shell sets; `none`: only what the parent process enforces.
 */
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];
