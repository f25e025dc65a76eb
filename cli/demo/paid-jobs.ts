import type { Item, JobLimits, ModelManifest } from '../../protocol';
import {
    type ItemResult,
    JobEndedError,
    type JobEvent,
    type JobResult,
    prepareJob,
    runJob,
} from '../../sdk';
import { type DemoBid, type DemoStep, JobLog, type WorkLog } from './logs';
import type { Stage } from './stage';

/** One paid job of the demo; amounts nanoGRAM. */
export interface DemoJob {
    /** What it was for. */
    readonly task: string;
    readonly model: { readonly name: string; readonly hash: string; readonly licence: string };
    readonly escrow: string;
    readonly jobId: number;
    readonly items: number;
    readonly inputBytes: number;
    readonly ceiling: bigint;
    readonly bids: readonly DemoBid[];
    readonly winner: string;
    readonly price: bigint;
    readonly protocolFee: bigint;
    /** The committed root, hexadecimal. */
    readonly root: string;
    /** Items with a result, and with a committed error. */
    readonly done: number;
    readonly failed: number;
    /** Time that the winner took to execute all items, milliseconds. */
    readonly executionMs: number;
    readonly steps: readonly DemoStep[];
}

/** What to have computed. */
export interface PaidJobRequest {
    readonly task: string;
    readonly manifest: ModelManifest;
    readonly items: readonly Item[];
    readonly limits?: Partial<JobLimits>;
    readonly signal?: AbortSignal | undefined;
}

/** Name of the operator of a stake. */
export type NameOf = (stake: { toString(): string }) => string;

export interface PaidJobsOptions {
    readonly stage: Stage;
    readonly work: WorkLog;
    readonly nameOf: NameOf;
    readonly onJobEvent?: ((event: JobEvent, nameOf: NameOf) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
}

const CEILING = 20_000_000n;
const BID_WINDOW_SECONDS = 16;
const COMMIT_WINDOW_SECONDS = 60;
const ATTEMPTS = 3;

/** Has jobs computed for money, one after another, and keeps what is known of each. */
export class PaidJobs {
    readonly #options: PaidJobsOptions;
    readonly #done: DemoJob[] = [];

    constructor(options: PaidJobsOptions) {
        this.#options = options;
    }

    get all(): readonly DemoJob[] {
        return this.#done;
    }

    /**
     * Posts a job, waits for its results and proves them. A job that no node bid for is posted
     * again: a slow machine may need the first time to measure a model that it does not know.
     *
     * @throws what `runJob` throws
     */
    async run(request: PaidJobRequest): Promise<readonly ItemResult[]> {
        for (let attempt = 1; ; attempt++) {
            try {
                return await this.#runOnce(request);
            } catch (error) {
                const unsold = error instanceof JobEndedError && error.outcome === 'no-bid';
                if (!unsold || attempt === ATTEMPTS) throw error;
            }
        }
    }

    async #runOnce(request: PaidJobRequest): Promise<readonly ItemResult[]> {
        const { stage, work, nameOf, onJobEvent } = this.#options;
        const { chain, deployment, client, operators } = stage;
        const { manifest, items, limits } = request;
        const job = prepareJob({
            manifest,
            items,
            sources: stage.sources,
            ...(stage.meeting !== undefined && { delivery: { peers: true } }),
            ...(limits !== undefined && { limits }),
        });
        for (const blob of job.blobs) await stage.blobs.write(blob);
        const log = new JobLog(performance.now());
        const result = await runJob({
            chain,
            deployment,
            sender: client,
            client: client.address,
            job,
            ceiling: CEILING,
            bidWindowSeconds: BID_WINDOW_SECONDS,
            commitWindowSeconds: COMMIT_WINDOW_SECONDS,
            settlement: 'final',
            endpoints: operators.map(({ endpoint }) => endpoint),
            fetch: stage.fetch,
            signal: request.signal ?? this.#options.signal,
            onEvent: (event) => {
                log.hear(event, performance.now());
                onJobEvent?.(event, nameOf);
            },
        });
        const winner = nameOf(result.winner);
        await work.closed(winner, result.ticket);
        const inputBytes = job.spec.inputs.batches.reduce((sum, { bytes }) => sum + bytes, 0);
        this.#done.push({
            task: request.task,
            model: {
                name: `${manifest.name} ${manifest.revision}`,
                hash: job.spec.model,
                licence: manifest.licence,
            },
            escrow: result.ticket.escrow.toString(),
            jobId: result.ticket.jobId,
            items: items.length,
            inputBytes,
            ceiling: CEILING,
            bids: log.bids(nameOf, result.winner),
            winner,
            price: result.price,
            protocolFee: log.protocolFee(result.closing?.paid ?? 0n),
            root: log.root,
            ...counted(result),
            executionMs: work.executionMs(result.ticket),
            steps: log.steps(),
        });
        return result.items;
    }
}

function counted({ items }: JobResult): Pick<DemoJob, 'done' | 'failed'> {
    const done = items.filter(({ status }) => status === 'done').length;
    return { done, failed: items.length - done };
}
