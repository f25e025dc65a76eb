import type { Listing } from '../sdk';
import { PassError } from './errors';
import type { JobContext, JobRunParts, JobTarget, RunningJob } from './job-context';
import { JobRun } from './job-run';
import type { MarketNews } from './market-follower';
import type { PassWhy } from './outcomes/reasons';
import { jobKey, type JobRecord } from './state';

/** The jobs that a node has taken up. */
export interface JobDesk {
    /**
     * Takes up what was listed. What is to be looked at and the place in the Market are on disk
     * together when this returns: a node that ends in between forgets neither.
     */
    deal(news: MarketNews): void;
    /** Takes up again what was open when the node ended. */
    resume(): void;
    /**
     * Takes no more jobs; resolves when none that was bid for has work left. Those that wait are left
     * to the next start.
     */
    drain(): Promise<void>;
    /** Whether a run follows the job of this key. */
    runs(key: string): boolean;
    /** Why the job of this key waits; undefined where it does not. */
    lack(key: string): PassWhy | undefined;
    /** A peer says that it has spec and manifest of the job of this key. */
    offer(key: string, peer: string): void;
    /** What the run of a job shares; undefined where none follows it. */
    contextOf(key: string): JobContext | undefined;
    readonly jobs: readonly RunningJob[];
    /** Resolves when all runs have ended. */
    ended(): Promise<unknown>;
}

interface Running {
    readonly run: JobRun;
    readonly done: Promise<void>;
}

export function createJobDesk(parts: JobRunParts, signal: AbortSignal): JobDesk {
    const { state, rules, room, now, tell, logger, governor } = parts;
    const running = new Map<string, Running>();

    const start = (target: JobTarget) => {
        const key = jobKey(target.escrow, target.jobId);
        const run = new JobRun(parts, target, signal);
        const done = run
            .run()
            .catch((error: unknown) => {
                // The end of the node is no news.
                if (!signal.aborted) logger.error({ job: key, err: error }, 'job run ended');
            })
            .finally(() => running.delete(key));
        running.set(key, { run, done });
    };

    /**
     * @param others - jobs that are about to be taken up
     * @throws PassError for what needs no look at the job
     */
    const checkListing = ({ client, modelTag }: Listing, others: number) => {
        rules.checkClient(client);
        rules.checkTag(modelTag);
        governor?.checkBid();
        const problem = parts.obstacle();
        if (problem !== undefined) throw problem;
        room.checkEntry(others);
    };

    /** @returns what to run */
    const take = (listing: Listing, others: number): JobTarget | undefined => {
        const { escrow, client, index, jobId, listedAt, amount: ceiling } = listing;
        const before = state.jobs.get(escrow, jobId);
        if (running.has(jobKey(escrow, jobId)) || before?.declined) return undefined;
        // The same listing again, after the node has looked back anew.
        if (before?.listedAt === listedAt) return undefined;
        const fresh: JobRecord = { escrow, client, index, jobId, bids: 0, listedAt, seenAt: now() };
        state.jobs.put({ ...fresh, ...before, listedAt, seenAt: now(), idleSince: undefined });
        const job = { escrow, jobId };
        tell({ ...job, kind: 'seen', client, ceiling });
        try {
            checkListing(listing, others);
            return { ...job, client, index, listedAt };
        } catch (error) {
            if (!(error instanceof PassError)) throw error;
            const { reason, why, message: detail } = error;
            tell({ ...job, kind: 'passed', reason, why, detail });
            if (before === undefined) state.jobs.remove(escrow, jobId);
            else state.jobs.put({ ...before, idleSince: now() });
            return undefined;
        }
    };

    return {
        deal({ listings, cursor }) {
            if (cursor === undefined) return;
            // Most looks find nothing, and a commit is a flush of the disk.
            if (listings.length === 0 && cursor.lt === state.cursor?.lt) return;
            const targets: JobTarget[] = [];
            state.atomically(() => {
                // The newest first: where not all can wait, they have the most time left.
                for (const listing of listings.toReversed()) {
                    // Checks and juries are for verifiers.
                    if (listing.stage !== 'bids') continue;
                    const target = take(listing, targets.length);
                    if (target !== undefined) targets.push(target);
                }
                if (cursor.lt !== state.cursor?.lt) state.cursor = cursor;
            });
            for (const target of targets.reverse()) start(target);
        },
        resume() {
            for (const { escrow, client, index, jobId, listedAt = 0, bids } of state.jobs.open()) {
                start({ escrow, client, index, jobId, listedAt, mayHaveBid: bids > 0 });
            }
        },
        drain: () => room.close(),
        runs: (key) => running.has(key),
        lack: (key) => running.get(key)?.run.lack,
        offer: (key, peer) => running.get(key)?.run.offer(peer),
        contextOf: (key) => running.get(key)?.run.context,
        get jobs() {
            return [...running.values()].map(({ run }) => run.status);
        },
        ended: () => Promise.allSettled([...running.values()].map(({ done }) => done)),
    };
}
