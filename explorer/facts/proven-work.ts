import { PROBE_MODELS } from '../../models';
import {
    type HardwareClass,
    type JobRecord,
    MOST_TIMED,
    type TimedJob,
    type WorkRecord,
} from '../wire';

/*
 * How fast a Stake's computer is at least, by what the chain has of its jobs.
 *
 * A time begins with the posting of a job, since who takes part in an auction has the inputs before
 * it bids. Only the client had them earlier; which clients saw what is therefore told.
 */

/** What a Stake has proven with a model, with one more job that it was paid for; in any order. */
export function worked(record: WorkRecord | undefined, job: JobRecord): WorkRecord | undefined {
    const { model, commit, closing, items } = job;
    if (commit === undefined || closing === undefined) return record;
    const done = items - commit.faulty;
    if (done === 0) return record;
    const passed = closing.outcome.startsWith('passed');
    const itemNs = itemTime(commit.at - job.postedAt, done);
    const { client, escrow, jobId } = job;
    const checked = record?.checked ?? [];
    return {
        model,
        jobs: (record?.jobs ?? 0) + 1,
        items: (record?.items ?? 0) + done,
        checksPassed: (record?.checksPassed ?? 0) + (passed ? 1 : 0),
        fastestNs: Math.min(record?.fastestNs ?? Infinity, itemNs),
        checked: passed ? withJob(checked, { client, escrow, jobId, itemNs }) : checked,
        lastAt: Math.max(record?.lastAt ?? 0, closing.at),
    };
}

/** Both times of the chain are rounded down to a second, so that a second more may have gone by. */
function itemTime(seconds: number, items: number): number {
    return Math.ceil(((seconds + 1) * 1e9) / items);
}

/** Of each client the fastest, and of these the fastest: the same whatever comes first. */
function withJob(known: readonly TimedJob[], job: TimedJob): TimedJob[] {
    const all = [...known, job].sort(faster);
    return all
        .filter(({ client }, at) => all.findIndex((one) => one.client === client) === at)
        .slice(0, MOST_TIMED);
}

function faster(a: TimedJob, b: TimedJob): number {
    if (a.itemNs !== b.itemNs) return a.itemNs - b.itemNs;
    return a.escrow === b.escrow ? a.jobId - b.jobId : a.escrow < b.escrow ? -1 : 1;
}

/**
 * The class of hardware that probes have proven. A probe is a job of a model whose items are all the
 * same work, and whose check passed: a stranger computed an item again.
 *
 * @param workOf - what was proven with a model, by its hash
 * @returns undefined while there is no probe
 */
export function hardwareClass(
    workOf: (model: string) => WorkRecord | undefined,
): HardwareClass | undefined {
    const probes = PROBE_MODELS.flatMap(({ model: { hash: model }, referenceUs }) =>
        (workOf(model)?.checked ?? []).map((probe) => ({
            probe: { ...probe, model },
            speed: (referenceUs * 1000) / probe.itemNs,
        })),
    ).sort((a, b) => b.speed - a.speed);
    const [best] = probes;
    if (best === undefined) return undefined;
    const cores = 2 ** Math.floor(Math.log2(best.speed));
    const seen = probes.filter(({ speed }) => speed >= cores);
    const clients = new Set(seen.map(({ probe }) => probe.client)).size;
    return { cores, clients, probe: best.probe };
}
