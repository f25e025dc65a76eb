/*
 * What the node answers, as JSON has it: amounts are nanoGRAM as decimal text, times milliseconds
 * since 1970 unless said otherwise. The types of the node itself stand for Node.js and do not go
 * together with those of browsers; a test holds these against them.
 */

export interface View {
    /** What the node does with its stake; what belongs to another role is undefined. */
    readonly roles: readonly ('provide' | 'verify')[];
    readonly version: string;
    readonly startedAt: number;
    readonly url?: string | undefined;
    readonly market: string;
    readonly now: {
        readonly kind: 'works' | 'waits' | 'idle';
        readonly sentence: string;
        readonly reasons: readonly {
            readonly code: string;
            readonly sentence: string;
            readonly advice: string;
            readonly preference?: string | undefined;
        }[];
        readonly suspendedSince?: number | undefined;
        readonly begun?: string | undefined;
        readonly share: number;
        readonly processes: number;
    };
    readonly work?: { readonly maxJobs: number; readonly jobs: readonly Job[] } | undefined;
    readonly stake: { readonly address: string; readonly view?: Stake | undefined };
    readonly models: readonly {
        readonly model: string;
        readonly name: string;
        readonly executionClass: string;
        readonly users: number;
        readonly processes: number;
    }[];
    readonly quarantine: readonly {
        readonly model: string;
        readonly until: number;
        readonly reason: string;
    }[];
    readonly totals?: object | undefined;
    readonly chain: { readonly failures: number; readonly lastError?: string | undefined };
    readonly disk?:
        | {
              readonly blobBytes: number;
              readonly uploadBytes: number;
              readonly resultsServed: number;
          }
        | undefined;
    /** `Checks`, of a node that verifies. */
    readonly checks?: object | undefined;
}

export interface Checks {
    readonly checks: readonly RunningCheck[];
    readonly bondsAtStake: string;
    readonly maxBonds: string;
    readonly maxChecks: number;
    readonly totals: {
        readonly claims: number;
        readonly verified: number;
        readonly sat: number;
        readonly earned: string;
        readonly lost: string;
        readonly fees: string;
    };
}

export interface RunningCheck {
    readonly escrow: string;
    readonly jobId: number;
    readonly modelName?: string | undefined;
    readonly stage: 'listed' | 'checking' | 'jury' | 'appeal';
    readonly phase?: string | undefined;
    /** UNIX seconds. */
    readonly dueAt?: number | undefined;
    readonly claim?:
        | {
              readonly role: 'verifier' | 'juror';
              readonly step: string;
              readonly bond: string;
              readonly fee: string;
          }
        | undefined;
    readonly owes: boolean;
}

export interface CheckSums {
    readonly seen: number;
    readonly claimed: number;
    readonly verified: number;
    readonly sat: number;
    readonly earned: string;
    readonly lost: string;
    readonly fees: string;
    readonly net: string;
}

export interface CheckSummary {
    readonly today: CheckSums;
    readonly week: CheckSums;
    readonly month: CheckSums;
    readonly days: readonly (CheckSums & { readonly key: string })[];
    readonly reasons: readonly {
        readonly count: number;
        readonly sentence: string;
        readonly advice: string;
    }[];
}

export interface CheckRow {
    readonly escrow: string;
    readonly jobId: number;
    readonly modelName?: string | undefined;
    readonly seenAt: number;
    readonly open: boolean;
    readonly earned: string;
    readonly claims: readonly {
        readonly role: 'verifier' | 'juror';
        readonly step: string;
        readonly bond: string;
    }[];
    readonly news: readonly { readonly at: number; readonly text: string }[];
    /** Undefined for one that was claimed. */
    readonly why?: { readonly sentence: string; readonly advice: string } | undefined;
}

export interface CheckRows {
    readonly entries: readonly CheckRow[];
    readonly next: string | null;
}

export interface Job {
    readonly escrow: string;
    readonly jobId: number;
    readonly phase: string;
    readonly model?: string | undefined;
    readonly items?: number | undefined;
    readonly finished: number;
    readonly price?: string | undefined;
    /** UNIX seconds. */
    readonly dueAt?: number | undefined;
}

export interface Stake {
    readonly reserve: string;
    readonly collateral: string;
    readonly locked: string;
    readonly withdrawable: string;
    readonly unbonding: string;
    /** UNIX seconds. */
    readonly unbondAt: number;
    readonly operating: string;
    readonly dailyLimit: string;
    readonly lockedToday: string;
    readonly paused: boolean;
    readonly record: number;
    /** Basis points. */
    readonly checkRate: number;
    /** UNIX seconds. */
    readonly heldUntil: number;
    readonly convicted: boolean;
}

export interface Sums {
    readonly seen: number;
    readonly bids: number;
    readonly won: number;
    readonly paid: number;
    readonly earned: string;
    readonly gas: string;
    readonly lost: string;
    readonly net: string;
}

export interface Report {
    readonly by: string;
    readonly rows: readonly (Sums & { readonly key: string })[];
}

export interface Summary {
    readonly today: Sums;
    readonly week: Sums;
    readonly month: Sums;
    readonly days: Report['rows'];
    readonly reasons: readonly { readonly sentence: string; readonly advice: string }[];
}

export interface Outcome {
    readonly escrow: string;
    readonly jobId: number;
    readonly modelName?: string | undefined;
    readonly outcome: string;
    readonly detail?: string | undefined;
    readonly price?: string | undefined;
    readonly earned?: string | undefined;
    readonly seenAt: number;
    readonly code?: string | undefined;
    /** What kind of reason that is, such as `too dear`. */
    readonly kind?: string | undefined;
    readonly advice?: string | undefined;
}

export interface Outcomes {
    readonly entries: readonly Outcome[];
    readonly next: string | null;
}

export interface Timeline {
    readonly steps: readonly { readonly at: number; readonly text: string }[];
    readonly advice?: string | undefined;
}

export interface Prices {
    readonly models: readonly { readonly sentences: readonly string[] }[];
}

export type PreferenceValue = string | number | boolean | readonly string[] | null;

export interface PreferenceView {
    readonly name: string;
    readonly kind: 'text' | 'number' | 'yes-no' | 'list';
    readonly value: PreferenceValue;
    readonly usual: PreferenceValue;
    readonly given: boolean;
    readonly says: string;
    readonly allowed: string;
    readonly unit?: string | undefined;
    readonly choices?: readonly string[] | undefined;
}

export interface PreferencesView {
    readonly revision: string;
    readonly preferences: readonly PreferenceView[];
    readonly broken?: string | undefined;
}

export interface PreferenceFault {
    readonly preference?: string | undefined;
    readonly message: string;
    readonly hint: string;
}

export interface LogEntry {
    readonly seq: number;
    readonly at: number;
    readonly level: 'says' | 'error' | 'warn' | 'info' | 'debug';
    readonly text: string;
    readonly more: string;
}
