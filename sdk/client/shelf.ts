/** What a client keeps of a job, so that a page that was closed goes on with it. */
export interface KeptJob {
    /** Names the job: its Escrow and its id. */
    readonly id: string;
    /** As `encodeTicket` writes it. It holds the secret that accepts the result: keep it private. */
    readonly ticket: string;
    /** What the user may know it by; the name of the model unless given. */
    readonly label: string;
    readonly specBytes: Uint8Array;
    /** Hashes of the inputs, 32 bytes each, in order. */
    readonly inputHashes: Uint8Array;
    /** Manifest and inputs, to give them to nodes again; dropped when the results are here. */
    readonly blobs: readonly Uint8Array[];
    /** Raw address of the wallet that pays. */
    readonly client: string;
    readonly terms: KeptTerms;
    /** UNIX time, milliseconds. */
    readonly submittedAt: number;
    /** `kept`: there may be a job on the chain, to be resumed; `done`: its results were here. */
    readonly state: 'kept' | 'done';
}

/** What a job was, or is to be, posted with: the same whenever that is. */
export interface KeptTerms {
    /** nanoGRAM as decimal text. */
    readonly ceiling: string;
    readonly takePrice: string;
    readonly bidWindowSeconds: number;
    readonly commitWindowSeconds: number;
    readonly checkRate?: number;
    readonly payUnverified?: boolean;
    readonly keep?: boolean;
}

/** Where a client keeps its jobs; `KeptJob` can be cloned by a structured clone. */
export interface JobShelf {
    put(job: KeptJob): Promise<void>;
    get(id: string): Promise<KeptJob | undefined>;
    /** All of them, the newest first. */
    list(): Promise<KeptJob[]>;
    remove(id: string): Promise<void>;
}

/** A shelf that lasts as long as the page or the process. */
export function createMemoryShelf(): JobShelf {
    const jobs = new Map<string, KeptJob>();
    return {
        put: (job) => Promise.resolve(void jobs.set(job.id, job)),
        get: (id) => Promise.resolve(jobs.get(id)),
        list: () => Promise.resolve([...jobs.values()].sort(byAge)),
        remove: (id) => Promise.resolve(void jobs.delete(id)),
    };
}

function byAge(a: KeptJob, b: KeptJob): number {
    return b.submittedAt - a.submittedAt;
}
