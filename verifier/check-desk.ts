import type { MarketNews } from '../provider/market-follower';
import { jobKey } from '../provider';
import { PUBLIC_SUSPENSION } from '../provider/preferences';
import type { Listing } from '../wrappers';
import type { CheckParts, CheckTarget } from './check-context';
import { CheckRun } from './check-run';
import { AbstainError } from './errors';
import type { RunningCheck } from './running-check';

/** The checks and juries that a node has taken up. */
export interface CheckDesk {
    /**
     * Takes up what was listed. What is to be looked at and the place in the Market are on disk
     * together when this returns: a node that ends in between forgets neither.
     */
    deal(news: MarketNews): void;
    /** Takes up again what was open when the node ended. */
    resume(): void;
    /** Takes no more checks; resolves when no bond is with an Escrow any more. */
    drain(): Promise<void>;
    /** Runs, and those of them with a bond. */
    readonly running: number;
    readonly atStake: number;
    readonly checks: readonly RunningCheck[];
    /** Resolves when all runs have ended. */
    ended(): Promise<unknown>;
}

interface Running {
    readonly run: CheckRun;
    readonly done: Promise<void>;
}

export function createCheckDesk(
    parts: CheckParts,
    maxChecks: number,
    signal: AbortSignal,
): CheckDesk {
    const { state, rules, now, tell, logger, governor } = parts;
    const running = new Map<string, Running>();
    /** Listed once more while their runs were about to end. */
    const again = new Map<string, CheckTarget>();
    const drained = new Set<() => void>();
    let draining = false;
    const atStake = () => [...running.values()].filter(({ run }) => run.atStake).length;
    const checkDrained = () => {
        if (atStake() > 0) return;
        for (const resolve of drained) resolve();
        drained.clear();
    };

    const start = (target: CheckTarget) => {
        const key = jobKey(target.escrow, target.jobId);
        const run = new CheckRun(parts, target, signal);
        const done = run
            .run()
            .catch((error: unknown) => {
                // The end of the node is no news.
                if (!signal.aborted) logger.error({ job: key, err: error }, 'check run ended');
            })
            .finally(() => {
                running.delete(key);
                checkDrained();
                const next = again.get(key);
                again.delete(key);
                if (next !== undefined && !signal.aborted) start(next);
            });
        running.set(key, { run, done });
    };

    /** @throws AbstainError, PassError for what needs no look at the job */
    const checkListing = ({ client, modelTag }: Listing, others: number) => {
        rules.checkClient(client);
        rules.checkTag(modelTag);
        if ((governor?.suspensions.length ?? 0) > 0) {
            throw new AbstainError('suspended', PUBLIC_SUSPENSION);
        }
        if (draining) throw new AbstainError('over', 'The node takes no more checks.');
        if (others >= maxChecks) {
            throw new AbstainError('busy', `${others} checks are running, the most allowed here.`);
        }
    };

    /** @returns what to run */
    const take = (listing: Listing, others: number): CheckTarget | undefined => {
        const { escrow, client, index, jobId, listedAt, parametersTag, stage, round } = listing;
        if (stage === 'bids') return undefined;
        const job = { escrow, jobId };
        const target = { ...job, client, index, listedAt, parametersTag };
        const before = state.checks.get(escrow, jobId);
        const key = jobKey(escrow, jobId);
        const runs = running.get(key);
        const record = { seenAt: now(), claims: [], news: [], ...before, ...target };
        state.checks.put({ ...record, idleSince: undefined });
        tell({ ...job, kind: 'seen', stage, round });
        if (runs !== undefined) {
            if (!runs.run.relist()) again.set(key, target);
            return undefined;
        }
        try {
            checkListing(listing, others);
            return target;
        } catch (error) {
            const reason = error instanceof AbstainError ? error.reason : 'rules';
            if (!(error instanceof Error)) throw error;
            tell({ ...job, kind: 'abstained', reason, detail: error.message });
            const known = state.checks.get(escrow, jobId) ?? record;
            state.checks.put({ ...known, idleSince: now() });
            return undefined;
        }
    };

    return {
        deal({ listings, cursor }) {
            if (cursor === undefined) return;
            // Most looks find nothing, and a commit is a flush of the disk.
            if (listings.length === 0 && cursor.lt === state.cursor?.lt) return;
            const targets: CheckTarget[] = [];
            state.atomically(() => {
                for (const listing of listings) {
                    const target = take(listing, running.size + targets.length);
                    if (target !== undefined) targets.push(target);
                }
                if (cursor.lt !== state.cursor?.lt) state.cursor = cursor;
            });
            const started = new Set<string>();
            for (const target of targets) {
                const key = jobKey(target.escrow, target.jobId);
                if (started.has(key)) continue;
                started.add(key);
                start(target);
            }
        },
        resume() {
            for (const record of state.checks.open()) {
                const { escrow, client, index, jobId, listedAt, parametersTag } = record;
                start({ escrow, client, index, jobId, listedAt, parametersTag });
            }
        },
        drain: () => {
            draining = true;
            return new Promise((resolve) => {
                drained.add(resolve);
                checkDrained();
            });
        },
        get running() {
            return running.size;
        },
        get atStake() {
            return atStake();
        },
        get checks() {
            return [...running.values()].map(({ run }) => run.status);
        },
        ended: () => Promise.allSettled([...running.values()].map(({ done }) => done)),
    };
}
