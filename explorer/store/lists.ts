import type { JobRecord } from '../wire';
import type { JobKey, Tables } from './store';

/** The lists that a job stands in. */
function listsOf(job: JobRecord): string[] {
    const bidders = new Set(job.bids.map(({ stake }) => stake));
    return [
        'all',
        job.stage === 'ended' ? 'ended' : 'live',
        `model:${job.model}`,
        `client:${job.client}`,
        ...[...bidders].map((stake) => `stake:${stake}`),
        ...(job.closing === undefined ? [] : [`outcome:${job.closing.outcome}`]),
        ...(job.checked ? ['checked'] : []),
    ];
}

/** Puts a job into its lists, and takes it out of those that it was in. */
export function listJob(tables: Tables, before: JobRecord | undefined, after: JobRecord): void {
    const old = new Set(before === undefined ? [] : listsOf(before));
    const now = new Set(listsOf(after));
    for (const list of now) {
        if (!old.has(list)) change(tables, list, after, 1);
    }
    for (const list of old) {
        if (!now.has(list)) change(tables, list, after, -1);
    }
}

function change({ lists, sizes }: Tables, list: string, job: JobRecord, by: 1 | -1): void {
    const key: [string, number, ...JobKey] = [list, Number(job.postedLt), job.escrow, job.jobId];
    if (by === 1) lists.putSync(key, 1);
    else lists.removeSync(key);
    sizes.putSync(list, (sizes.get(list) ?? 0) + by);
}
